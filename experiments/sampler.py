"""Show how every structure samples: each of a comparison's default models with several seeds.

Usage: python experiments/sampler.py [MODEL ...] [--every] [--missing] [--until DATE | --all]
                                     [--seeds 1 2 3]
`--every` takes all shipped structures, those that differ from the default in two or three parts too;
`--missing` leaves out what has a row of this model and evidence already.
Writes sampler.json and sampler.md; fits are cached, so that an interrupted run goes on. `seconds` and
`twice` (which aim a fit missed, so that it was sampled once more) are of the run that sampled it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import time
from pathlib import Path
from typing import Any

from leakbound.compare import DEFAULTS, all_structures
from leakbound.evidence.table import Evidence, load_evidence
from leakbound.fit import fit, fit_digest
from leakbound.patience import AIMS
from leakbound.priors import read_specification
from leakbound.writing import write_text

HERE = Path(__file__).parents[1]
RHAT = ("R-hat of parameters", "R-hat of effects")
ESS = ("bulk ESS of parameters", "tail ESS of parameters", "bulk ESS of effects")
COLUMNS = (*RHAT, *ESS, "divergences")


def measured(evidence: Evidence, model: str, seed: int, before: dict[str, Any]) -> dict[str, Any]:
    """Return the checks of one fit, with seconds and `twice` from the run that sampled it."""
    said: list[str] = []
    start = time.perf_counter()

    def say(text: str) -> None:
        print(f"{model}, seed {seed}, {time.perf_counter() - start:.0f} s: {text}", file=sys.stderr)
        said.append(text)

    posterior = fit(evidence, read_specification(model), seed=seed, say=say, progress=False)
    seconds = time.perf_counter() - start
    found = {check.name: check.found for check in posterior.checks}
    row = {"model": model, "seed": seed, "digest": posterior.digest}
    row |= {name: round(found[name], 5) for name in COLUMNS}
    if said:
        twice = next((text.split(";")[0] for text in said if "once more" in text), "")
        return {**row, "seconds": round(seconds, 1), "twice": twice}
    return {**row, "seconds": before.get("seconds"), "twice": before.get("twice")}


def current(row: dict[str, Any], evidence: Evidence) -> bool:
    """Return whether a row is of the model and evidence as they are."""
    specification = read_specification(row["model"])
    return bool(row["digest"] == fit_digest(evidence, specification, row["seed"]))


def reached(row: dict[str, Any]) -> bool:
    """Return whether a fit has what fits aim at."""
    rhat = all(row[name] <= AIMS["R-hat"] for name in RHAT)
    return rhat and row["divergences"] <= AIMS["divergences"]


def sampled_twice(rows: list[dict[str, Any]]) -> str:
    """Return a sentence on how many fits were sampled once more, and for which aim."""
    twice = [row for row in rows if row["twice"]]
    diverged, apart = (
        sum(str(row["twice"]).startswith(aim) for row in twice) for aim in ("divergences", "R-hat")
    )
    power = sum(read_specification(row["model"]).dose == "power" for row in twice)
    return (
        f"{len(twice)} were sampled twice, {diverged} of them after divergent draws and "
        f"{apart} after a larger R-hat; with a power dose: {power}."
    )


def table(rows: list[dict[str, Any]], until: dt.date | None) -> str:
    """Return the page: one row per fit."""
    what = f"all evidence before {until}" if until else "all shipped evidence"
    lines = [
        "# How every structure samples",
        "",
        f"Default settings, {what}. R-hat is rank-normalised and split (Vehtari et al. 2021), the",
        "largest of all parameters and of all effects; draws are the fewest effective ones. Seconds are",
        "of the machine that sampled the row, which need not be the same for all.",
        f"{sum(map(reached, rows))} of {len(rows)} fits have R-hat at most {AIMS['R-hat']} everywhere "
        f"and no divergence. {sampled_twice(rows)}",
        "",
        "| model | seed | R-hat, parameters | R-hat, effects | draws, bulk | draws, tail | "
        "draws, effects | divergent | seconds | sampled twice, since |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        numbers = [f"{row[name]:.4f}" for name in RHAT] + [f"{row[name]:.0f}" for name in ESS]
        again = {"": "no", None: ""}.get(row["twice"], row["twice"])
        cells = [row["model"], str(row["seed"]), *numbers, f"{row['divergences']:.4%}"]
        seconds = "" if row["seconds"] is None else f"{row['seconds']:.0f}"
        lines.append("| " + " | ".join([*cells, seconds, again]) + " |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Fit, write after every fit, return 1 if a fit that was asked for missed an aim."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", default=list(DEFAULTS))
    parser.add_argument("--every", action="store_true", help="all shipped structures too")
    parser.add_argument("--until", type=dt.date.fromisoformat, default=dt.date(2024, 12, 26))
    parser.add_argument("--all", action="store_true", help="all evidence, whatever its date")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--missing", action="store_true", help="only fits without a row")
    parser.add_argument("--out", type=Path, default=HERE / "results")
    asked = parser.parse_args()
    until = None if asked.all else asked.until
    models = dict.fromkeys([*asked.models, *(all_structures() if asked.every else ())])
    evidence = load_evidence(until=until)
    name = "sampler-all" if asked.all else "sampler"
    place = asked.out / f"{name}.json"
    old = json.loads(place.read_text()) if place.exists() else []
    before = {(row["model"], row["seed"]): row for row in old if current(row, evidence)}
    for seed in asked.seeds:
        for model in models:
            if asked.missing and (model, seed) in before:
                continue
            row = measured(evidence, model, seed, before.get((model, seed), {}))
            print(json.dumps(row), flush=True)
            before[model, seed] = row
            rows = sorted(before.values(), key=lambda one: one["seed"])
            write_text(place, json.dumps(rows, indent=1) + "\n")
            write_text(place.with_suffix(".md"), table(rows, until))
    wanted = [before[model, seed] for seed in asked.seeds for model in models]
    return int(not all(map(reached, wanted)))


if __name__ == "__main__":
    raise SystemExit(main())
