import math
import re
from dataclasses import replace

import numpy as np
import pytest

from leakbound.report.past import Coverage
from leakbound.report.pictures.ceilings import ceiling_pictures, offset_pictures
from leakbound.report.pictures.crossings import crossing_pictures
from leakbound.report.pictures.heat import crossing, heat_pictures
from leakbound.report.pictures.rules import rule_pictures
from leakbound.report.pictures.security import security_pictures
from leakbound.report.pictures.years import years_pictures

NO_BACKTEST = Coverage(None)


def every(found):
    return [
        *years_pictures(found, NO_BACKTEST), *offset_pictures(found), *ceiling_pictures(found),
        *crossing_pictures(found), *heat_pictures(found, NO_BACKTEST), *security_pictures(found),
        *rule_pictures(found, NO_BACKTEST),
    ]  # fmt: skip


def texts(picture):
    return re.findall(r"<text[^>]*>([^<]*)</text>", picture.svg)


def test_every_picture_is_the_same_each_time_and_holds_no_nan(assessment):
    first, again = every(assessment), every(assessment)
    assert first == again
    assert not [one.title for one in first if "nan" in one.svg]


def test_a_small_picture_stays_small(assessment):
    assert max(len(one.svg) for one in every(assessment)) < 25_000


def test_text_stays_inside_the_picture(assessment):
    from leakbound.report.drawing import width_of

    for one in every(assessment):
        wide = float(re.search(r'viewBox="0 0 ([\d.]+)', one.svg)[1])
        for x, size, rest, said in re.findall(
            r'<text x="([-\d.]+)"[^>]*?font-size="([\d.]+)"([^>]*)>([^<]*)<', one.svg
        ):
            share = 1.0 if 'anchor="end"' in rest else 0.5 if 'anchor="middle"' in rest else 0.0
            left = float(x) - share * width_of(said, float(size))
            right = left + width_of(said, float(size))
            assert left > -6, (one.title, said)
            assert right < wide + 14, (one.title, said)


def test_the_main_picture_names_scenarios_limits_and_outcomes(assessment):
    (picture,) = years_pictures(assessment, NO_BACKTEST)
    assert {"closed-api", "open-weights", "limit, closed-api", "DeepSeek-R1-0528"} <= set(
        texts(picture)
    )
    assert "Reached later: DeepSeek-R1-0528 0.763 after 5 months" in picture.alt
    assert "No backtest is available" in picture.note
    assert picture.note.startswith("Solid: bound at 95 %; dashed: median")


def test_the_main_picture_says_which_level_each_curve_is(assessment):
    paths = tuple(
        replace(one, confidence=0.99 if one.scenario == "open-weights" else 0.9)
        for one in assessment.paths
    )
    (picture,) = years_pictures(replace(assessment, paths=paths), NO_BACKTEST)
    assert picture.note.startswith("Solid: bound at 90 % (closed-api) and 99 % (open-weights);")


def test_the_offset_stands_on_the_picture_of_ceilings(assessment):
    (picture,) = offset_pictures(assessment)
    assert "11.0 points" in texts(picture)
    assert (
        "open weights and the API: 11.0 points, 0.9 logits, 1.5 years of progress." in picture.alt
    )


def test_crossing_curves_carry_the_allowance(assessment):
    (picture,) = crossing_pictures(assessment)
    assert "allowance 5 %" in texts(picture)
    assert (
        "open-weights (limit 0.75) 92 % after 5 years, over the allowance within 3" in picture.alt
    )


@pytest.mark.parametrize(("score", "year"), [(0.5, 0.0), (0.65, 0.5), (0.7, 1.0), (0.9, math.nan)])
def test_a_contour_lies_where_the_bound_first_reaches_the_limit(score, year):
    found = crossing(np.array([0.0, 1.0, 2.0]), np.array([0.6, 0.7, 0.8]), score)
    assert found == pytest.approx(year, nan_ok=True)


def test_the_heat_map_has_its_contour_points_and_key(assessment):
    (picture,) = heat_pictures(assessment, NO_BACKTEST)
    assert "limit 0.75" in texts(picture)
    assert picture.svg.count("<circle") == 2
    assert "the 2 attempts of this domain whose compute is known" in picture.note
    assert "0.01 %" in texts(picture)


@pytest.mark.parametrize(("limit", "said"), [(0.5, "reached everywhere"), (0.99, "not reached")])
def test_a_limit_outside_the_map_is_said_in_words(assessment, limit, said):
    one = replace(assessment.maps[0], thresholds={"science": limit})
    (picture,) = heat_pictures(replace(assessment, maps=(one,)), NO_BACKTEST)
    assert f"limit {limit:g}: {said}" in texts(picture)


def test_a_flat_map_is_drawn(assessment):
    flat = replace(assessment.maps[0], bound=np.full((7, 4), 0.5))
    (picture,) = heat_pictures(replace(assessment, maps=(flat,)), NO_BACKTEST)
    assert "nan" not in picture.svg


def test_security_shows_every_level_the_api_and_the_release(assessment):
    (picture,) = security_pictures(assessment)
    assert [f"SL{k}" for k in (1, 2, 3, 4, 5)] == [t for t in texts(picture) if t.startswith("SL")]
    assert "released: 63 %" in texts(picture)
    assert "the default level, SL3" in picture.note


def test_rules_have_short_names_beside_the_axis(assessment):
    (picture,) = rule_pictures(assessment, NO_BACKTEST)
    assert "1 % test (ASL-3)" in texts(picture)
    assert "bound, open-weights" in texts(picture)


def test_unknown_numbers_do_not_break_a_picture(assessment):
    rows = tuple(
        replace(row, release_ceiling_score=math.nan, bound_score=math.nan, exceedance=math.nan)
        for row in assessment.verdicts
    )
    sick = replace(assessment, verdicts=rows, risks=(replace(assessment.risks[0], total=math.nan),))
    assert all("nan" not in one.svg for one in every(sick))
