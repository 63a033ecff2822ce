"""forecast.nc: median and bound over years, exceedance and ceiling, as labelled arrays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from leakbound.assessment import Assessment

if TYPE_CHECKING:
    import xarray as xr

BOUND_KIND = "one-sided upper credible bound"
BY_THRESHOLD = ("exceedance", "threshold_score", "bound_score", "release_ceiling_score",
                "horizon_years", "confidence")  # fmt: skip


def forecast_of(found: Assessment) -> xr.Dataset:
    """Return (benchmark, scenario, year) median and bound, (threshold, scenario) exceedance.

    Years of all scenarios share one axis: inside a scenario's years values between its own are
    interpolated, outside they are NaN.
    """
    import xarray as xr

    benchmarks = list(dict.fromkeys(path.benchmark for path in found.paths))
    scenarios = list(found.scenarios)
    thresholds = [threshold.name for threshold in found.candidate.thresholds]
    years = np.unique(np.concatenate([np.zeros(0), *(path.years for path in found.paths)]))
    over = np.full((3, len(benchmarks), len(scenarios), len(years)), np.nan)
    for path in found.paths:
        at = (benchmarks.index(path.benchmark), scenarios.index(path.scenario))
        for k, values in enumerate((path.median, path.bound)):
            over[k][at] = np.interp(years, path.years, values, left=np.nan, right=np.nan)
        over[2][at] = path.confidence
    dims = ("benchmark", "scenario", "year")
    bound = {"kind": BOUND_KIND, "of": "best score of all attempts until then", "unit": "score"}
    median = {"kind": "median", "of": "best score of all attempts until then", "unit": "score"}
    data = {
        "median": (dims, over[0], median),
        "bound": (dims, over[1], bound),
        "bound_confidence": (dims[:2], over[2][:, :, 0] if len(years) else over[2].sum(axis=2)),
    }
    by = np.full((len(BY_THRESHOLD), len(thresholds), len(scenarios)), np.nan)
    for row in found.verdicts:
        at = (thresholds.index(row.threshold), scenarios.index(row.scenario))
        for k, name in enumerate(BY_THRESHOLD):
            by[k][at] = getattr(row, name)
    units = {"horizon_years": "years", "exceedance": "probability", "confidence": "probability"}
    for k, name in enumerate(BY_THRESHOLD):
        data[name] = (("threshold", "scenario"), by[k], {"unit": units.get(name, "score")})
    coords = {
        "benchmark": benchmarks,
        "scenario": scenarios,
        "threshold": thresholds,
        "year": ("year", years, {"unit": "years since release"}),
    }
    attrs = {
        "candidate": found.candidate.name,
        "seed": found.posterior.seed,
        "evidence_digest": found.evidence.digest,
        "posterior_digest": found.posterior.digest,
    }
    return xr.Dataset(data, coords=coords, attrs=attrs)


def write_forecast(found: Assessment, path: Path) -> None:
    """Write the forecast as netCDF."""
    forecast_of(found).to_netcdf(path, engine="h5netcdf")
