"""Importers: other people's formats to attempt rows, one module each, listed in `IMPORTERS`."""

from __future__ import annotations

from leakbound.evidence.importers.epoch import read_epoch_hub, read_epoch_models
from leakbound.evidence.importers.inspect_log import read_inspect
from leakbound.evidence.importers.lm_eval import read_lm_eval
from leakbound.evidence.importers.metr import read_metr
from leakbound.evidence.importers.oll_v2 import read_oll_v2
from leakbound.evidence.importers.options import Importer, Options
from leakbound.evidence.importers.pool import read_pool
from leakbound.evidence.importers.prompting import read_prompting
from leakbound.evidence.importers.swebench import read_swebench
from leakbound.evidence.importers.wide import read_wide

IMPORTERS: dict[str, Importer] = {
    "oll-v2": read_oll_v2,
    "pool": read_pool,
    "wide": read_wide,
    "epoch-models": read_epoch_models,
    "epoch-hub": read_epoch_hub,
    "metr": read_metr,
    "swebench": read_swebench,
    "prompting": read_prompting,
    "inspect": read_inspect,
    "lm-eval": read_lm_eval,
}

__all__ = ["IMPORTERS", "Importer", "Options"]
