"""Importers: other people's formats to attempt rows, one module each, listed in `IMPORTERS`."""

from __future__ import annotations

from pathlib import Path

from leakbound.errors import InputError, did_you_mean
from leakbound.evidence.cleaning import Imported
from leakbound.evidence.importers.epoch import read_epoch_hub, read_epoch_models
from leakbound.evidence.importers.inspect_log import inspect_scores, read_inspect
from leakbound.evidence.importers.lm_eval import lm_eval_scores, read_lm_eval
from leakbound.evidence.importers.metr import read_metr
from leakbound.evidence.importers.oll_v2 import read_oll_v2
from leakbound.evidence.importers.options import Importer, Options
from leakbound.evidence.importers.pool import read_pool
from leakbound.evidence.importers.prompting import read_prompting
from leakbound.evidence.importers.scores import candidate_toml
from leakbound.evidence.importers.swebench import read_swebench
from leakbound.evidence.importers.wide import read_wide
from leakbound.evidence.rows import validate_rows

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

CANDIDATE_SCORES = {"inspect": inspect_scores, "lm-eval": lm_eval_scores}


def import_file(format_: str, file: Path, options: Options) -> Imported:
    """Return what `file` holds, read as `format_`; evidence rows are checked.

    Raises
    ------
    InputError
        The format is unknown, or the file or a resulting row breaks a rule.
    """
    if format_ not in IMPORTERS:
        todo = did_you_mean(format_, list(IMPORTERS))
        raise InputError("format", "must be a known format", found=format_, todo=todo)
    imported = IMPORTERS[format_](file, options)
    if not imported.is_ledger:
        validate_rows(imported.rows, options.registry, f"{file} (as imported)")
    return imported


def candidate_scores(format_: str, file: Path, options: Options) -> str:
    """Return the scores of an evaluation log as `[[candidate.scores]]` tables of TOML.

    Raises
    ------
    InputError
        The format is no evaluation log, or the log breaks a rule.
    """
    if format_ not in CANDIDATE_SCORES:
        rule = f"must be {' or '.join(CANDIDATE_SCORES)} to give candidate scores"
        raise InputError("format", rule, found=format_)
    return candidate_toml(CANDIDATE_SCORES[format_](file, options))


__all__ = ["IMPORTERS", "Importer", "Options", "candidate_scores", "import_file"]
