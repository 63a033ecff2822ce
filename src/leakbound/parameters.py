"""The parameters a model has a prior for: meaning, unit, support. A specification may name no other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Support = Literal["real", "positive", "share"]
LIKELIHOOD = "log_likelihood_cell"
"""Name, among draws, of the log likelihood of each cell, which is no parameter."""


@dataclass(frozen=True)
class Parameter:
    """What a parameter means, the unit of its prior, the values it may take."""

    meaning: str
    unit: str
    support: Support


PARAMETERS: dict[str, Parameter] = {
    "response": Parameter("gain of a typical benchmark per OOM", "logits/OOM", "positive"),
    "response_spread": Parameter("spread of log response between benchmarks", "log", "positive"),
    "gap": Parameter("elicitation gap of a typical benchmark", "logits", "real"),
    "gap_spread": Parameter("spread of that gap between benchmarks", "logits", "positive"),
    "gap_own": Parameter(
        "gap per logit of the base's own score above its mean", "logits/logit", "real"
    ),
    "gap_ability": Parameter("gap per logit of the base's mean score", "logits/logit", "real"),
    "gap_slope_spread": Parameter("spread of both slopes", "logits/logit", "positive"),
    "vintage_drift": Parameter("change of the gap per year of base release", "logits/year", "real"),
    "vintage_spread": Parameter(
        "random walk of the gap over releases", "logits/sqrt(year)", "positive"
    ),
    "spent_share": Parameter("share of the gap a post-trained base still has", "share", "share"),
    "lineage_spread": Parameter("spread of lineages, common to benchmarks", "OOM", "positive"),
    "pair_spread": Parameter("spread of lineages on one benchmark", "logits", "positive"),
    "pair_spread_spread": Parameter("spread of its log between benchmarks", "log", "positive"),
    "scale": Parameter("scale of attempts on a typical benchmark", "logits", "positive"),
    "scale_spread": Parameter("spread of log scale between benchmarks", "log", "positive"),
    "scale_own": Parameter("log scale per logit of own score above the mean", "log/logit", "real"),
    "scale_ability": Parameter("log scale per logit of its mean score", "log/logit", "real"),
    "scale_lineage_spread": Parameter("spread of log scale between lineages", "log", "positive"),
    "scale_pair_spread": Parameter("spread of log scale between pairs", "log", "positive"),
    "shock_share": Parameter(
        "what attempts of one cell share, over their scale", "ratio", "positive"
    ),
    "trend": Parameter("gain of anonymous attempts per year of lag", "logits/year", "real"),
    "trend_spread": Parameter("spread of that trend between benchmarks", "logits/year", "positive"),
    "ceiling": Parameter(
        "twice what training gains at the midpoint, lag 0: where a saturating dose ends",
        "OOM",
        "positive",
    ),
    "rate": Parameter("growth of the ceiling", "OOM/year", "positive"),
    "dose_slope": Parameter("steepness of the dose curve", "1/OOM", "positive"),
    "dose_midpoint": Parameter("compute fraction at half the ceiling", "log10 fraction", "real"),
    "efficiency": Parameter("growth of compute efficiency of training", "OOM/year", "positive"),
    "distillation": Parameter("extra gain of distilling a stronger model", "OOM", "positive"),
    "inference": Parameter("inference channel at lag 0, unelicited", "OOM", "positive"),
    "inference_rate": Parameter("growth of the inference channel", "OOM/year", "positive"),
    "elicited_share": Parameter("share of it an elicited base has had", "share", "share"),
    "domain_spread": Parameter(
        "spread of log ceilings and rates between domains", "log", "positive"
    ),
    "compute_hobbyist": Parameter("unknown compute of a hobbyist", "log10 fraction", "real"),
    "compute_organisation": Parameter(
        "unknown compute of an organisation", "log10 fraction", "real"
    ),
    "compute_lab": Parameter("unknown compute of a lab or developer", "log10 fraction", "real"),
}

POPULATIONS: dict[str, tuple[str, ...]] = {
    "compute_hobbyist": ("hobbyist", ""),
    "compute_organisation": ("organisation",),
    "compute_lab": ("lab", "developer"),
}
"""Priors of many latent values, one per period, by the actors they hold for; "" is unknown."""
