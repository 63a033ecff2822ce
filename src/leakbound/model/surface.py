"""The surface: effective-compute gain of the two technique channels, in orders of magnitude (OOM).

    training    U(c, t) = (A + g T(t)) H(log10 c + e T(t)) + D [distilled]
    inference   V(t)    = V0 + v T(t)

H is a dose curve of the compute fraction c, T a time curve of the lag t (DESIGN section 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leakbound.curves import DOSE_CURVES, TIME_CURVES


@dataclass(frozen=True)
class Surface:
    """The curves chosen by name, and the functions of the two channels; `xp` numpy or pytensor."""

    dose: str
    time: str

    def dose_at(
        self, log10_compute: Any, lag: Any, *, slope: Any, midpoint: Any, efficiency: Any, xp: Any
    ) -> Any:
        """Return H, the share of the ceiling, at log10 compute fraction and lag in years."""
        effective = self.effective_compute(log10_compute, lag, efficiency=efficiency, xp=xp)
        return DOSE_CURVES[self.dose](effective, slope, midpoint, xp)

    def effective_compute(self, log10_compute: Any, lag: Any, *, efficiency: Any, xp: Any) -> Any:
        """Return the log10 compute fraction that would do the same with techniques of lag 0."""
        return log10_compute + efficiency * TIME_CURVES[self.time](lag, xp)

    def training(self, dose: Any, lag: Any, *, ceiling: Any, rate: Any, xp: Any) -> Any:
        """Return U in OOM at a dose H and a lag in years; all arguments broadcast."""
        return (ceiling + rate * TIME_CURVES[self.time](lag, xp)) * dose

    def inference(self, lag: Any, *, start: Any, rate: Any, xp: Any) -> Any:
        """Return V in OOM at a lag in years; needs no compute."""
        return start + rate * TIME_CURVES[self.time](lag, xp)
