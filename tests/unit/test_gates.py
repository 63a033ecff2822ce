from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from tests.unit.conftest import CANDIDATES

from leakbound.assessment import assess
from leakbound.candidate import read_candidate
from leakbound.candidate.types import Gate
from leakbound.gates import gate_rows, rule_probability
from leakbound.job import Job
from leakbound.logic import Fact, at_least, parse_rule
from leakbound.scenario import load_scenarios

SHIPPED = load_scenarios()
NAMES = ["a", "b", "c"]


def probability(rule, reached):
    return rule_probability(Gate("g", tuple(NAMES), rule), NAMES, np.asarray(reached))


@pytest.fixture(scope="module")
def biology(evidence, posterior, specification):
    file = CANDIDATES / "biology-illustrative.toml"
    one = read_candidate(file, evidence.registry, until=None, scenarios=SHIPPED)
    return assess(one, evidence, posterior, specification, SHIPPED)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_at_least_k_of_equal_chances_is_binomial(k):
    found = probability(at_least(k, *map(Fact, NAMES)), np.full((3, 5), 0.3))
    assert found == pytest.approx(stats.binom.sf(k - 1, 3, 0.3))


def test_what_thresholds_share_is_in_the_draws():
    together = np.array([[1.0, 0.0]] * 3)
    for k in (1, 2, 3):
        assert probability(at_least(k, *map(Fact, NAMES)), together) == pytest.approx(0.5)


def test_any_rule_has_a_probability():
    rule = parse_rule("a & ~b | c", NAMES, "here")
    reached = np.array([[0.5], [0.2], [0.1]])
    assert probability(rule, reached) == pytest.approx(1 - (1 - 0.5 * 0.8) * 0.9)


def test_any_of_is_at_least_as_likely_as_each_and_at_most_their_sum(biology):
    assert len(biology.gates) == len(SHIPPED)
    for gate in biology.gates:
        each = [row.exceedance for row in biology.verdicts if row.scenario == gate.scenario]
        assert max(each) - 1e-9 <= gate.probability <= min(1.0, sum(each)) + 1e-9


def test_a_gate_rests_on_the_verdicts_of_its_own_scenario(
    biology, evidence, posterior, specification
):
    job = Job(biology.candidate, evidence, posterior, specification, SHIPPED, checks_passed=True)
    said = dict.fromkeys(SHIPPED, "crosses") | {"closed-api": "clear", "theft-oc2": "undecided"}
    rows = tuple(replace(row, verdict=said[row.scenario]) for row in biology.verdicts)
    assert {gate.scenario: gate.verdict for gate in gate_rows(job, rows)} == said
