"""Briefs for officials as pages: the Markdown of `catalog/briefs`, answered from the release."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

from warehouse.errors import WarehouseError
from warehouse.publications import briefs, page
from warehouse.publications.atlas.common import Voice
from warehouse.publications.atlas.read import Row
from warehouse.publications.model import Release

Texts = dict[str, dict[str, str]]  # language to brief to Markdown


def read(folder: Path) -> Texts:
    """Every brief that this release can answer; one of another year may lack a table that a brief asks."""
    found: Texts = {lang: {} for lang in page.LANGUAGES}
    try:
        release = Release(folder)
    except WarehouseError:
        return found
    for name in briefs.names():
        try:
            answered = briefs.answers(release, name)
        except WarehouseError:
            continue
        for lang in page.LANGUAGES:
            try:
                found[lang][name] = briefs.render(release, name, lang, answered)
            except WarehouseError:
                continue
    return found


def listed(texts: Texts, lang: str) -> list[Row]:
    """Identifier and title of each brief of a language."""
    return [{"id": name, "title": _title(text)} for name, text in texts[lang].items()]


def context(voice: Voice, name: str, texts: Texts) -> dict[str, Any] | None:
    """The page of one brief in one language; None where it was not answered in it."""
    text = texts[voice.lang].get(name)
    if text is None:
        return None
    title = _title(text)
    return {
        "title": title,
        "description": title,
        "section": "governance",
        "crumbs": (("governance.html", voice.w.nav_governance),),
        "body": page.safe(_html(text.rsplit("\n---\n", 1)[0], title)),
        "report": voice.mail(f"brief/{name}"),
        "foot": voice.foot(),
    }


def _title(text: str) -> str:
    return text.splitlines()[0].removeprefix("# ")


def _html(text: str, title: str) -> str:
    from html import escape

    from markdown_it import MarkdownIt

    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    # No style stands inside a page, and a wide table scrolls by itself.
    html = re.sub(
        r' style="text-align:(\w+)"', lambda m: ' class="num"' if m[1] == "right" else "", html
    )
    number = itertools.count(1)  # two regions of one page need different names

    def opened(_match: re.Match[str]) -> str:
        label = escape(f"{title}, {next(number)}", quote=True)
        return f'<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table>'

    return re.sub("<table>", opened, html).replace("</table>", "</table></div>")
