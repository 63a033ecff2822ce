"""What must hold of every verdict, whatever the posterior: tried on one drawn from the priors."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leakbound.assessment import verdicts_of
from leakbound.candidate import read_candidate
from leakbound.prices import flop_for_usd, shipped_prices, usd_for_flop
from leakbound.quantity import between, fixed
from leakbound.scenario import ActorGroup, Scenario, load_scenarios
from leakbound.units import LINKS

SHIPPED = load_scenarios()
THIEVES = ("theft-oc2", "theft-oc3", "theft-oc4", "theft-oc5")
TRIED = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def group(name, attempts, fraction, growth, *, inference=True):
    return ActorGroup(
        name=name, actor="lab", attempts_per_year=between(attempts, 3.0 * attempts),
        compute_fraction=between(fraction, 10.0 * fraction), budget_usd=None,
        techniques=("inference", "training") if inference else ("training",),
        growth_per_year=fixed(growth), start_years=0.0, start_date=None, end_years=None,
        private_lead_years=0.0, sources={},
    )  # fmt: skip


def scenario(groups, release="open-weights", key="open-weights"):
    return Scenario(
        key=key, title="Test", release=release, groups=tuple(groups), start_delay_years=0.0,
        withdrawal_after_years=None, guardrail_failure_probability=None, compute_fraction_cap=1.0,
        sources={},
    )  # fmt: skip


groups = st.lists(
    st.builds(
        group, st.just("team"), st.floats(0.5, 100.0), st.floats(1e-7, 1e-2),
        st.floats(0.2, 2.0), inference=st.booleans(),
    ),
    min_size=1, max_size=2,
)  # fmt: skip
more = st.floats(1.0, 50.0)
scores = st.floats(0.6, 0.995)
horizons = st.integers(1, 12).map(lambda quarters: quarters / 4.0)
confidences = st.floats(0.6, 0.98)


@pytest.fixture(scope="module")
def decide_on(make_job, deepseek):
    """Return the judgement of the first threshold at a limit in a scenario."""

    def decide(what, *, score, years, confidence):
        first = deepseek.thresholds[0]
        limits = {"scores": score, "horizon_years": years, "confidence": confidence}
        tables = {name: {what.release: value} for name, value in limits.items()}
        threshold = replace(first, extrapolate=True, **tables)
        job = make_job({what.key: what}, thresholds=(threshold,))
        return job.judged(threshold, what)[1]

    return decide


@given(parts=groups, score=scores, lower=st.floats(0.0, 0.3), years=horizons, c=confidences)
@TRIED
def test_a_lower_threshold_never_clears(decide_on, parts, score, lower, years, c):
    what = scenario(parts)
    before = decide_on(what, score=score, years=years, confidence=c)
    after = decide_on(what, score=max(score - lower, 0.01), years=years, confidence=c)
    assert after.exceedance >= before.exceedance - 1e-12
    if before.verdict.verdict == "crosses":
        assert after.verdict.verdict == "crosses"


@given(parts=groups, score=scores, years=horizons, longer=st.integers(0, 8), c=confidences)
@TRIED
def test_a_longer_horizon_never_turns_crosses_into_clear(decide_on, parts, score, years, longer, c):
    what = scenario(parts)
    before = decide_on(what, score=score, years=years, confidence=c)
    after = decide_on(what, score=score, years=years + longer / 4.0, confidence=c)
    assert after.exceedance >= before.exceedance - 1e-12
    assert after.bound.z >= before.bound.z - 1e-5
    if before.verdict.verdict == "crosses":
        assert after.verdict.verdict != "clear"


def scaled(quantity, factor):
    return replace(quantity, low=quantity.low * factor, high=quantity.high * factor)


@given(
    parts=groups, score=scores, years=horizons, c=confidences, factor=more,
    what=st.sampled_from(["attempts_per_year", "compute_fraction"]),
)  # fmt: skip
@TRIED
def test_more_attempts_or_compute_never_turn_crosses_into_clear(
    decide_on, parts, score, years, c, factor, what
):
    richer = [replace(one, **{what: scaled(getattr(one, what), factor)}) for one in parts]
    before = decide_on(scenario(parts), score=score, years=years, confidence=c)
    after = decide_on(scenario(richer), score=score, years=years, confidence=c)
    assert after.exceedance >= before.exceedance - 1e-12
    assert after.bound.z >= before.bound.z - 1e-5
    if before.verdict.verdict == "crosses":
        assert after.verdict.verdict != "clear"


@given(parts=groups, score=scores, years=horizons, c=confidences, higher=st.floats(0.0, 1.0))
@TRIED
def test_a_higher_confidence_never_turns_crosses_into_clear(
    decide_on, parts, score, years, c, higher
):
    what = scenario(parts)
    before = decide_on(what, score=score, years=years, confidence=c)
    after = decide_on(what, score=score, years=years, confidence=c + higher * (0.99 - c))
    assert after.bound.z >= before.bound.z - 1e-5
    if before.verdict.verdict == "crosses":
        assert after.verdict.verdict != "clear"


@given(parts=groups, others=groups, score=scores, years=horizons)
@TRIED
def test_theft_by_one_actor_never_exceeds_open_release_with_the_same_compute(
    decide_on, parts, others, score, years
):
    stolen = decide_on(
        scenario(parts, "theft", "theft-oc3"), score=score, years=years, confidence=0.95
    )
    public = decide_on(scenario(parts + others), score=score, years=years, confidence=0.95)
    assert public.exceedance >= stolen.exceedance - 1e-12
    assert public.bound.z >= stolen.bound.z - 1e-5


@given(score=scores, years=st.integers(1, 20).map(lambda quarters: quarters / 4.0))
@settings(TRIED, max_examples=12)
def test_no_shipped_thief_exceeds_the_shipped_release(make_job, deepseek, score, years):
    job = make_job(reach_years=5.0)
    for key in ("gpqa-diamond", "otis-mock-aime"):
        z = float(job.standing(key).benchmark.to_link(score))
        public = job.best(key, SHIPPED["open-weights"], years).exceeds(z)
        weaker = np.zeros_like(public)
        for thief in THIEVES:
            stolen = job.best(key, SHIPPED[thief], years).exceeds(z)
            assert (stolen <= public + 1e-9).all(), thief
            assert (stolen >= weaker - 1e-9).all(), thief
            weaker = stolen


@given(parts=groups, score=st.floats(0.0, 1.0), years=horizons)
@TRIED
def test_exceedance_is_a_probability_that_grows(decide_on, parts, score, years):
    found = decide_on(scenario(parts), score=score, years=years, confidence=0.95)
    assert ((found.exceedance_by >= 0.0) & (found.exceedance_by <= 1.0)).all()
    assert (np.diff(found.exceedance_by) >= 0.0).all()


@given(
    link=st.sampled_from(sorted(LINKS)), share=st.floats(0.001, 0.999), guess=st.floats(0.0, 0.5)
)
def test_scores_round_trip_through_their_link(link, share, guess):
    score = guess + (1.0 - guess) * share if link == "logit" else 1e3 * share
    there = LINKS[link].forward(score, guess)
    assert float(LINKS[link].inverse(there, guess)) == pytest.approx(score, rel=1e-9)


@given(usd=st.floats(1.0, 1e10), years=st.floats(-3.0, 10.0), z=st.floats(-3.0, 3.0))
def test_money_round_trips_through_compute(usd, years, z):
    price = shipped_prices().default
    flop = flop_for_usd(usd, price, years=years, z=z)
    assert float(usd_for_flop(flop, price, years=years, z=z)) == pytest.approx(usd, rel=1e-9)


NUMBERS = ("threshold_score", "today_score", "median_score", "bound_score", "bound_mcse",
           "exceedance", "release_ceiling_score", "verdict")  # fmt: skip
TEXT = """[candidate]
name = "{name}"
released = 2024-12-26
pretraining_flop = 3.41e24
posttraining_fraction_spent = 0.0018
elicited = ["prompting"]
"""
SCORES = ("gpqa-diamond", "otis-mock-aime", "mmlu-pro", "ifeval")


@pytest.fixture(scope="module")
def numbers_of(tmp_path_factory, evidence, posterior, specification):
    """Return the numbers by benchmark and scenario of a candidate file's text."""
    folder = tmp_path_factory.mktemp("candidates")

    def decide(text, scenarios=SHIPPED):
        file = folder / "candidate.toml"
        file.write_text(text)
        one = read_candidate(file, evidence.registry, until=None, scenarios=scenarios)
        rows, _ = verdicts_of(one, evidence, posterior, specification, scenarios)
        return {
            (row.benchmark, row.scenario): [getattr(row, name) for name in NUMBERS] for row in rows
        }

    return decide


