import datetime as dt
from dataclasses import replace

import pytest

from leakbound.evidence.table import load_evidence
from leakbound.known_base import contradictions, far_from_evidence

RAW, TRAINED = "meta-llama/Llama-3.1-8B", "Qwen2.5-32B-Instruct"


@pytest.fixture
def said(deepseek, evidence):
    def of(name, **changes):
        days = evidence.rows.loc[evidence.rows["base_model"] == name, "base_released"]
        facts = {"posttraining_fraction_spent": 0.0, "released": dt.date(2024, 12, 26)}
        if len(days):
            facts["released"] = days.max().date()
        return contradictions(replace(deepseek, base_model=name, **{**facts, **changes}), evidence)

    return of


def test_facts_that_agree_are_not_told(said):
    assert said(RAW) == ()
    assert said(TRAINED, posttraining_fraction_spent=0.1) == ()
    assert said(None) == ()


@pytest.mark.parametrize(
    "name", ["Llama-3.1-8B", "meta-llama/Meta-Llama-3.1-8B", RAW + "-Instruct"]
)
def test_a_name_that_may_mean_a_base_of_the_evidence_is_told(said, name):
    counts = "no such base in the evidence, counts as a new one"
    assert said(name) == (f"{name}: {counts} (or is it {RAW}?)",)


@pytest.mark.parametrize(
    "base", ["Qwen/Qwen-72B", "google/gemma-2-27b", "meta-llama/Llama-3.1-405B"]
)
def test_nearer_names_of_other_sizes_do_not_hide_a_base(base, deepseek):
    everything = load_evidence()
    for ending in ("-Base", "-Instruct"):
        (told,) = contradictions(replace(deepseek, base_model=base + ending), everything)
        assert told.endswith(f"(or is it {base}?)")


def test_a_base_that_is_new_to_the_evidence_is_no_mistake(said):
    for name in ("nobody/knows-this", "meta-llama/Llama-9.7-8B", "DeepSeek-V3"):
        assert said(name, posttraining_fraction_spent=0.1) == ()


def test_a_release_long_before_all_of_the_evidence_is_outside_of_it(deepseek, evidence):
    first = evidence.rows["base_released"].min().date()

    def told(date):
        return far_from_evidence(replace(deepseek, released=date), evidence)

    assert told(first - dt.timedelta(days=180)) == ()
    (text,) = told(dt.date(2018, 6, 1))
    assert text == f"released 2018-06-01, the evidence's first base {first}"


def test_nothing_is_clear_of_a_base_older_than_all_evidence(make_job):
    job = make_job(released=dt.date(2018, 6, 1))
    judged = [job.judged(*pair)[1] for pair in job.pairs()]
    assert judged
    for one in judged:
        assert any("first base" in text for text in one.outside)
        assert one.verdict.verdict != "clear"


def test_a_base_over_a_year_newer_than_all_evidence_is_outside(deepseek, evidence):
    last = evidence.rows["base_released"].max().date()

    def told(date):
        return far_from_evidence(replace(deepseek, released=date), evidence)

    assert told(last + dt.timedelta(days=366)) == ()
    (text,) = told(last + dt.timedelta(days=367))
    assert text == f"released {last + dt.timedelta(days=367)}, the evidence's last base {last}"


def test_nothing_is_clear_of_a_base_long_after_all_evidence(make_job):
    job = make_job(released=dt.date(2040, 12, 26), base_model=None)
    judged = [job.judged(*pair)[1] for pair in job.pairs()]
    assert judged
    for one in judged:
        assert any("last base" in text for text in one.outside)
        assert one.verdict.verdict != "clear"


def test_a_raw_base_said_to_be_post_trained_and_the_other_way_round(said):
    (told,) = said(RAW, posttraining_fraction_spent=0.01)
    assert told == f"{RAW}: raw in the evidence, here with 0.01 of its compute on post-training"
    (told,) = said(TRAINED)
    assert told == f"{TRAINED}: post-trained in the evidence (0.002 of its compute), raw here"


def test_a_release_months_away_is_told(said, evidence):
    stated = evidence.rows.loc[evidence.rows["base_model"] == RAW, "base_released"]
    first, last = stated.min().date(), stated.max().date()
    assert said(RAW, released=last + dt.timedelta(days=50)) == ()
    for day, days in ((first, -90), (last, 90)):
        other = day + dt.timedelta(days=days)
        (told,) = said(RAW, released=other)
        assert told == f"{RAW}: released {day} in the evidence, {other} here"


def test_what_is_contradicted_stands_beside_the_verdict(make_job, deepseek):
    job = make_job(base_model=RAW, posttraining_fraction_spent=0.5)
    notes = {note for pair in job.pairs() for note in job.judged(*pair)[0].notes}
    assert any(note.startswith(f"{RAW}: raw in the evidence") for note in notes)
