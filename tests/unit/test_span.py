from dataclasses import replace

import numpy as np
import pytest

from leakbound.evidence.table import load_evidence, prepare
from leakbound.span import span_of


def attempts_of(evidence):
    rows = prepare(evidence.rows, evidence.registry)
    return rows[rows["attempts"] > 0]


def test_what_the_evidence_reaches_is_told_by_attempts_that_tell_it(evidence):
    """Not by fine-tunes of unknown compute on raw bases, which are the latest by far."""
    rows, span = attempts_of(evidence), span_of(evidence)
    raw = ~(rows["base_posttraining_fraction"] > 0.0)
    training = rows["channel"] == "training"
    nameless = raw & rows["log_compute_fraction"].isna() & training
    exact = rows["censored"] != "lower"
    assert span.training_years == pytest.approx(rows.loc[training & ~nameless & exact, "lag"].max())
    assert span.training_years < rows["lag"].max() - 0.5
    assert span.log10_compute == pytest.approx(rows.loc[exact, "log_compute_fraction"].max())
    assert span.attempts == rows["attempts"].max()


def test_a_lower_limit_reaches_nowhere():
    """The longest lags that ship are published lower limits of what GPT-3's fine-tunes gained."""
    evidence = load_evidence()
    rows, span = attempts_of(evidence), span_of(evidence)
    limits = rows[(rows["censored"] == "lower") & rows["log_compute_fraction"].notna()]
    assert limits["lag"].max() > span.training_years + 0.5
    told = evidence.rows.assign(censored="")
    assert span_of(replace(evidence, rows=told)).training_years == pytest.approx(
        limits["lag"].max()
    )


def test_only_benchmarks_with_attempts_count_as_seen(evidence):
    """Bases' own scores tell how a benchmark scales, not what attempts on it gain."""
    span = span_of(evidence)
    scored = set(evidence.rows["benchmark"]) - span.benchmarks
    assert {"humaneval", "mmlu"} <= scored
    assert "gpqa-diamond" in span.benchmarks
    domains = {evidence.registry[key].domain for key in scored}
    assert "code" in domains - span.domains
    assert {"knowledge", "maths"} <= span.domains


def test_of_channels_used_together_the_shorter_counts(evidence):
    span = replace(span_of(evidence), training_years=0.5, inference_years=1.0)
    assert span.years(training=True, inference=True) == 0.5
    assert span.years(training=False, inference=True) == 1.0
    assert np.isnan(span.years(training=False, inference=False))
    unknown = replace(span, training_years=float("nan"))
    assert np.isnan(unknown.years(training=True, inference=True))


def test_evidence_without_a_measured_attempt_reaches_nowhere(evidence):
    rows = evidence.rows[evidence.rows["attempts"] == 0]
    span = span_of(replace(evidence, rows=rows))
    assert np.isnan([span.training_years, span.inference_years, span.log10_compute]).all()
    assert (span.attempts, span.benchmarks) == (0, frozenset())
