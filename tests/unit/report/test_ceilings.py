"""What a report says of a release ceiling that no score is below."""

import math
from dataclasses import replace

import pytest

from leakbound.evidence.registry import Benchmark
from leakbound.report import wording
from leakbound.report.past import Coverage
from leakbound.report.pictures.ceilings import ceiling_pictures, offset_pictures
from leakbound.report.sections.decision import ceiling_section
from leakbound.report.sentences.answers import offset_sentences
from leakbound.report.tables.ceilings import ceiling_table, common_table, offset_table

GPQA = Benchmark("gpqa", "GPQA", "knowledge", "logit", 0.25, 198, "")
MINUTES = Benchmark("horizon", "time horizon", "agentic", "log", 0.0, None, "")


@pytest.mark.parametrize("today", [0.2, 0.24, 0.25, 0.6])
def test_no_score_is_low_enough_where_the_ceiling_is_none(today):
    for ceiling, said in ((math.nan, "none"), (0.25, "at chance (0.250)")):
        assert wording.ceiling(ceiling, GPQA) == said
        assert not wording.low_enough(today, ceiling, GPQA, spare=0.01)
    assert not wording.low_enough(today, math.nan, MINUTES, spare=0.01)


def test_a_score_below_its_ceiling_is_low_enough():
    assert wording.low_enough(0.24, 0.4, GPQA, spare=0.0)
    assert not wording.low_enough(0.41, 0.4, GPQA, spare=0.01)
    assert wording.low_enough(3.0, 4.0, MINUTES, spare=0.01)


def test_a_score_near_chance_may_be_below_its_ceiling_and_not_low_enough():
    assert not wording.low_enough(0.28, 0.512, GPQA, spare=-0.01)
    assert not wording.low_enough(0.28, 0.512, GPQA, spare=math.nan)


def test_a_ceiling_with_riskier_scores_below_it_says_so_wherever_it_stands(assessment):
    assert wording.ceiling(0.512, GPQA, riskier_below=True) == "0.512 (not near chance)"
    (offset,) = assessment.offsets
    found = replace(
        assessment,
        offsets=(replace(offset, riskier_below=("closed-api",)),),
        riskier_below=frozenset({("science", "closed-api")}),
    )
    (told,) = offset_sentences(found)
    assert (
        "and 0.520 behind an API (lower scores near chance say less of a model and may cross)"
        in told
    )
    assert "near chance" not in offset_sentences(assessment)[0]
    for table in (offset_table(found, Coverage(None)), common_table(found), ceiling_table(found)):
        cells = [cell for row in table.rows for cell in row]
        assert [cell for cell in cells if cell.endswith(" (not near chance)")], table.caption
    for picture in (*offset_pictures(found), *ceiling_pictures(found)):
        assert picture.alt.count("(not near chance)") == 1
    (text,) = ceiling_section(found, Coverage(None)).paragraphs
    assert "not near chance" in text
    assert "not near chance" not in ceiling_section(assessment, Coverage(None)).paragraphs[0]
