import re
from dataclasses import replace

import pytest

from leakbound.evidence.table import load_evidence, prepare
from leakbound.report.pictures.evidence import evidence_pictures, scenario_marks


@pytest.fixture(scope="module")
def found(assessment):
    return replace(assessment, evidence=load_evidence())


def test_every_attempt_is_counted_once(found):
    (picture,) = evidence_pictures(found)
    rows = prepare(found.evidence.rows, found.evidence.registry)
    cells = rows[rows["attempts"] > 0].drop_duplicates("cell")
    unknown = cells[cells["log_compute_fraction"].isna()].groupby("channel")["attempts"].sum()
    shown = [int(n.replace(",", "")) for n in re.findall(r">([\d,]{1,9})</text>", picture.svg)
             if n.replace(",", "") in {str(int(count)) for count in unknown}]  # fmt: skip
    assert sorted(shown) == sorted(int(count) for count in unknown)
    assert f"{int(cells['attempts'].sum()):,} attempts" in picture.alt


def test_scenarios_stand_where_the_group_that_drives_them_does(found):
    marks = {mark.label: mark for mark in scenario_marks(found)}
    assert set(marks) == {"open-weights"}
    assert marks["open-weights"].lag > 1.0
    (picture,) = evidence_pictures(found)
    assert ">open-weights</text>" in picture.svg


def test_without_attempts_there_is_no_picture(assessment):
    assert evidence_pictures(assessment) == []
