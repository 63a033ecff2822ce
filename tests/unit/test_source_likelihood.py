from dataclasses import replace

import numpy as np
from scipy import stats

from leakbound.source_likelihood import response_log_likelihood, source_log_likelihoods


def test_sources_share_out_the_whole_likelihood(posterior, evidence):
    found = source_log_likelihoods(posterior, evidence)
    assert set(found) == set(evidence.rows["source"].unique())
    cells = posterior.log_likelihood().sum(axis=-1).ravel()
    total = cells + response_log_likelihood(posterior)
    np.testing.assert_allclose(sum(found.values()), total, rtol=1e-6, atol=1e-6)


def test_a_source_has_the_likelihood_of_its_own_cells(posterior, evidence):
    found = source_log_likelihoods(posterior, evidence)
    cells = posterior.log_likelihood().reshape(posterior.samples, -1)
    mine = np.array([name == "horizons" for name in posterior.cell_sources])
    assert 0 < mine.sum() < len(mine)
    np.testing.assert_allclose(found["horizons"], cells[:, mine].sum(axis=1))


def test_the_response_is_measured_with_a_normal_error(posterior):
    found = response_log_likelihood(posterior)
    exact = np.zeros(posterior.samples)
    for key, (value, error) in posterior.responses.items():
        drawn = posterior.draws["response_by"][:, posterior.benchmarks.index(key)]
        exact += stats.norm(drawn, error).logpdf(value)
    difference = found - exact
    np.testing.assert_allclose(difference, difference[0], rtol=1e-9)


def test_measurements_of_several_sources_belong_to_none(posterior, evidence):
    rows = evidence.rows.copy()
    bases = rows.index[~(rows["attempts"] > 0)]
    rows.loc[bases[:50], "source"] = "other-bases"
    found = source_log_likelihoods(posterior, replace(evidence, rows=rows))
    assert found["other-bases"] is None
    assert found["base-scaling"] is None
    assert found["horizons"] is not None
