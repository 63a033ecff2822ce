"""report.html: one offline page, no script, everything escaped."""

from __future__ import annotations

from importlib.resources import files

from leakbound.report.document import Document
from leakbound.report.wording import MARKS, mark, plain

TEMPLATE = "page.html.j2"
CLASSES = {text: verdict for verdict, text in MARKS.items()}


def as_page(document: Document) -> str:
    """Return the page; escaping is on for every value but the pictures made here."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        mark=mark, plain=plain, shade=lambda cell: CLASSES.get(cell, ""), picture=Markup
    )
    environment.tests["link"] = is_link
    source = (files("leakbound.report") / TEMPLATE).read_text(encoding="utf-8")
    return environment.from_string(source).render(document=document)


def is_link(url: str) -> bool:
    """Return whether an address may stand in a link: http and https only."""
    return url.startswith(("https://", "http://"))
