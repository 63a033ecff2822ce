"""Recovery of known truths by the default model where evidence is thin, flat or against the prior."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from leakbound.calibration.conflict import conflicts, lines
from leakbound.calibration.miniature import miniature
from leakbound.calibration.simulate import simulated, template_of
from leakbound.calibration.truth import draw_truth
from leakbound.chains import chains_of, compile_model
from leakbound.checks import check_convergence
from leakbound.distributions import DISTRIBUTIONS
from leakbound.evidence.table import Evidence, load_evidence, prepare
from leakbound.forecast import best_of, half_year_shocks, upper_bound
from leakbound.parameters import POPULATIONS
from leakbound.posterior import Posterior, posterior_of, tree_of
from leakbound.priors import Specification, read_specification
from leakbound.proof.question import Question, _new, answer, usual_effort
from leakbound.standing import stand

pytestmark = pytest.mark.slow
SETTINGS = {"chains": 2, "draws": 800, "tune": 600, "target_accept": 0.9, "thin": 1}


@dataclass(frozen=True)
class Recovered:
    evidence: Evidence
    specification: Specification
    posterior: Posterior
    truth: dict

    def inside(self, level=0.9):
        """Share of parameters whose central interval holds the truth."""
        tail = (1.0 - level) / 2.0
        held = []
        for name in self.specification.priors:
            if name in self.posterior.draws:
                low, high = np.quantile(self.posterior.draws[name], [tail, 1.0 - tail])
                held.append(bool(low <= self.truth[name] <= high))
        return float(np.mean(held))


def kept(evidence, keep):
    rows = evidence.rows[keep].reset_index(drop=True)
    return replace(evidence, rows=rows)


def whole(evidence):
    return evidence


def no_dose(evidence):
    """Without any attempt whose compute is known, and without bases of known post-training."""
    rows = prepare(evidence.rows, evidence.registry)
    dosed = rows["log_compute_fraction"].notna() | (rows["base_posttraining_fraction"] > 0.0)
    return kept(evidence, ~dosed.to_numpy())


def one_lineage(evidence):
    return kept(evidence, (evidence.rows["base_model"] == "meta-llama/Meta-Llama-3-8B").to_numpy())


def near_chance(evidence):
    """Every base of a benchmark of items scores a hundredth above chance."""
    rows = evidence.rows.copy()
    benchmarks = rows["benchmark"].map(lambda key: evidence.registry[str(key)])
    logit = benchmarks.map(lambda one: one.link == "logit") & (rows["attempts"] > 0)
    low = benchmarks.map(lambda one: one.guess + 0.01)
    rows["base_score"] = rows["base_score"].where(~logit, low)
    return replace(evidence, rows=rows)


def no_maths(evidence):
    """Without mathematics, and with instruction following in its place."""
    every = load_evidence()
    rows = every.rows
    small = set(zip(evidence.rows["base_model"], evidence.rows["source"], strict=True))
    mine = [pair in small for pair in zip(rows["base_model"], rows["source"], strict=True)]
    other = rows["benchmark"].isin(["gpqa", "gpqa-diamond", "ifeval", "ceg"])
    return kept(every, np.array(mine) & other.to_numpy())


def middle(specification):
    """Every sampled parameter at the median of its prior."""
    return {
        name: float(DISTRIBUTIONS[prior.distribution].frozen(**prior.parameters).ppf(0.5))
        for name, prior in specification.priors.items()
        if name not in POPULATIONS
    }


def recover(corner, *, given=None, seed=1):
    """Fit evidence simulated from a truth of the prior, the values `given` apart."""
    evidence, specification = corner(miniature(load_evidence())), read_specification()
    sampler = replace(specification.sampler, **SETTINGS)
    specification = replace(specification, sampler=sampler)
    template, rng = template_of(evidence, specification), np.random.default_rng(seed)
    truth = draw_truth(template.design, specification, rng, given=given)
    arrays = {**template.design.arrays, **simulated(template, truth, specification, rng)}
    design = replace(template.design, arrays=arrays)
    draws = chains_of(compile_model(design, specification), specification, seed=seed)
    tree = tree_of(*draws, design, specification)
    checks = check_convergence(tree)
    assert next(c for c in checks if c.name == "R-hat of parameters").found < 1.1
    posterior = posterior_of(tree, digest="", checks=checks, seed=seed)
    return Recovered(evidence, specification, posterior, dict(truth)), design


def width(found, key):
    """Distance from the median to the 95 % bound of the best score of a new base, in logits."""
    benchmark = found.evidence.registry[key]
    standing = stand(found.posterior, found.specification, _new(benchmark, 0.5, 0.0), benchmark)
    shocks = half_year_shocks(found.posterior.seed, found.posterior.samples, key)
    best = best_of(found.posterior, standing, usual_effort(), shocks)
    return upper_bound(best, 0.95).z - upper_bound(best, 0.5).z


@pytest.mark.parametrize("corner", [whole, no_dose, one_lineage, near_chance, no_maths])
def test_the_truth_is_recovered_and_the_bound_holds(corner):
    found, design = recover(corner)
    assert found.inside(0.9) >= 0.75
    assert found.inside(0.99) >= 0.9
    rng, held = np.random.default_rng(2), []
    for i in range(20):
        for key in ("gpqa", "wmdp-cyber"):
            benchmark = found.evidence.registry[key]
            question = Question(key, _new(benchmark, 0.5, 0.0), benchmark)
            told = answer(
                question, usual_effort(), found.truth, design,
                replace(found.posterior, seed=i), found.specification, rng,
            )  # fmt: skip
            held.append(told.covered)
    assert np.mean(held) >= 0.8
    assert not any(one.conflicting for one in conflicts(found.posterior, found.specification))


def test_without_dose_information_the_dose_curve_stays_as_uncertain_as_its_prior():
    found, _ = recover(no_dose)
    by_name = {one.parameter: one for one in conflicts(found.posterior, found.specification)}
    for name in ("dose_slope", "dose_midpoint", "efficiency"):
        assert by_name[name].shrinkage < 0.15, name


def test_a_domain_without_evidence_gets_the_widest_bound():
    found, _ = recover(no_maths, given=middle(read_specification()))
    without = width(found, "wmdp-cyber")
    for key in ("gpqa", "gpqa-diamond", "ifeval"):
        assert without > width(found, key)


def test_evidence_against_the_prior_is_said():
    found, _ = recover(whole, given={**middle(read_specification()), "trend": 1.5})
    told = conflicts(found.posterior, found.specification)
    assert "trend" in {one.parameter for one in told if one.conflicting}
    assert any(line.startswith("prior-data conflict in trend: ") for line in lines(told))
