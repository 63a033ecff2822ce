"""Sections on the past: published rules, outcomes, where our bound was wrong, its coverage."""

from __future__ import annotations

from leakbound.assessment import Assessment
from leakbound.report.named import HEADLINE
from leakbound.report.past import Coverage
from leakbound.report.pictures.rules import rule_pictures
from leakbound.report.section import Section, folded
from leakbound.report.sentences.answers import OUTCOME_NOTE, rule_sentences
from leakbound.report.tables import history as tables
from leakbound.report.tables import past


def history_sections(found: Assessment, coverage: Coverage) -> list[Section]:
    """Return the sections in order."""
    return [
        _rules(found, coverage),
        _outcomes(found, coverage),
        _wrong(coverage),
        _levels(found, coverage),
    ]


def _rules(found: Assessment, coverage: Coverage) -> Section:
    text = (
        "Each rule is read as the highest score it would lead one to expect of the same model. "
        "None looks further ahead than six months, nor at how many try, so a rule says the same in "
        "every scenario but for the limit it is held against."
    )
    return Section(
        "rules",
        "What published rules would have said",
        (text,),
        tuple(rule_sentences(found)),
        tuple(rule_pictures(found, coverage)),
        folds=folded(tables.comparator_table(found, coverage)),
    )


def _outcomes(found: Assessment, coverage: Coverage) -> Section:
    if not found.outcomes:
        text = "The candidate's file lists no outcomes."
        return Section("outcomes", "Outcomes against the bound", (text, OUTCOME_NOTE))
    text = (
        "What derivatives of the model later reached, against the bound at 95 % forecast for that "
        "day. An outcome belongs to the release that really happened; the other scenarios are "
        "shown beside it."
    )
    return Section(
        "outcomes",
        "Outcomes against the bound",
        (text, OUTCOME_NOTE),
        tables=(tables.outcome_table(found, coverage),),
    )


def _wrong(coverage: Coverage) -> Section:
    title, board = "Where we are wrong", coverage.board
    if board is None:
        return Section("wrong", title, ("No scoreboard of a backtest is available here.",))
    met = sum(one.met for one in board.demands)
    text = (
        f"The model was refitted on what was known before earlier dates and its bounds held "
        f"against what came later. Of {len(board.demands)} demands on it {met} were met."
    )
    missed = past.missed_table(board)
    again = (
        "Below are the outcomes that lay furthest above their bound at 95 %, with what the model "
        "had known of that base when it stated the bound. A bound that holds 95 % of the time "
        "is exceeded in one case of twenty; these cases show where it is exceeded by most."
    )
    return Section(
        "wrong", title, (text, again), tables=(past.miss_table(board),),
        folds=folded(missed) if missed else (),
    )  # fmt: skip


def _levels(found: Assessment, coverage: Coverage) -> Section:
    title = "What the stated levels covered on the past"
    levels = {0.5, HEADLINE, *(row.confidence for row in found.verdicts)}
    levels |= {one.confidence for one in found.maps}
    table = coverage.table(sorted(levels), [row.domain for row in found.verdicts])
    if table is None or coverage.board is None:
        return Section("past", title, ("No scoreboard of a backtest is available here.",))
    text = (
        "Share of later outcomes at or below the bound, from the backtest: known bases had "
        "attempts before the cut, new ones had none. A stated level is honest when about that "
        "share was covered."
    )
    more = [past.past_table(coverage.board), past.named_table(coverage.board)]
    folds = folded(*(one for one in more if one is not None))
    return Section("past", title, (text, *coverage.scope), tables=(table,), folds=folds)
