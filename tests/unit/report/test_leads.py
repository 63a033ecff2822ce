from dataclasses import replace

import pytest

from leakbound.report.past import Coverage
from leakbound.report.sentences.leads import leads

OUTSIDE = "laboratories: lag 3 y, evidence to 2 y"


@pytest.fixture
def led(assessment):
    """Return the one lead of an assessment whose rows are changed, by scenario."""

    def of(**changes):
        rows = tuple(replace(row, **changes.get(row.scenario.replace("-", "_"), {}))
                     for row in assessment.verdicts)  # fmt: skip
        (lead,) = leads(replace(assessment, verdicts=rows), Coverage(None))
        return lead

    return of


def test_a_lead_says_the_worst_verdict_and_what_it_costs(led):
    lead = led()
    assert (lead.domain, lead.verdict) == ("knowledge", "crosses")
    assert lead.sentence.startswith("Publishing the weights crosses the line: within 2 years")
    assert "with a chance of 63 %, where 5 % is allowed" in lead.sentence
    assert (
        "API that can be withdrawn, the weights never stolen, stays clear of the line (3.1 % for 0.85 "
        "within 6 months)" in lead.sentence
    )
    assert len(lead.details) == 2


def test_what_the_file_says_of_its_limits_is_told_once(led, assessment):
    (threshold,) = assessment.candidate.thresholds
    noted = replace(threshold, note="illustrative")
    found = replace(assessment, candidate=replace(assessment.candidate, thresholds=(noted,)))
    (lead,) = leads(found, Coverage(None))
    assert [text for text in lead.details if "illustrative" in text] == [
        "Its file says of the limits: illustrative."
    ]


def test_a_crossing_by_less_than_the_error_of_its_bound_says_so(led):
    told = "crosses the line, by less than twice the numerical error of its bound"
    assert told not in led().sentence
    assert told in led(open_weights={"bound_score": 0.755, "bound_mcse": 0.004}).sentence
    assert told not in led(open_weights={"bound_score": 0.76, "bound_mcse": 0.004}).sentence


def test_a_crossing_beyond_the_evidence_is_a_crossing_and_no_more_is_said(led):
    assert OUTSIDE not in led().sentence


def test_an_undecided_verdict_says_what_lies_outside_the_evidence(led):
    lead = led(open_weights={"verdict": "undecided"})
    assert lead.verdict == "undecided"
    assert "is undecided, which counts as hold" in lead.sentence
    assert lead.sentence.endswith(f"; outside the evidence: {OUTSIDE}.")


def test_what_the_reader_has_to_know_is_said_once(led):
    note = {"notes": ("a base of other facts",)}
    assert led(open_weights=note, closed_api=note).sentence.count("a base of other facts") == 1


def test_an_unknown_verdict_or_exceedance_is_never_better_than_undecided(led):
    assert led(open_weights={"verdict": "maybe"}, closed_api={"verdict": "maybe"}).verdict == (
        "undecided"
    )
    assert led(open_weights={"exceedance": float("nan")}).verdict == "crosses"
