import json
import math
from dataclasses import replace

import numpy as np
import pytest

from leakbound.report.verdict import as_json, jsonable, verdict_of

TOP = {
    "schema", "candidate", "model", "evidence_digest", "seed", "until", "recalibrated", "checks",
    "conflicts", "verdicts", "riskier_below_ceiling",
    "gates", "comparators", "outcomes", "offsets", "risks", "flips", "buffers", "crossings",
    "worths",
}  # fmt: skip
ROW = {
    "threshold", "benchmark", "domain", "scenario", "release", "horizon_years", "confidence",
    "threshold_score", "bound_score", "bound_mcse", "exceedance", "verdict", "reason",
    "first_crossing_years", "release_ceiling_score", "extrapolates", "median_score",
    "today_score", "notes",
}  # fmt: skip


def refuse(word):
    raise AssertionError(f"{word} in JSON")


def test_the_schema_holds_what_programs_rely_on(assessment):
    content = verdict_of(assessment)
    assert content["schema"] == "leakbound/verdict/1"
    assert set(content) == TOP
    for row in content["verdicts"]:
        assert set(row) == ROW
        assert set(row["first_crossing_years"]) == {"p05", "p50", "p95"}
    assert content["until"] == "2024-12-26"
    assert content["outcomes"][0]["bound_by_scenario"] == {"closed-api": 0.7, "open-weights": 0.8}


def test_ceilings_with_riskier_scores_below_them_are_named(assessment):
    assert verdict_of(assessment)["riskier_below_ceiling"] == []
    found = replace(assessment, riskier_below=frozenset({("science", "closed-api")}))
    told = [{"threshold": "science", "scenario": "closed-api"}]
    assert verdict_of(found)["riskier_below_ceiling"] == told


def test_what_decides_stands_in_it_too(assessment):
    content = verdict_of(assessment)
    (risk,) = content["risks"]
    assert risk["steps"][3] == {"level": 4, "total": 0.4, "reduction": 0.22}
    assert risk["theft"] == {"oc2": 0.1, "oc3": 0.36}
    assert content["flips"][2]["flips_at"] is None
    assert content["buffers"][1]["reevaluate_by"] == "2025-03-04"
    assert content["worths"][0]["evaluation"] == "measure on more items"


def test_a_stack_stands_in_it_with_its_members_and_a_digest_of_its_own(assessment, stacked_as):
    one, other = (
        verdict_of(replace(assessment, specification=stacked_as(weight)))["model"]
        for weight in (0.7, 0.6)
    )
    assert [member["weight"] for member in one["members"]] == [0.7, 0.3]
    assert one["members"][0]["model"] == "default"
    leading = one["members"][0]["digest"]
    assert leading == assessment.specification.digest
    assert len({one["digest"], other["digest"], leading}) == 3
    assert "members" not in verdict_of(assessment)["model"]


def test_curves_are_thin_and_keep_their_ends(assessment):
    for told, curve in zip(verdict_of(assessment)["crossings"], assessment.crossings, strict=True):
        assert len(told["years"]) == len(told["exceedance"]) <= 21
        assert told["years"][-1] == curve.years[-1] == 5.0
        assert told["exceedance"][-1] == pytest.approx(curve.exceedance[-1], rel=1e-5)
    long = replace(
        assessment.crossings[0], years=np.linspace(0, 5, 400), exceedance=np.linspace(0, 1, 400)
    )
    (told,) = verdict_of(replace(assessment, crossings=(long,)))["crossings"]
    assert len(told["years"]) < 20
    assert told["exceedance"][-1] == 1.0


def test_floats_carry_six_digits(assessment):
    rows = {row["scenario"]: row for row in verdict_of(assessment)["verdicts"]}
    assert rows["open-weights"]["bound_score"] == 0.91


def test_no_nan_is_ever_written(assessment):
    sick = replace(assessment.verdicts[0], exceedance=math.nan, bound_score=math.inf)
    text = as_json(verdict_of(replace(assessment, verdicts=(sick,))))
    row = json.loads(text, parse_constant=refuse)["verdicts"][0]
    assert row["exceedance"] is None
    assert row["bound_score"] is None


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.float64("nan"), None),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (np.int64(3), 3),
        (np.array([1.0, np.nan]), [1.0, None]),
        ({"a": (1, 2)}, {"a": [1, 2]}),
        (123456.789, 123457.0),
    ],
)
def test_values_become_plain_json(value, plain):
    told = jsonable(value)
    assert told == plain
    assert type(told) is type(plain)


def test_an_unknown_type_is_no_json():
    with pytest.raises(TypeError, match="no JSON form for object"):
        jsonable(object())
