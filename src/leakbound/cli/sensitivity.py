"""`leakbound priors sensitivity`: which prior and which source carries the decision."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leakbound.cli.options import (
    CandidateFile,
    EvidenceFolders,
    Json,
    Model,
    ScenarioFolder,
    Seed,
    Until,
)
from leakbound.cli.prior_inputs import Inputs, read_inputs
from leakbound.cli.tables import finite

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from leakbound.sensitivity.flips import Crossing, PriorFlip
    from leakbound.sensitivity.influence import Change, Influence, Kind, Move, Sensitivity
    from leakbound.sensitivity.weighted import Answer

SHOWN_SHARE = 0.005
MOST_NAMED = 3
COMPARED = (0.8, 1.25)
TOLD = (*COMPARED, 0.0)
NOT_TOLD = "not told from zero"
READING = (
    "^0.8 and ^1.25 weaken and strengthen a belief: change in logits (log units and OOM on other "
    "scales) ± Monte-Carlo error (points of score, on other scales the factor), where it takes most of "
    "the margin between bound and threshold. Within two errors of zero it is not told from zero; what "
    "moves most is sought, and rows go, by the share of the margin less two errors. "
    "psense over 0.05 is sensitive. A flip shifts the whole prior by its own sds until the verdict "
    "becomes clear, or is clear no more, for a bound as exact as this fit's. It is told only if all "
    "draws, and each of four parts of them, show it with other new effects, more than two of its "
    "Monte-Carlo errors (±) from zero; within two errors of the shift another run may still say "
    "otherwise. Of several the one named is reached first when two errors are added. `priors tune` adds "
    "the error of its weights, and may say undecided where a flip says clear. Where the bound only "
    "meets its threshold, nothing is clear yet."
)


def sensitivity(
    candidate: CandidateFile,
    model: Model = "default",
    scenarios: ScenarioFolder = None,
    evidence: EvidenceFolders = None,
    until: Until = None,
    seed: Seed = None,
    only: Annotated[
        list[str] | None, typer.Option(help="A parameter or a source; repeatable; default: all.")
    ] = None,
    refit: Annotated[
        bool, typer.Option("--refit", help="Fit what weights cannot answer; minutes each, cached.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for the picture and the JSON.")] = None,
    as_json: Json = False,
) -> None:
    """See how bounds and verdicts move with each prior and each source of evidence.

    The density of a prior, or the likelihood of a source, is raised to a power: 0.8 is a weaker
    belief, 1.25 a stronger one. Sources are left out too. Nothing is sampled but the posterior, if it is
    not cached, unless --refit says so.
    """
    import json

    from leakbound.sensitivity.scaling import sensitivity as sensitivity_of
    from leakbound.writing import check_folder

    check_folder(out)
    given = read_inputs(
        model, candidate, scenarios=scenarios, evidence=evidence, until=until, seed=seed
    )
    chosen = _known(only or [], given)
    found = sensitivity_of(
        given.candidate, given.evidence, given.posterior, given.specification, given.scenarios,
        only=chosen, refit=given.fit if refit else None,
    )  # fmt: skip
    record = json.dumps(as_record(found), indent=1)
    if out is not None:
        _write(found, given.candidate.name, out, record)
    if as_json:
        typer.echo(record)
    else:
        _show(found, given.candidate.name)
        if out is not None:
            typer.echo(f"picture: {out / 'sensitivity.svg'}")


def _known(only: list[str], given: Inputs) -> list[str]:
    from leakbound.errors import InputError, did_you_mean

    known = [*given.specification.priors, *sorted(given.evidence.rows["source"].unique())]
    for name in only:
        if name not in known:
            todo = did_you_mean(name, known)
            raise InputError("--only", "must be a parameter or a source", found=name, todo=todo)
    return only


def _write(found: Sensitivity, name: str, folder: Path, record: str) -> None:
    from leakbound.report.sensitivity_figure import sensitivity_figure
    from leakbound.writing import write_text

    write_text(folder / "sensitivity.json", record + "\n")
    sensitivity_figure(found, folder / "sensitivity.svg", title=name)


def as_record(found: Sensitivity) -> dict[str, Any]:
    """Return the sensitivity as JSON values; NaN as null."""
    from dataclasses import asdict

    record = asdict(found)
    for one, influence in zip(record["influences"], found.influences, strict=True):
        known = influence.importance >= 0.0
        one["importance"] = influence.importance if known else None
        one["least_importance"] = influence.least_importance if known else None
    told: dict[str, Any] = finite(record)
    return told


def _show(found: Sensitivity, name: str) -> None:
    from leakbound.cli.tables import print_table

    asked = ", of what was asked for" if found.asked else ""
    print_table(_decisions(found), f"{name}: what each decision hangs on{asked}")
    for kind, title, row in (
        ("prior", "Priors, raised to a power: change of the bound", _prior_row),
        ("source", "Sources, raised to a power or left out: change of the bound", _source_row),
    ):
        _show_kind(found.of(kind), title, row)  # type: ignore[arg-type]
    typer.echo(READING)


def _show_kind(
    found: tuple[Influence, ...], title: str, row: Callable[[Influence], dict[str, str]]
) -> None:
    import pandas as pd

    from leakbound.cli.tables import print_table

    before_fit = [one.name for one in found if one.note and not any(c.moves for c in one.changes)]
    little = [one.name for one in found if _is_little(one)]
    shown = [one for one in found if one.name not in (*before_fit, *little)]
    if shown:
        print_table(pd.DataFrame([row(one) for one in shown]), title)
    if little:
        typer.echo(f"less than {SHOWN_SHARE:.1%} of any margin: {', '.join(little)}")
    for change in (change for one in found for change in one.changes if change.failed):
        typer.echo(f"refit failed, {change.failed}")
    if before_fit:
        notes = {one.note for one in found if one.name in before_fit}
        typer.echo(f"refit needed (--refit): {', '.join(before_fit)}: {'; '.join(sorted(notes))}")


def _is_little(one: Influence) -> bool:
    """Return whether every change is known, left out included, and none moves or decides anything."""
    changes = [change for change in one.changes if change.power in TOLD]
    moves = [move for change in changes for move in change.moves]
    known = bool(moves) and all(change.moves for change in changes)
    return known and all(
        abs(move.of_margin) < SHOWN_SHARE and move.verdict == move.was for move in moves
    )


def _decisions(found: Sensitivity) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "threshold": answer.threshold,
                "scenario": answer.scenario,
                "score": f"{answer.threshold_score:g}",
                "bound": f"{answer.bound_score:.3f}",
                "verdict": answer.verdict,
                **_hangs_on(found, answer),
            }
            for answer in found.answers
        ]
    )


def _hangs_on(found: Sensitivity, answer: Answer) -> dict[str, str]:
    """Return what a decision hangs on, of the kinds that were looked at."""
    row, told = (answer.threshold, answer.scenario), {}
    kinds: tuple[Kind, ...] = ("prior", "source")
    for kind in kinds:
        if found.of(kind):
            told[_most(kind, found)] = _strongest(found.of(kind), row)
    if found.of("prior"):
        told[_flips(found)] = _smallest(found, answer)
    return told


def _smallest(found: Sensitivity, answer: Answer) -> str:
    flip, met = found.nearest_flip(answer), found.meeting(answer)
    if flip is not None:
        return f"{flip.parameter} {_flip(flip)}"
    if not any(one.flips for one in found.of("prior")):
        return "not known"
    why = found.why_no_flip(answer)
    if met is None:
        return why
    return f"{why}; meets its threshold at {met[0].parameter} {_shifted(met[1])}"


def _most(kind: Kind, found: Sensitivity) -> str:
    unknown = sum(one.importance < 0.0 for one in found.of(kind))
    return _of_which(f"{kind} that moves it most", found, unknown)


def _flips(found: Sensitivity) -> str:
    unknown = sum(not one.flips for one in found.of("prior"))
    return _of_which("smallest flip by a prior", found, unknown)


def _of_which(words: str, found: Sensitivity, unknown: int) -> str:
    """Return a heading that says of which the cells below speak, and how many are not known."""
    which = ["asked for"] if found.asked else []
    which += ["known"] if unknown else []
    count = f" ({unknown} {'is' if unknown == 1 else 'are'} not)" if unknown else ""
    return f"{words}, of those {' and '.join(which)}{count}" if which else words


def _strongest(influences: tuple[Influence, ...], row: tuple[str, str]) -> str:
    """Return the move that is the largest after two of its errors are taken off."""
    moves = [
        (abs(move.logits) - 2.0 * move.error, influence.name, change.power, move)
        for influence in influences
        for change in influence.changes
        if change.power in COMPARED
        for move in change.moves
        if (move.threshold, move.scenario) == row and move.logits == move.logits
    ]
    if not moves:
        return "not known"
    told = [one for one in moves if one[3].told]
    if not told:
        return f"none ({NOT_TOLD})"
    _, name, power, move = max(told, key=lambda one: one[:2])
    return f"{name}\n^{power:g}: {_moved(move)}"


def _prior_row(one: Influence) -> dict[str, str]:
    move = _largest(one)
    flip = one.nearest_flip
    return {
        "prior": one.name,
        "^0.8": _at(one.at(0.8), move),
        "^1.25": _at(one.at(1.25), move),
        **_where(one, move),
        "smallest flip": f"{flip.threshold}, {flip.scenario}: {_flip(flip)}"
        if flip
        else _no_flip(one),
    }


def _source_row(one: Influence) -> dict[str, str]:
    move = _largest(one)
    return {
        "source": one.name,
        "^0.8": _at(one.at(0.8), move),
        "^1.25": _at(one.at(1.25), move),
        "left out": _at(one.at(0.0), move),
        **_where(one, move),
    }


def _where(one: Influence, move: Move | None) -> dict[str, str]:
    return {
        "of margin": _of_margin(move) if move else "",
        "where": f"{move.threshold}, {move.scenario}" if move else one.note,
        "verdicts that change": _flipped(one),
        "psense": "" if one.psense != one.psense else f"{one.psense:.3f}",
    }


def _of_margin(move: Move) -> str:
    if not move.told:
        return NOT_TOLD
    return f"{abs(move.of_margin):.0%} ± {move.of_margin_error:.0%}"


def _largest(one: Influence) -> Move | None:
    """Return the move that takes most of a margin after two of its errors are taken off."""
    return max(one.local_moves, key=lambda move: (move.least, abs(move.of_margin)), default=None)


def _at(change: Change | None, place: Move | None) -> str:
    if change is None:
        return ""
    if not change.moves:
        return f"{change.how}{_weights_told(change)}"
    key = (place.threshold, place.scenario) if place else ("", "")
    mine = [move for move in change.moves if (move.threshold, move.scenario) == key]
    how = ", refitted" if change.how == "refitted" else ""
    how = f", k {change.k:.2f}" if change.power == 0.0 and not how else how
    if not mine:
        return ""
    return f"{_moved(mine[0])}{how}" + ("" if mine[0].told else f", {NOT_TOLD}")


def _weights_told(change: Change) -> str:
    if change.k != change.k:
        return ""
    known = change.k < float("inf") and change.effective == change.effective
    draws = f", {change.effective:.0f} effective draws" if known else ""
    return f" (k {change.k:.2f}{draws})"


def _moved(move: Move) -> str:
    error = f" ± {move.error:.2f}" if move.error == move.error else ""
    return f"{move.logits:+.2f}{error} ({_in_score(move)})"


def _in_score(move: Move) -> str:
    """Return a move in points where the score is a share, else as the factor on the score's unit."""
    from leakbound.units import LINKS

    if move.link == "logit":
        return f"{100.0 * move.points:+.1f}"
    link = LINKS[move.link]
    return f"{link.unit} ×{float(link.inverse(move.logits)):.3g}"


