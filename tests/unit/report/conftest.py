"""An assessment made by hand from the real types: nothing is sampled."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from leakbound.assessment import Assessment, GateRow, Offset, OutcomeRow
from leakbound.bound import BoundRow, PathOverYears
from leakbound.candidate.types import Candidate, Outcome, Score, Threshold
from leakbound.checks import Check
from leakbound.comparators import ComparatorRow
from leakbound.evidence.cards import Card
from leakbound.evidence.registry import load_registry
from leakbound.evidence.table import Evidence, load_evidence
from leakbound.explain.buffers import Buffer
from leakbound.explain.flips import Flip
from leakbound.explain.surfacemap import BoundMap, CrossingCurve
from leakbound.explain.worth import EvaluationWorth
from leakbound.posterior import Posterior
from leakbound.priors import read_specification
from leakbound.risk import SecurityStep, TotalRisk
from leakbound.scenario import load_scenarios

SCENARIOS = {"closed-api": (0.85, 0.5), "open-weights": (0.75, 2.0)}


def bound_row(scenario="open-weights", **changes):
    limit, horizon = SCENARIOS[scenario]
    crosses = scenario == "open-weights"
    row = BoundRow(
        threshold="science",
        benchmark="gpqa-diamond",
        domain="knowledge",
        scenario=scenario,
        release=scenario,
        horizon_years=horizon,
        confidence=0.95,
        threshold_score=limit,
        today_score=0.5653,
        median_score=0.7 if crosses else 0.6,
        bound_score=0.9100004 if crosses else 0.7,
        bound_z=2.0,
        bound_mcse=0.005,
        exceedance=0.63 if crosses else 0.031,
        verdict="crosses" if crosses else "clear",
        reason="the bound reaches the threshold" if crosses else "below",
        first_crossing_years={"p05": 0.1, "p50": 0.9 if crosses else None, "p95": None},
        release_ceiling_score=0.41 if crosses else 0.66,
        release_ceiling_z=-1.0,
        extrapolates=("laboratories: lag 3 y, evidence to 2 y",) if crosses else (),
        notes=(),
        drivers={"laboratories": 1.0},
    )
    return replace(row, **changes)


def make_candidate(name="DeepSeek-V3", threshold="science"):
    by_release = {key: limit for key, (limit, _) in SCENARIOS.items()}
    horizons = {key: years for key, (_, years) in SCENARIOS.items()}
    confidence = dict.fromkeys(SCENARIOS, 0.95)
    return Candidate(
        key="candidate",
        name=name,
        released=dt.date(2024, 12, 26),
        pretraining_flop=3.41e24,
        posttraining_fraction_spent=0.0018,
        elicited=("prompting",),
        base_model=None,
        scores=(Score("gpqa-diamond", 0.5653, 198, None, "a hub"),),
        outcomes=(),
        thresholds=(
            Threshold(
                threshold, "gpqa-diamond", "knowledge", by_release, confidence, horizons,
                False, "", "",
            ),
        ),
        gates=(),
        benchmarks=(),
        security=None,
        note="",
    )  # fmt: skip


def make_risk(threshold="science"):
    totals = (0.9, 0.8, 0.62, 0.4, 0.2)
    steps = tuple(SecurityStep(i + 1, total, 0.62 - total) for i, total in enumerate(totals))
    theft, given = {"oc2": 0.1, "oc3": 0.36}, {"oc2": 0.3, "oc3": 0.42}
    return TotalRisk(
        threshold, "gpqa-diamond", "knowledge", 0.75, 2.0, 3, False, theft, given, 0.031, 0.62,
        0.63, steps,
    )  # fmt: skip


def make_flips(threshold="science"):
    said = ("crosses", "clear", "With a horizon of 0.3 instead of 2 years: clear.")
    yield Flip(threshold, "open-weights", "horizon", "years", 2.0, 0.3, 0.1, 10.0, *said)
    yield Flip(threshold, "open-weights", "attempts", "times as many", 1.0, 0.9, 1e-3, 1e3, *said)
    nothing = ("clear", "clear", "No allowance changes the verdict.")
    yield Flip(
        threshold, "closed-api", "allowance", "probability", 0.05, None, 0.001, 0.5, *nothing
    )


def make_buffers(threshold="science"):
    rules = {"4x": 0.602, "six months": 0.43}
    for key, needed, day in (
        ("closed-api", 0.5, None),
        ("open-weights", 1.3, dt.date(2025, 3, 4)),
    ):
        lasts = {"4x": None if day is None else 0.21, "six months": 0.0}
        years = None if day is None else 0.186
        yield Buffer(threshold, "gpqa-diamond", key, needed, 0.21, rules, lasts, day, years)


def make_map(threshold="science"):
    compute, years = np.linspace(-6.0, 0.0, 7), np.linspace(0.0, 3.0, 4)
    bound = 0.6 + 0.03 * (compute[:, None] + 6.0) + 0.05 * years
    points = (np.array([-4.0, -2.0]), np.array([0.5, 1.5]), ("one", "two"))
    limits = {threshold: 0.75}
    return BoundMap("gpqa-diamond", "any actor", 0.95, 10.0, compute, years, bound, limits, *points)


def make_crossings(threshold="science"):
    years = np.linspace(0.0, 5.0, 21)
    for key, (limit, _) in SCENARIOS.items():
        pace = 0.5 if key == "open-weights" else 0.02
        chance = 1.0 - np.exp(-pace * years)
        yield CrossingCurve(threshold, "gpqa-diamond", key, limit, 0.05, years, chance)


def make_worths(threshold="science"):
    for what, after in (("measure on more items", 0.06), ("make 30 attempts", 0.02)):
        said = f"{threshold}: {what}."
        yield EvaluationWorth(threshold, "closed-api", what, 0.07, after, 0.07 - after, said)


def make_assessment(name="DeepSeek-V3", threshold="science", outcome="DeepSeek-R1-0528"):
    scenarios = {key: load_scenarios()[key] for key in SCENARIOS}
    verdicts = tuple(bound_row(key, threshold=threshold) for key in SCENARIOS)
    years = np.array([0.25, 0.5, 1.0, 2.0])
    paths = tuple(
        PathOverYears(key, "gpqa-diamond", 0.95, years, 0.6 + 0.05 * years, 0.7 + 0.1 * years)
        for key in SCENARIOS
    )
    reached = Outcome("gpqa-diamond", 0.7633, dt.date(2025, 5, 28), outcome, "a hub")
    ceilings = {"closed-api": 0.52, "open-weights": 0.41}
    offset = Offset(
        threshold, "gpqa-diamond", "knowledge", 0.75, 2.0, 0.95, ceilings,
        {"closed-api": -0.4, "open-weights": -1.3}, 0.11, 0.9, 1.5,
        {"closed-api": 0.07, "open-weights": 0.63}, (),
    )  # fmt: skip
    rules = tuple(
        ComparatorRow(
            "asl3-1pct", "ASL-3: test with 1 % of training cost", "RSP v1.0", "asl3-1pct",
            threshold, "gpqa-diamond", key, 0.632, SCENARIOS[key][0], "clear",
        )
        for key in SCENARIOS
    )  # fmt: skip
    card = Card(
        "Finetunes", "Somebody 2024", "https://example.org/a", dt.date(2026, 1, 1), "CC", "few"
    )
    evidence = Evidence(
        rows=load_evidence()
        .rows.head(3)
        .assign(source=["lineages/one", "lineages/two", "lineages/two"]),
        cards={"lineages": card},
        registry=load_registry(),
        left_out={"no date": 9},
    )
    posterior = Posterior(
        draws={"gap": np.zeros(4)},
        chains=2,
        benchmarks=("gpqa-diamond",),
        domains=("knowledge",),
        lineages=(),
        pairs=pd.DataFrame(),
        centres={},
        newest=0.9,
        cell_sources=(),
        responses={},
        structure={"dose": "saturating"},
        digest="p" * 64,
        checks=(Check("R-hat of parameters", True, 1.01, 1.02, "rate", "tune"),),
        seed=1,
    )
    return Assessment(
        candidate=make_candidate(name, threshold),
        specification=read_specification(),
        evidence=evidence,
        posterior=posterior,
        scenarios=scenarios,
        until=dt.date(2024, 12, 26),
        verdicts=verdicts,
        gates=(GateRow("any", "open-weights", "crosses", "science is crossed", 0.62),),
        comparators=rules,
        paths=paths,
        outcomes=(OutcomeRow(reached, 0.42, {"closed-api": 0.7, "open-weights": 0.8}),),
        offsets=(offset,),
        risks=(make_risk(threshold),),
        flips=tuple(make_flips(threshold)),
        buffers=tuple(make_buffers(threshold)),
        maps=(make_map(threshold),),
        crossings=tuple(make_crossings(threshold)),
        worths=tuple(make_worths(threshold)),
    )


@pytest.fixture(scope="session")
def assessment():
    return make_assessment()


@pytest.fixture(scope="session")
def hostile():
    return make_assessment(
        name="<script>alert(1)</script> | $x_1$\n# not a heading ‮",
        threshold='"><img src=x onerror=alert(1)> | **bold**',
        outcome="$\\frac{</svg><script>alert(2)</script>",
    )


@pytest.fixture
def stacked_as():
    """Return what makes the specification of a stack: the default's weight, the rest is log-linear."""
    from leakbound.priors import read_specification
    from leakbound.structures.mixture import Member
    from leakbound.structures.stack import StackedSpecification

    default, other = read_specification(), read_specification("log-linear-linear-logistic")

    def make(weight):
        members = (Member(other, 1.0 - weight), Member(default, weight))
        return StackedSpecification(**{**vars(default), "name": "stack"}, members=members)

    return make