def candidate_text(name, order, threshold_names):
    parts = [
        f'[[candidate.scores]]\nbenchmark = "{SCORES[i]}"\nscore = {0.2 + 0.1 * i}\n' for i in order
    ]
    limits = (
        "score = { open-weights = 0.75, theft = 0.8 }\nconfidence = 0.95\nhorizon_years = 1.0\n"
    )
    thresholds = [
        f'[[thresholds]]\nname = "{threshold}"\nbenchmark = "{SCORES[i]}"\n{limits}'
        for i, threshold in sorted(
            zip((0, 1), threshold_names, strict=True), key=lambda pair: order.index(pair[0])
        )
    ]
    return "".join([TEXT.format(name=name), *parts, *thresholds])


def same(one, other):
    assert one.keys() == other.keys()
    for key, values in one.items():
        assert values[:-1] == pytest.approx(other[key][:-1], rel=1e-9, nan_ok=True), key
        assert values[-1] == other[key][-1]


@given(order=st.permutations(range(4)), name=st.text("abc xyz", min_size=1).filter(str.strip))
@settings(TRIED, max_examples=8)
def test_renaming_or_reordering_a_candidate_changes_no_number(numbers_of, order, name):
    plain = numbers_of(candidate_text("A", [0, 1, 2, 3], ("first", "second")))
    changed = candidate_text(name.strip(), order, (f"{name.strip()} 1", f"{name.strip()} 2"))
    same(plain, numbers_of(changed))


