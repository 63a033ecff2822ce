import re
from itertools import pairwise

import pytest

from leakbound.report import palette
from leakbound.report.drawing import SHAPES, Canvas, width_of


def drawn(paint):
    canvas = Canvas(100, 50)
    paint(canvas)
    return canvas.svg()


def test_a_picture_takes_the_width_of_its_page():
    assert drawn(lambda canvas: None).startswith('<svg viewBox="0 0 100 50" aria-hidden="true"')


def test_text_is_escaped_and_stays_on_one_line():
    svg = drawn(lambda canvas: canvas.text((1, 2), "</text><script>a\nb</script>&"))
    assert "&lt;/text&gt;&lt;script&gt;a b&lt;/script&gt;&amp;" in svg
    assert "<script" not in svg


def test_coordinates_carry_one_decimal_and_no_minus_zero():
    svg = drawn(lambda canvas: canvas.line([(-0.01, 1 / 3), (20, 12.25)], "ink"))
    assert re.search(r'points="0,0.3 20,12.2"', svg)


@pytest.mark.parametrize("shape", ["circle", *SHAPES])
def test_marks_are_drawn_filled_or_open(shape):
    filled = drawn(lambda canvas: canvas.mark((5, 5), "closed-1", shape=shape))
    hollow = drawn(lambda canvas: canvas.mark((5, 5), "closed-1", shape=shape, filled=False))
    assert f'fill="{palette.paint("closed-1")}"' in filled
    assert f'fill="{palette.paint("paper")}"' in hollow


def test_a_longer_text_is_wider():
    assert width_of("abcd") == pytest.approx(2 * width_of("ab"))


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [palette.LIGHT, palette.DARK])
def test_colours_can_be_read_on_their_ground(colours):
    """WCAG 2.1: 4.5 for text, 3 for lines of a picture."""
    assert contrast(colours["ink"], colours["paper"]) > 4.5
    assert contrast(colours["soft"], colours["paper"]) > 4.5
    for word in ("clear", "crosses", "undecided"):
        assert contrast(colours[word], colours[f"{word}-tint"]) > 4.5
    for name, colour in colours.items():
        if re.match(r"(closed|theft|open)-\d", name):
            assert contrast(colour, colours["paper"]) > 2.5, name


@pytest.mark.parametrize("colours", [palette.LIGHT, palette.DARK])
def test_thefts_differ_in_lightness_so_that_anyone_can_tell_them_apart(colours):
    shades = [luminance(colours[f"theft-{k}"]) for k in (1, 2, 3, 4)]
    ratios = [(a + 0.05) / (b + 0.05) for a, b in pairwise(shades)]
    assert min(ratios) > 1.35


def test_both_grounds_have_the_same_names():
    assert set(palette.LIGHT) == set(palette.DARK)


def test_scenarios_of_one_release_mode_share_a_hue_and_no_two_a_colour():
    pairs = [("closed-api", "closed-api"), *((f"theft-oc{k}", "theft") for k in (2, 3, 4, 5))]
    found = palette.scenario_colours([*pairs, ("open-weights", "open-weights")])
    assert len(set(found.values())) == 6
    assert {found[f"theft-oc{k}"].split("-")[0] for k in (2, 3, 4, 5)} == {"theft"}


def test_outside_a_page_a_picture_has_its_light_colours():
    svg = drawn(lambda canvas: canvas.line([(0, 0), (1, 1)], "open-1"))
    assert palette.LIGHT["open-1"] in palette.fixed(svg)
    assert "var(" not in palette.fixed(svg)
