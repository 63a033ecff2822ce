"""Sections for who has to decide: ceilings, when, how much effort, leaks, buffers, flips, worth."""

from __future__ import annotations

from leakbound.assessment import Assessment
from leakbound.report import wording
from leakbound.report.past import Coverage
from leakbound.report.pictures.ceilings import ceiling_pictures, offset_pictures
from leakbound.report.pictures.crossings import crossing_pictures
from leakbound.report.pictures.heat import heat_pictures
from leakbound.report.pictures.security import security_pictures
from leakbound.report.section import Fold, Section, folded
from leakbound.report.sentences import decision as says
from leakbound.report.sentences.answers import NEAR_CHANCE, offset_sentences
from leakbound.report.tables import ceilings as ceiling_tables
from leakbound.report.tables import decision as tables

MOST_WORTH = 3


def decision_sections(found: Assessment, coverage: Coverage) -> list[Section]:
    """Return the sections in order; what the assessment does not hold is left out."""
    made = (
        _when(found),
        _effort(found, coverage),
        _leak(found),
        _buffers(found),
        _flips(found),
        _worth(found),
    )
    return [section for section in made if section is not None]


def ceiling_section(found: Assessment, coverage: Coverage) -> Section:
    """Return the answer to the debate: how high today's score may be, open and closed."""
    text = (
        "A release ceiling is the highest score today, below the limit, at which the chance to reach "
        "the limit within the horizon stays within the allowance. It does not depend on what the model "
        "scores today."
    )
    if found.riskier_below or any(one.riskier_below for one in found.offsets):
        text += (
            f" Not every score below one is low enough where it says {wording.NEAR_CHANCE_EXCEPTED!r}: "
            f"{NEAR_CHANCE}."
        )
    return Section(
        "ceilings",
        "Open or closed: how much lower must today's score be?",
        (text,),
        tuple(offset_sentences(found)),
        tuple(offset_pictures(found)),
        (ceiling_tables.offset_table(found, coverage),),
        (
            Fold(
                "Ceilings of every scenario",
                tuple(ceiling_pictures(found)),
                (ceiling_tables.ceiling_table(found), ceiling_tables.common_table(found)),
            ),
        ),
    )


def _when(found: Assessment) -> Section | None:
    if not found.crossings:
        return None
    text = (
        "How the chance that the limit has been reached grows with the years since release. The "
        "verdict asks whether the curve is below the allowance at the horizon."
    )
    pictures = tuple(crossing_pictures(found))
    return Section("when", "When would the limit be reached?", (text,), pictures=pictures)


def _effort(found: Assessment, coverage: Coverage) -> Section | None:
    if not found.maps:
        return None
    text = (
        "Testing a model with little effort and today's techniques looks at the lower left "
        "corner. Once weights are out, others move to the right (more compute) and upwards "
        "(better techniques)."
    )
    pictures = tuple(heat_pictures(found, coverage))
    return Section("effort", "How effort and years add up", (text,), pictures=pictures)


def _leak(found: Assessment) -> Section | None:
    if not found.risks:
        return None
    text = (
        "The chance of a theft, by actor class and security level, is the user's input or a "
        "documented default; given a theft, the thief starts on the first day."
    )
    return Section(
        "leak",
        "If it is not released but may leak",
        (text,),
        tuple(says.risk_sentences(found)),
        tuple(security_pictures(found)),
        (tables.security_table(found),),
        folded(tables.risk_table(found)),
    )


def _buffers(found: Assessment) -> Section | None:
    if not found.buffers:
        return None
    text = (
        "A safety buffer is the distance a policy keeps between a model's score and the limit. "
        "Below: the distance the bound asks for, and how long published buffers would have "
        "lasted from the release on."
    )
    table = tables.buffer_table(found)
    said = tuple(says.buffer_sentences(found))
    return Section("buffer", "How long is the buffer enough?", (text,), said, folds=folded(table))


def _flips(found: Assessment) -> Section | None:
    if not found.flips:
        return None
    text = (
        "One input is changed at a time, everything else stays. The table shows for every "
        "verdict the nearest change that flips it."
    )
    nearest = says.nearest_flips(found)
    table = tables.nearest_table(nearest)
    every = tables.flip_table(found.flips, caption="Every input that was varied")
    return Section(
        "flips", "What would flip the verdict?", (text,), tables=(table,), folds=folded(every)
    )


def _worth(found: Assessment) -> Section | None:
    if not found.worths:
        return None
    text = (
        "A verdict is wrong when it would be the other one if everything that the forecast leaves "
        "open were known; a case counts by how far its chance lies from the allowance. So the shares "
        "below are of what is at stake, not the chance that a verdict is wrong. An evaluation is worth "
        "as much as it is expected to lower them."
    )
    table = tables.worth_table(found)
    said = tuple(says.worth_sentences(tables.ranked(found)[:MOST_WORTH]))
    return Section("worth", "Which evaluation would be worth most?", (text,), said,
                   folds=folded(table))  # fmt: skip
