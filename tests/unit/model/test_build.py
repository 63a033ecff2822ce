"""The model as a density: padding changes nothing, and the likelihood is the one of `attempts`."""

import datetime as dt

import numpy as np
import pytest
from scipy import stats

from leakbound.evidence.table import load_evidence
from leakbound.model.design import benchmarks_of, design_of
from leakbound.model.effects import families, named_draws, traced
from leakbound.parameters import PARAMETERS, POPULATIONS
from leakbound.posterior import DIMS


def start(model, specification):
    from leakbound.model.build import initial_points

    rng = np.random.default_rng(3)
    point = initial_points(model, specification)
    drawn = {k: rng.standard_normal(v.shape) * 0.3 for k, v in point.items() if k.endswith("_z")}
    return {**point, **drawn}


def evaluate(model, point, names):
    """Return the log density at a point of the free variables, and named variables there."""
    import pytensor

    values = [model.rvs_to_values[rv] for rv in model.free_RVs]
    outputs = [model.logp(sum=True), *model.replace_rvs_by_values([model[n] for n in names])]
    function = pytensor.function(values, outputs, mode="FAST_COMPILE", on_unused_input="ignore")
    found = function(*[np.asarray(_unbounded(model, rv, point)) for rv in model.free_RVs])
    return float(found[0]), dict(zip(names, found[1:], strict=True))


def _unbounded(model, rv, point):
    transform = model.rvs_to_transforms[rv]
    value = point[rv.name]
    return value if transform is None else transform.forward(value, *rv.owner.inputs).eval()


def narrow(point, like):
    return {name: value[tuple(slice(n) for n in like[name].shape)] for name, value in point.items()}


@pytest.mark.slow
def test_padding_adds_unit_normals_and_nothing_else(evidence, specification):
    from leakbound.model.build import build, initial_points

    larger = load_evidence(until=dt.date(2025, 6, 1))
    names = tuple(sorted({*benchmarks_of(evidence), *benchmarks_of(larger)}))
    sizes = [design_of(one, specification, benchmarks=names).sizes for one in (evidence, larger)]
    plain = design_of(evidence, specification, benchmarks=names)
    padded = design_of(
        evidence, specification, benchmarks=names, padded_to=sizes[0].union(sizes[1])
    )
    wide, slim = build(padded, specification), build(plain, specification)
    point = start(wide, specification)
    few = narrow(point, initial_points(slim, specification))
    ours, kept = evaluate(slim, few, ["log_likelihood_cell"])
    theirs, also = evaluate(wide, point, ["log_likelihood_cell"])
    n = plain.sizes.cell
    np.testing.assert_allclose(also["log_likelihood_cell"][:n], kept["log_likelihood_cell"])
    assert not also["log_likelihood_cell"][n:].any()
    extra = 0.0
    for name, value in point.items():
        if name.endswith("_z"):
            extra += stats.norm.logpdf(value).sum() - stats.norm.logpdf(few[name]).sum()
    assert theirs - ours == pytest.approx(extra, abs=1e-6)


def test_named_draws_hold_every_parameter_and_effect(evidence, specification):
    design = design_of(evidence, specification)
    b, d = len(design.benchmarks), len(design.domains)
    shapes = {
        "benchmark_effects": (7, b), "domain_effects": (4, d), "walk": (design.padded.era, b),
        "lineage_effects": (2, design.padded.lineage), "pair_effects": (2, design.padded.seen),
        "log_likelihood_cell": (design.padded.cell,),
    }  # fmt: skip
    shapes |= {f"{name}_priors": (len(m),) for name, m in families(specification).items()}
    assert sorted(shapes) == sorted(traced(specification))
    rng = np.random.default_rng(1)
    trace = {name: rng.standard_normal((2, 3, *shape)) for name, shape in shapes.items()}
    draws = named_draws(trace, specification)
    assert set(draws) == {*PARAMETERS, *DIMS, "log_likelihood_cell"} - set(POPULATIONS)
    np.testing.assert_allclose(draws["response_by"], np.exp(trace["benchmark_effects"][..., 0, :]))
    np.testing.assert_allclose(draws["scale_by"], trace["benchmark_effects"][..., 1, :])
    np.testing.assert_allclose(draws["ceiling_by"], np.exp(trace["domain_effects"][..., 0, :]))
    np.testing.assert_allclose(draws["scale_pair_effect"], trace["pair_effects"][..., 1, :])
