import numpy as np
import pytest
from scipy import stats

from leakbound.distributions import DISTRIBUTIONS
from leakbound.parameters import PARAMETERS, POPULATIONS
from leakbound.prior_draws import prior_draws
from leakbound.prior_predictive import UNSEEN
from leakbound.standing import Base, stand


@pytest.fixture(scope="module")
def prior(specification):
    return prior_draws(specification, samples=4000, seed=3, newest=0.9, centres={"gpqa": -0.5})


def test_every_parameter_follows_its_prior(prior, specification):
    for name in PARAMETERS:
        if name in POPULATIONS:
            assert name not in prior.draws
            continue
        one = specification.priors[name]
        cdf = DISTRIBUTIONS[one.distribution].frozen(**one.parameters).cdf
        assert stats.kstest(prior.draws[name], cdf).pvalue > 1e-4, name


def test_parameters_do_not_depend_on_each_other_or_on_other_priors(prior, specification):
    matrix = np.corrcoef([prior.draws[name] for name in PARAMETERS if name in prior.draws])
    assert np.abs(matrix - np.eye(len(matrix))).max() < 0.08
    from leakbound.prior_statement import with_statements

    other = with_statements(specification, ["rate=LogNormal(0, 1)"])
    again = prior_draws(other, samples=4000, seed=3)
    np.testing.assert_array_equal(again.draws["gap"], prior.draws["gap"])
    assert not np.array_equal(again.draws["rate"], prior.draws["rate"])


def test_a_standing_by_the_priors_has_the_hierarchy_s_moments(prior, specification):
    import datetime as dt

    base = Base(
        released=dt.date(2024, 11, 24), scores={"unseen": 0.5}, links={"unseen": 0.0},
        comparable={"unseen"},
        items={"unseen": None},
    )  # fmt: skip
    standing = stand(prior, specification, base, UNSEEN)
    d = prior.draws
    log_response = np.log(standing.response)
    expected = np.var(np.log(d["response"])) + np.mean(d["response_spread"] ** 2)
    assert np.var(log_response) == pytest.approx(expected, rel=0.1)
    ceiling = np.var(np.log(standing.ceiling / d["ceiling"]))
    assert ceiling == pytest.approx(np.mean(d["domain_spread"] ** 2), rel=0.15)
    assert np.corrcoef(np.log(standing.ceiling / d["ceiling"]), np.log(standing.rate / d["rate"]))[
        0, 1
    ] == pytest.approx(0.0, abs=0.1)


def test_no_verdict_may_rest_on_it(prior):
    assert prior.checks == ()
    assert prior.samples == 4000