def reordered(text, rng):
    """Shuffle groups and their keys in a scenario file, and give groups other names."""
    head, *parts = re.split(r"^\[\[groups\]\]\n", text, flags=re.MULTILINE)
    rng.shuffle(parts)
    made = []
    for i, part in enumerate(parts):
        keys, *tables = re.split(r"(?=^\[groups\.sources\])", part, flags=re.MULTILINE)
        lines = [line for line in keys.splitlines() if line.strip()]
        rng.shuffle(lines)
        lines = [f'name = "group {i}"' if line.startswith("name =") else line for line in lines]
        made.append("\n".join(lines) + "\n\n" + "".join(tables))
    return "[[groups]]\n".join([head, *made])


@given(seed=st.integers(0, 1000))
@settings(TRIED, max_examples=6)
def test_renaming_or_reordering_groups_changes_no_number(numbers_of, tmp_path_factory, seed):
    from importlib.resources import files

    rng = np.random.default_rng(seed)
    folder = tmp_path_factory.mktemp("scenarios")
    for file in (files("leakbound") / "data" / "scenarios").iterdir():
        (folder / file.name).write_text(reordered(file.read_text(), rng))
    text = candidate_text("A", [0, 1, 2, 3], ("first", "second"))
    same(numbers_of(text), numbers_of(text, load_scenarios(folder)))


def test_the_order_of_scenarios_changes_no_number(numbers_of):
    text = candidate_text("A", [0, 1, 2, 3], ("first", "second"))
    same(numbers_of(text), numbers_of(text, dict(reversed(SHIPPED.items()))))
