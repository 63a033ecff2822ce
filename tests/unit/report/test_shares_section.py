from dataclasses import replace

from leakbound.explain.shares import MEANINGS, NAMES, WidthShares
from leakbound.report.shares_section import shares_sections


def shares(threshold="science", **parts):
    said = dict.fromkeys(NAMES, 0.0) | {name.replace("_", " "): v for name, v in parts.items()}
    return WidthShares(
        threshold, "gpqa-diamond", "open-weights", 0.95, 1.234, said, dict.fromkeys(NAMES, 0.02)
    )


def test_without_shares_there_is_no_section(assessment):
    assert shares_sections(replace(assessment, shares=())) == ()


def test_a_section_says_every_share_in_words_table_and_picture(assessment):
    row = shares(attempts=0.7, parameters=0.35, measurement=-0.05)
    (section,) = shares_sections(replace(assessment, shares=(row,)))
    assert "One structure alone was used" in section.paragraphs[1]
    assert [bullet.split(":")[0] for bullet in section.bullets] == list(MEANINGS) == list(NAMES)
    (picture,) = section.pictures
    assert "open-weights: attempts 70 %, parameters 35 %" in picture.alt
    assert all(name in picture.svg for name in NAMES)
    (fold,) = section.folds
    (table,) = fold.tables
    assert table.rows == (
        (
            "science",
            "open-weights",
            "1.23",
            "35 ± 2",
            "0 ± 2",
            "0 ± 2",
            "70 ± 2",
            "0 ± 2",
            "-5 ± 2",
        ),
    )


def test_bars_end_together_though_a_share_is_negative(assessment):
    import re

    row = shares(attempts=1.1, lineage=-0.1)
    (section,) = shares_sections(replace(assessment, shares=(row,)))
    boxes = re.findall(r'<rect x="([\d.]+)"[^>]*?width="([\d.]+)"', section.pictures[0].svg)
    ends = [float(x) + float(width) for x, width in boxes]
    assert max(ends) == 334.0


def test_hostile_names_are_escaped(hostile):
    name = hostile.verdicts[0].threshold
    (section,) = shares_sections(replace(hostile, shares=(shares(threshold=name, attempts=1.0),)))
    assert "<img" not in section.pictures[0].svg
    assert "<script" not in section.pictures[0].svg