def _flipped(one: Influence) -> str:
    told = [
        words for change in one.changes if change.power in TOLD for words in _flipped_by(change)
    ]
    return "; ".join(told)


def _flipped_by(change: Change) -> list[str]:
    places: dict[str, list[str]] = {}
    for move in change.moves:
        if move.verdict != move.was:
            places.setdefault(_then(move), []).append(f"{move.threshold}, {move.scenario}")
    of_all = f"of {len(change.moves)} verdicts"
    return [
        f"{_changed(change)} {place}: {then}"
        for then, where in places.items()
        for place in (where if len(where) <= MOST_NAMED else [f"{len(where)} {of_all}"])
    ]


def _then(move: Move) -> str:
    coarse = "straddles" in move.reason or "Monte-Carlo error" in move.reason
    return "undecided (Monte Carlo)" if move.verdict == "undecided" and coarse else move.verdict


def _changed(change: Change) -> str:
    return f"^{change.power:g}" if change.power else "left out:"


def _flip(flip: PriorFlip) -> str:
    if flip.at is None:
        return "none"
    medians = f"median {flip.median:.3g} -> {flip.median_then:.3g}"
    return f"{_shifted(flip.at)} ({medians}): {flip.then}"


def _shifted(crossing: Crossing) -> str:
    return f"{crossing.shift:+.2f} ± {crossing.error:.2f} sd"


def _no_flip(one: Influence) -> str:
    from leakbound.sensitivity.flips import meeting, why_none

    if not one.flips:
        return "refit needed"
    reach = one.flips[0]
    limited = ", weights not reliable beyond" if reach.limited else ""
    told = f"{why_none(one.flips)} in {reach.low:+g} .. {reach.high:+g} sd{limited}"
    met = meeting(one.flips)
    return told if met is None else f"{told}; meets at {_shifted(met[1])}"
