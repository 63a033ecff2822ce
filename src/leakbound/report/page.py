"""report.html: one offline page, no script, everything escaped."""

from __future__ import annotations

from importlib.resources import files

from leakbound.report import palette
from leakbound.report.document import Document
from leakbound.report.wording import MARKS, mark, plain, verdict_shown

TEMPLATE = "page.html.j2"
STYLE = "page.css"
SIGNS = tuple(text.split()[0] for text in MARKS.values() if not text.startswith("?"))


def as_page(document: Document) -> str:
    """Return the page; escaping is on for every value but the pictures and the style made here."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(mark=mark, plain=shown, shade=verdict_shown, picture=Markup)
    environment.tests["link"] = is_link
    folder = files("leakbound.report")
    source = (folder / TEMPLATE).read_text(encoding="utf-8")
    style = (folder / STYLE).read_text(encoding="utf-8")
    return environment.from_string(source).render(
        document=document,
        style=Markup(style),
        light=Markup(palette.variables(palette.LIGHT)),
        dark=Markup(palette.variables(palette.DARK)),
    )


def shown(text: object) -> str:
    """Return text in which no percentage is broken from its number, no verdict from its sign."""
    told = plain(text).replace(" %", "\u00a0%")
    for sign in SIGNS:
        told = told.replace(f"{sign} ", f"{sign}\u00a0")
    return told


def is_link(url: str) -> bool:
    """Return whether an address may stand in a link: http and https only."""
    return url.startswith(("https://", "http://"))
