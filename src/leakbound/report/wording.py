"""Numbers and names as words: scores, chances, years, scenarios."""

from __future__ import annotations

import math
from collections.abc import Sequence

from leakbound.evidence.registry import Benchmark
from leakbound.scenario import Scenario
from leakbound.units import DAYS_PER_YEAR

MARKS = {"clear": "✓ clear", "crosses": "✕ crosses", "undecided": "? undecided"}
RELEASE_LEADS = {
    "open-weights": "If the weights were published",
    "closed-api": "If it were only served behind an API that can be withdrawn",
    "theft": "If the weights were stolen",
}
NEAR_CHANCE = 0.005
NEAR_CHANCE_EXCEPTED = "not near chance"


def plain(text: object) -> str:
    """Return text on one line with nothing unprintable in it (control and direction characters)."""
    shown = "".join(letter if letter.isprintable() else " " for letter in str(text))
    return " ".join(shown.split())


def mark(verdict: str) -> str:
    """Return a verdict as symbol and word."""
    return MARKS.get(verdict, f"? {plain(verdict)}")


def verdict_and_chance(verdict: str, exceedance: float) -> str:
    """Return a verdict with the chance to reach the limit."""
    return f"{mark(verdict)} {chance(exceedance)}"


def verdict_shown(text: str) -> str:
    """Return the verdict that a table cell begins with, empty when it is no verdict."""
    return next((word for word, said in MARKS.items() if text.startswith(said)), "")


def score(value: float, benchmark: Benchmark) -> str:
    """Return a score in the benchmark's unit: three decimals for accuracies, three digits else."""
    if not math.isfinite(value):
        return "unknown"
    if benchmark.link != "logit":
        return f"{value:.3g}"
    if value > 0.9995:
        return "> 0.999"
    return f"{value:.3f}"


def with_error(value: float, error: float, benchmark: Benchmark) -> str:
    """Return a score with twice its Monte-Carlo error, left out where no digit shown would change."""
    shown = score(value, benchmark)
    if not (math.isfinite(error) and math.isfinite(value)) or shown.startswith(">"):
        return shown
    said = f"{2.0 * error:.3f}" if benchmark.link == "logit" else f"{2.0 * error:.3g}"
    return f"{shown} ± {said}" if float(said) > 0.0 else shown


def limit(value: float) -> str:
    """Return a threshold's score as the user wrote it."""
    return f"{value:.6g}"


def ceiling(value: float, benchmark: Benchmark, *, riskier_below: bool = False) -> str:
    """Return a release ceiling; where there is none no score today is low enough."""
    if math.isnan(value):
        return "none"
    shown = score(value, benchmark)
    if at_chance(value, benchmark):
        return f"at chance ({shown})"
    return f"{shown} ({NEAR_CHANCE_EXCEPTED})" if riskier_below else shown


def at_chance(value: float, benchmark: Benchmark) -> bool:
    """Return whether a score is what guessing gives; NaN, no score at all, is."""
    return benchmark.link == "logit" and not value - benchmark.guess >= NEAR_CHANCE


def low_enough(today: float, ceiling: float, benchmark: Benchmark, *, spare: float) -> bool:
    """Return whether today's score is below a release ceiling and leaves allowance to `spare`.

    Near chance a score below the ceiling may leave none. Nothing is below a ceiling at chance.
    """
    return today <= ceiling and spare >= 0.0 and not at_chance(ceiling, benchmark)


def chance(value: float) -> str:
    """Return a probability in percent, never rounded to certainty."""
    if not math.isfinite(value):
        return "unknown"
    if value > 0.995:
        return "over 99 %"
    if value < 0.005:
        return "under 1 %"
    return f"{100 * value:.0f} %" if value >= 0.095 else f"{100 * value:.1f} %"


def percent(value: float) -> str:
    """Return a share as a whole percentage, "-" when unknown."""
    return f"{100 * value:.0f} %" if value == value else "-"


def level(value: float) -> str:
    """Return a confidence in percent."""
    return f"{100 * value:.4g} %"


def years(value: float | None) -> str:
    """Return a span of years, short ones in days or months; None is not within the horizon."""
    if value is None or not math.isfinite(value):
        return "not within the horizon"
    if value < 0.12:
        days = math.floor(value * DAYS_PER_YEAR)
        return "less than a day" if days < 1 else f"{days} day{'s' if days > 1 else ''}"
    if value < 0.99:
        return f"{value * 12:.2g} months"
    return f"{value:.3g} year" + ("" if value == 1 else "s")


def points(value: float) -> str:
    """Return a difference of two scores in points (hundredths)."""
    return f"{100 * value:.1f} points"


def link_unit(benchmark: Benchmark) -> str:
    """Return the unit of a difference on the benchmark's link scale."""
    return {"logit": "logits", "log": "log units", "oom": "OOM"}.get(benchmark.link, "units")


def change(value: float) -> str:
    """Return a difference of two chances in points, as more or less."""
    if not math.isfinite(value):
        return "unknown"
    shown = abs(100 * value)
    if shown < 0.05:
        return "unchanged"
    return f"{shown:.{0 if shown >= 10 else 1}f} points {'more' if value > 0 else 'less'}"


def listed(names: Sequence[str], last: str = "and") -> str:
    """Return names as in a sentence: "a, b and c"; "" without any."""
    *most, end = names or [""]
    return f"{', '.join(most)} {last} {end}" if most else end


def number(value: float) -> str:
    """Return a number in four digits."""
    return f"{value:.4g}" if math.isfinite(value) else "unknown"


def scenario_lead(scenario: Scenario) -> str:
    """Return how a sentence on this scenario begins."""
    lead = RELEASE_LEADS[scenario.release]
    return lead if scenario.key == scenario.release else f"{lead} ({plain(scenario.key)})"
