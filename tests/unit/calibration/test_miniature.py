import datetime as dt

import pytest

from leakbound.calibration.miniature import miniature
from leakbound.errors import InputError
from leakbound.evidence.table import load_evidence, prepare


def test_the_miniature_has_every_kind_of_row(small):
    rows = prepare(small.rows, small.registry)
    attempts = rows[rows["attempts"] > 0]
    assert (attempts["attempts"] > 3).any()
    assert (attempts["attempts"] == 1).any()
    assert attempts["log_compute_fraction"].notna().any()
    assert (attempts["censored"] == "lower").any()
    assert (attempts["channel"] == "inference").any()
    assert (rows["attempts"] == 0).any()
    assert attempts["domain"].nunique() >= 3
    assert 8 <= attempts["base_model"].nunique() <= 12
    assert small.digest != load_evidence().digest


def test_evidence_without_a_kind_of_row_is_refused():
    with pytest.raises(InputError, match=r"must hold rows of \S+ to be calibrated on"):
        miniature(load_evidence(until=dt.date(2024, 3, 1)))
