import json
from dataclasses import replace

import pytest

from leakbound.errors import InputError
from leakbound.report.comparison import compare_runs
from leakbound.report.render import write_run
from leakbound.report.runs import read_run


@pytest.fixture
def folder(assessment, tmp_path):
    """Return a function that writes an assessment's run and returns its folder."""

    def write(name, **changes):
        write_run(replace(assessment, **changes), tmp_path / name, command="x")
        return tmp_path / name

    return write


def compared(before, after):
    return compare_runs(read_run(before), read_run(after))


def other_rows(evidence):
    return replace(evidence, rows=evidence.rows.assign(score=0.5))


def lower(assessment, bound=0.7, verdict="clear"):
    rows = assessment.verdicts
    return (rows[0], replace(rows[1], bound_score=bound, exceedance=0.02, verdict=verdict))


def test_a_run_against_itself_differs_in_nothing(folder):
    found = compared(folder("a"), folder("b"))
    assert found.ingredients == ()
    assert found.why == "Nothing differs, neither what went in nor what came out."
    assert [row.within_error for row in found.rows] == [True, True]


def test_one_difference_is_the_cause(folder, assessment):
    scenarios = dict(assessment.scenarios)
    changed = replace(scenarios["open-weights"], compute_fraction_cap=0.5)
    after = folder("b", scenarios=scenarios | {"open-weights": changed}, verdicts=lower(assessment))
    found = compared(folder("a"), after)
    (one,) = found.ingredients
    assert one.name == "scenarios"
    assert one.details == ("open-weights.compute_fraction_cap: 1 to 0.5",)
    assert found.why == "Only one thing differs, scenarios: it is the cause of every change."
    row = next(row for row in found.rows if row.scenario == "open-weights")
    assert row.verdict == ("crosses", "clear")
    assert row.bound == (0.91, 0.7)
    assert not row.within_error


def test_several_differences_cannot_be_told_apart(folder, assessment):
    candidate = replace(assessment.candidate, pretraining_flop=1e25)
    posterior = replace(assessment.posterior, seed=2)
    found = compared(folder("a"), folder("b", candidate=candidate, posterior=posterior))
    assert [one.name for one in found.ingredients] == ["candidate", "seed"]
    assert found.why.startswith("2 things differ: candidate and seed. Their effects cannot be")


def test_a_later_knowledge_date_brings_its_evidence_with_it(folder, assessment):
    import datetime as dt

    evidence = other_rows(assessment.evidence)
    later = folder("b", until=dt.date(2025, 6, 1), evidence=evidence)
    (one,) = compared(folder("a"), later).ingredients
    assert one.name == "knowledge date"
    assert one.details == ("2024-12-26 to 2025-06-01", "and with it the evidence that was known")


def test_other_evidence_on_the_same_date_is_named(folder, assessment):
    evidence = other_rows(assessment.evidence)
    (one,) = compared(folder("a"), folder("b", evidence=evidence)).ingredients
    assert one.name == "evidence"


def test_a_changed_prior_is_named_and_so_is_the_model_it_makes(folder, assessment):
    from leakbound.priors import Prior

    priors = dict(assessment.specification.priors)
    name = next(iter(priors))
    old = priors[name]
    values = {key: value + 0.25 for key, value in old.parameters.items()}
    priors[name] = Prior(**{**vars(old), "parameters": values})
    model = replace(assessment.specification, name="mine", priors=priors)
    (one,) = compared(folder("a"), folder("b", specification=model)).ingredients
    assert one.name == "priors"
    assert one.details[0] == "model: default to mine"
    assert one.details[1].startswith(f"{name}: ")


def test_rows_of_one_run_alone_are_told(folder, assessment):
    fewer = folder("b", verdicts=assessment.verdicts[:1])
    found = compared(folder("a"), fewer)
    assert found.only_before == (("science", "open-weights"),)
    assert compared(fewer, folder("a")).only_after == (("science", "open-weights"),)


def test_without_a_manifest_what_could_not_be_compared_is_said(folder, assessment):
    before, after = folder("a"), folder("b", verdicts=lower(assessment))
    (after / "manifest.json").unlink()
    found = compared(before, after / "verdict.json")
    assert found.ingredients == ()
    assert set(found.not_compared) >= {"priors", "scenarios", "prices", "software"}
    assert "Nothing that could be compared differs, yet the results do." in found.why
    assert "a manifest.json is missing" in found.why


