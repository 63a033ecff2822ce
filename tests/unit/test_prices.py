import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakbound.errors import InputError
from leakbound.prices import (
    Ledger,
    flop_for_usd,
    flop_per_gpu_hour,
    read_prices,
    shipped_prices,
    usd_for_flop,
    usd_per_gpu_hour,
)

TABLE = shipped_prices()
H800 = TABLE.default
years = st.floats(-3, 20)
scores = st.floats(-4, 4)


@pytest.mark.parametrize("ledger", TABLE.ledgers, ids=lambda ledger: ledger.name)
def test_published_ledgers_are_reproduced(ledger: Ledger) -> None:
    price = TABLE.prices[ledger.price]
    assert ledger.gpu_hours * float(usd_per_gpu_hour(price)) == pytest.approx(ledger.usd)
    assert ledger.flop_low <= float(flop_for_usd(ledger.usd, price)) <= ledger.flop_high


def test_utilisation_spans_both_readings_of_the_r1_ledger() -> None:
    """5 % and 95 % of the interval give V3's own throughput and Epoch's estimate for R1."""
    low, high = flop_for_usd(294_000, H800, z=[-1.6448536, 1.6448536])
    assert low == pytest.approx(1.8e23, rel=0.02)
    assert high == pytest.approx(6.1e23, rel=0.02)


def test_ledger_by_hand() -> None:
    hours = 147_000
    by_hand = hours * 3600 * 1.979e15 * np.sqrt(0.17 * 0.58)
    assert float(flop_for_usd(294_000, H800)) == pytest.approx(by_hand)


def test_price_halves_at_the_stated_decline() -> None:
    decline = float(H800.decline_per_year.median)
    assert float(usd_per_gpu_hour(H800, 1.0)) == pytest.approx(2.0 * (1.0 - decline))
    assert np.log(0.5) / np.log(1.0 - decline) == pytest.approx(2.2, abs=0.15)


@given(usd=st.floats(1, 1e12), at=years, z=scores)
def test_units_round_trip(usd: float, at: float, z: float) -> None:
    flop = flop_for_usd(usd, H800, years=at, z=z)
    assert float(usd_for_flop(flop, H800, years=at, z=z)) == pytest.approx(usd, rel=1e-9)


@given(usd=st.floats(1, 1e12), more=st.floats(1, 1e3), at=years, later=st.floats(0, 10), z=scores)
def test_more_money_and_more_time_never_buy_less(
    usd: float, more: float, at: float, later: float, z: float
) -> None:
    base = float(flop_for_usd(usd, H800, years=at, z=z))
    assert float(flop_for_usd(usd * more, H800, years=at, z=z)) >= base
    assert float(flop_for_usd(usd, H800, years=at + later, z=z)) >= base


def test_utilisation_never_exceeds_the_peak() -> None:
    assert float(flop_per_gpu_hour(H800, 9.0)) == pytest.approx(1.979e15 * 3600)


def test_every_number_has_a_source() -> None:
    numbers = ("usd_per_gpu_hour", "peak_flop_per_second", "utilisation", "decline_per_year")
    assert set(numbers) == set(H800.sources)
    assert H800.date == dt.date(2024, 12, 26)


def test_unknown_default_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(
        'default = "h80"\n[prices.h800]\ndate = 2024-12-26\nusd_per_gpu_hour = 2\n'
        "peak_flop_per_second = 1e15\nutilisation = 0.3\ndecline_per_year = 0.3\n"
    )
    with pytest.raises(InputError, match=r"every price named; found 'h80'; did you mean h800\?"):
        read_prices(path)


def test_negative_price_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(
        'default = "h800"\n[prices.h800]\ndate = 2024-12-26\nusd_per_gpu_hour = -2\n'
        "peak_flop_per_second = 1e15\nutilisation = 0.3\ndecline_per_year = 0.3\n"
    )
    with pytest.raises(InputError, match=r"prices\.h800\.usd_per_gpu_hour: must be greater than 0"):
        read_prices(path)
