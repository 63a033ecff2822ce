import pytest

from leakbound.errors import InputError
from leakbound.prior_statement import parse_prior, with_statements


@pytest.mark.parametrize(
    ("text", "family", "values"),
    [
        ("gap=Normal(0.5, 0.2)", "Normal", {"mu": 0.5, "sigma": 0.2}),
        ("gap = Normal( sigma=0.2, mu=0.5 )", "Normal", {"mu": 0.5, "sigma": 0.2}),
        ("gap=Normal(0.5, sigma=0.2)", "Normal", {"mu": 0.5, "sigma": 0.2}),
        ("gap=StudentT(4, 0, 1e-1)", "StudentT", {"nu": 4.0, "mu": 0.0, "sigma": 0.1}),
        ("rate=Normal(0.5, 0.2)", "TruncatedNormal", {"mu": 0.5, "sigma": 0.2}),
        ("rate=Exponential(2)", "Exponential", {"lam": 2.0}),
        ("spent_share=Beta(2, 4)", "Beta", {"alpha": 2.0, "beta": 4.0}),
    ],
)
def test_a_call_states_a_prior(text, family, values):
    prior = parse_prior(text)
    assert prior.distribution == family
    assert dict(prior.parameters) == values
    assert prior.elicited is None


@pytest.mark.parametrize(
    "text",
    [
        "rate=LogNormal 90% 0.1 1.0",
        "rate=LogNormal 90 % between 0.1 and 1.0",
        " rate = LogNormal 90% between 0.1 and 1.0 ",
    ],
)
def test_an_interval_states_a_prior_and_is_kept_as_stated(text):
    prior = parse_prior(text)
    from scipy import stats

    frozen = stats.lognorm(prior.parameters["sigma"], scale=2.718281828 ** prior.parameters["mu"])
    assert frozen.ppf(0.05) == pytest.approx(0.1, rel=1e-6)
    assert frozen.ppf(0.95) == pytest.approx(1.0, rel=1e-6)
    assert prior.statement == "LogNormal 90 % between 0.1 and 1 OOM/year"


BAD = {
    "rate": "--set: must name a parameter and its prior.*found 'rate'",
    "=Normal(0, 1)": "--set: must name a parameter",
    "technique_rate=Normal(0.5, 0.2)": "--set technique_rate: is not a param.*did you mean rate",
    "ratte=Normal(0.5, 0.2)": "--set ratte: is not a parameter of the model; did you mean rate",
    "rate=0.5": "--set rate: must be a distribution; found '0.5'; write NAME",
    "rate=": "--set rate: must be a distribution",
    "rate=Normall(0.5, 0.2)": "--set rate.distribution: must be a known.*did you mean.*Normal",
    "gap=Normal(0.5)": "--set gap.parameters.sigma: is required",
    "gap=Normal()": "--set gap.parameters.mu: is required",
    "gap=Normal(1, 2, 3)": "--set gap: Normal takes 2 parameters: mu, sigma; found '1, 2, 3'",
    "gap=Normal(0.5, mu=1)": "--set gap.mu: must be given once",
    "gap=Normal(mean=0.5, sigma=1)": "--set gap.parameters.mean: is not a parameter",
    "gap=Normal(0.5, -0.2)": "--set gap.parameters.sigma: must be positive; found -0.2",
    "gap=Normal(0.5, 0)": "--set gap.parameters.sigma: must be positive; found 0.0",
    "gap=Normal(nan, 1)": "--set gap.mu: must be finite; found 'nan'",
    "gap=Normal(0.5, wide)": "--set gap.sigma: must be a number; found 'wide'",
    "rate=StudentT(4, 0, 1)": "--set rate.distribution: must have values that are positive",
    "spent_share=LogNormal(0, 1)": "values that are share; found 'LogNormal'; use one of Beta",
    "rate=LogNormal 90% 1.0 0.1": "--set rate.elicited.low: must be less than high",
    "rate=LogNormal 90% -1 1": "--set rate.elicited.low: must be positive; found -1",
    "rate=LogNormal 150% 0.1 1": "--set rate: must state a mass between 0 and 100 %; found 150",
    "rate=LogNormal 90% low high": "--set rate: must be a number; found 'low'",
    "rate=LogNormal 90% 0.1 inf": "--set rate: must be finite; found 'inf'",
    "rate=TruncatedNormal 90% 0.1 1": "TruncatedNormal takes parameters, not an interval",
    "spent_share=Beta 90% 0.5 1.5": "--set spent_share.elicited.high: must be at most 1",
}


@pytest.mark.parametrize("text", BAD)
def test_a_bad_statement_names_place_rule_and_value_on_one_line(text):
    with pytest.raises(InputError, match=BAD[text]) as problem:
        parse_prior(text)
    assert "\n" not in str(problem.value)
    assert problem.value.exit_code == 2


def test_statements_replace_their_priors_and_no_other(specification):
    new = with_statements(specification, ["rate=LogNormal(0, 1)", "gap=Normal(1, 1)"])
    differing = [k for k in new.priors if new.priors[k] != specification.priors[k]]
    assert sorted(differing) == ["gap", "rate"]
    assert new.digest != specification.digest


def test_a_parameter_may_be_set_once(specification):
    with pytest.raises(InputError, match="--set rate: must be given once"):
        with_statements(specification, ["rate=LogNormal(0, 1)", "rate=LogNormal(0, 2)"])