def test_an_unknown_bound_is_never_within_the_error(folder, assessment):
    sick = replace(assessment.verdicts[1], bound_score=float("nan"), verdict="undecided")
    found = compared(folder("a"), folder("b", verdicts=(assessment.verdicts[0], sick)))
    row = next(row for row in found.rows if row.scenario == "open-weights")
    assert row.bound == (0.91, None)
    assert not row.within_error


def test_gates_are_compared(folder, assessment):
    cleared = (replace(assessment.gates[0], verdict="clear"),)
    (gate,) = compared(folder("a"), folder("b", gates=cleared)).gates
    assert gate.verdict == ("crosses", "clear")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "must be JSON"),
        ("[]", "schema: must be leakbound/verdict/1; found 'list'"),
        ('{"schema": "leakbound/verdict/9"}', "found 'leakbound/verdict/9'"),
        ('{"schema": "leakbound/verdict/1"}', "must hold `candidate` and `verdicts`"),
        (
            '{"schema": "leakbound/verdict/1", "candidate": {}, "verdicts": [{}]}',
            r"verdicts\[0\]: must hold threshold",
        ),
    ],
)
def test_a_file_that_is_no_verdict_is_named(tmp_path, text, says):
    file = tmp_path / "verdict.json"
    file.write_text(text)
    with pytest.raises(InputError, match=says):
        read_run(file)


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(InputError, match=r"must be a run's folder or a verdict\.json"):
        read_run(tmp_path)


def test_a_manifest_of_another_run_is_refused(folder):
    run = folder("a")
    told = json.loads((run / "manifest.json").read_text())
    (run / "manifest.json").write_text(json.dumps({**told, "seed": 99}))
    with pytest.raises(InputError, match=r"manifest\.json: must belong to the verdict\.json"):
        read_run(run)


def test_another_posterior_from_the_same_ingredients_is_put_down_to_the_code(folder, assessment):
    posterior = replace(assessment.posterior, digest="q" * 64)
    (one,) = compared(folder("a"), folder("b", posterior=posterior)).ingredients
    assert one.name == "code of the fit"


def test_other_weights_of_a_stack_are_the_cause_not_the_code(folder, assessment, stacked_as):
    other = replace(assessment.posterior, digest="9" * 64)
    before = folder("a", specification=stacked_as(0.9))
    after = folder("b", specification=stacked_as(0.6), posterior=other)
    found = compared(before, after)
    (one,) = found.ingredients
    assert one.name == "stack"
    assert any(text.startswith("default: 0.900 of") and "0.600 of" in text for text in one.details)
    assert found.why == "Only one thing differs, stack: it is the cause of every change."


def test_a_model_in_place_of_a_stack_is_told_with_its_members(folder, assessment, stacked_as):
    led = replace(stacked_as(0.9), dose="log-linear")
    found = compared(folder("a", specification=led), folder("b"))
    (one,) = found.ingredients
    assert one.name == "stack"
    assert one.details[0].startswith("model: stack to ")


def test_a_stack_of_unknown_members_is_not_put_down_to_the_code(folder, assessment, stacked_as):
    """Runs made before members were told."""
    places = [folder("a", specification=stacked_as(0.9))]
    other = replace(assessment.posterior, digest="9" * 64)
    places.append(folder("b", specification=stacked_as(0.6), posterior=other))
    for place in places:
        for name in ("verdict.json", "manifest.json"):
            told = json.loads((place / name).read_text())
            del told["model"]["members"]
            told["model"]["digest"] = "1" * 64
            told.get("digests", {})["model"] = "1" * 64
            (place / name).write_text(json.dumps(told))
    found = compared(*places)
    assert "code of the fit" not in [one.name for one in found.ingredients]
    assert "stack" in found.not_compared


def test_a_recalibration_is_an_ingredient(folder, assessment):
    told = "0.95 bound moved by +0.07 of its distance from the median"
    found = compared(folder("a"), folder("b", recalibrated=told, verdicts=lower(assessment)))
    (one,) = found.ingredients
    assert one.name == "recalibration"
    assert found.why.startswith("Only one thing differs, recalibration")


def test_bounds_at_the_end_of_the_scale_are_not_the_same_with_other_exceedances(folder, assessment):
    at_the_end = replace(assessment.verdicts[0], bound_score=1.0, bound_mcse=0.0, exceedance=0.9)
    other = replace(at_the_end, exceedance=0.54)
    rest = assessment.verdicts[1:]
    before = folder("a", verdicts=(at_the_end, *rest))
    found = compared(before, folder("b", verdicts=(other, *rest)))
    assert [row.within_error for row in found.rows] == [False, True]
