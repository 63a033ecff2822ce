"""Prices: how many FLOP a budget in US dollars buys at a date.

FLOP(usd, t) = usd / p(t) * 3600 * peak * u,  p(t) = p0 (1 - d)^t

with p0 the USD per GPU-hour at the price's date, t years after it, d the decline per year at equal
hardware, peak the GPU's FLOP/s and u the utilisation. Uncertain entries move together with one
standard normal score z, so that a draw that finds compute cheap finds it cheap everywhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from leakbound.border import PlainDate, QuantityIn, Strict, Text, parse, read_toml
from leakbound.errors import InputError, did_you_mean
from leakbound.quantity import Quantity
from leakbound.units import Array

SECONDS_PER_HOUR = 3600.0
MAX_DECLINE = 0.95


@dataclass(frozen=True)
class Price:
    """One GPU's price: USD per hour at `date`, peak FLOP/s, utilisation, decline per year."""

    key: str
    date: dt.date
    usd_per_gpu_hour: float
    peak_flop_per_second: float
    utilisation: Quantity
    decline_per_year: Quantity
    sources: Mapping[str, str]


@dataclass(frozen=True)
class Ledger:
    """A published training cost to hold the prices against: hours, USD and the FLOP estimated."""

    name: str
    price: str
    gpu_hours: float
    usd: float
    flop_low: float
    flop_high: float
    source: str


@dataclass(frozen=True)
class PriceTable:
    """All prices by key, the default one, and the ledgers that check them."""

    prices: Mapping[str, Price]
    default: Price
    ledgers: tuple[Ledger, ...]


def usd_per_gpu_hour(price: Price, years: npt.ArrayLike = 0.0, z: npt.ArrayLike = 0.0) -> Array:
    """Return USD per GPU-hour of equal hardware, `years` after (or before) the price's date."""
    decline = np.minimum(price.decline_per_year.at(z), MAX_DECLINE)
    return np.asarray(price.usd_per_gpu_hour * (1.0 - decline) ** np.asarray(years), dtype=float)


def flop_per_gpu_hour(price: Price, z: npt.ArrayLike = 0.0) -> Array:
    """Return useful FLOP of one GPU-hour: peak x utilisation (at most 1) x 3600 s."""
    utilisation = np.minimum(price.utilisation.at(z), 1.0)
    return np.asarray(price.peak_flop_per_second * utilisation * SECONDS_PER_HOUR, dtype=float)


def flop_for_usd(
    usd: npt.ArrayLike, price: Price, *, years: npt.ArrayLike = 0.0, z: npt.ArrayLike = 0.0
) -> Array:
    """Return the FLOP that `usd` buys `years` after the price's date; shapes broadcast."""
    hours = np.asarray(usd, dtype=float) / usd_per_gpu_hour(price, years, z)
    return np.asarray(hours * flop_per_gpu_hour(price, z), dtype=float)


def usd_for_flop(
    flop: npt.ArrayLike, price: Price, *, years: npt.ArrayLike = 0.0, z: npt.ArrayLike = 0.0
) -> Array:
    """Invert `flop_for_usd`."""
    hours = np.asarray(flop, dtype=float) / flop_per_gpu_hour(price, z)
    return np.asarray(hours * usd_per_gpu_hour(price, years, z), dtype=float)


Positive = Annotated[float, Field(gt=0.0)]


class _PriceIn(Strict):
    date: PlainDate
    usd_per_gpu_hour: Positive
    peak_flop_per_second: Positive
    utilisation: QuantityIn
    decline_per_year: QuantityIn
    sources: dict[str, Text] = Field(default_factory=dict)


class _LedgerIn(Strict):
    name: Text
    price: Text
    gpu_hours: Positive
    usd: Positive
    flop_low: Positive
    flop_high: Positive
    source: Text


class _TableIn(Strict):
    default: Text
    prices: dict[str, _PriceIn]
    ledgers: tuple[_LedgerIn, ...] = Field(default=(), strict=False)


def read_prices(path: Path) -> PriceTable:
    """Return the price table in the TOML file at `path`.

    Raises
    ------
    InputError
        A broken rule, or a price named that the file does not hold.
    """
    table = parse(_TableIn, read_toml(path), str(path))
    prices = {key: Price(key=key, **dict(entry)) for key, entry in sorted(table.prices.items())}
    ledgers = tuple(Ledger(**dict(entry)) for entry in table.ledgers)
    for name in (table.default, *(ledger.price for ledger in ledgers)):
        if name not in prices:
            todo = did_you_mean(name, list(prices))
            raise InputError(
                f"{path}: prices", "must hold every price named", found=name, todo=todo
            )
    return PriceTable(prices, prices[table.default], ledgers)


@cache
def shipped_prices() -> PriceTable:
    """Return the price table that ships with the package."""
    return read_prices(Path(str(files("leakbound") / "data" / "prices.toml")))
