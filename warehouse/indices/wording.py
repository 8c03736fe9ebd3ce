"""The texts of reports of indices and audits, and the evidence of a finding in words."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.indices.auditor.why import Candidate, Effect, Why

if TYPE_CHECKING:
    from warehouse.publications.page import Words

HERE = Path(__file__).parent


@functools.cache
def texts() -> dict[str, Words]:
    """The texts of reports, by language."""
    from warehouse.publications import page

    return page.words(HERE / "words.yaml")


def detail(why: Why, follows: str, candidates: Sequence[Sequence[Candidate]], lang: str) -> str:
    """The evidence of a finding as a sentence, with what cannot be told apart and its effects."""
    either = [texts()[lang].either.format(sentence=c) for c in alternatives(candidates, lang)]
    return "; ".join([evidence(why, follows, lang), *either])


def evidence(why: Why, follows: str, lang: str) -> str:
    """The evidence of a finding as a sentence."""
    w = texts()[lang]
    return _said(why, w) + ("; " + w.code("follows", follows) if follows else "")


def alternatives(candidates: Sequence[Sequence[Candidate]], lang: str) -> list[str]:
    """Each explanation that the published figures do not tell from the others, with its effects."""
    w = texts()[lang]
    told = []
    for some in candidates:
        each = [f"{', '.join(c.about)}: {_said(c.why, w)} ({effect(c.effect, lang)})" for c in some]
        told.append(f" {w.also} ".join(each) or w.nothing_more)
    return told


def effect(found: Effect, lang: str) -> str:
    """What a slip did to the ranks, in words."""
    from warehouse.publications import page

    w, f = texts()[lang], page.formats(lang)
    if found.moved is None or found.ends is None:
        return w.code("effect", "unknown")
    (few, near), (many, far) = found.ends
    if not many:
        return w.code("effect", "none")

    def span(low: int, high: int) -> str:
        ends = {"low": f.number(low), "high": f.number(high)}
        return w.span.format(**ends) if low < high else ends["high"]

    key = "moved" if found.sure else "unsure"
    return w.code("effect", key).format(n=span(few, many), most=span(near, far))


def _said(why: Why, w: Words) -> str:
    one = f"why.{why.key}_one"
    text = w[one] if why.params.get("n") == 1 and one in w else w.code("why", why.key)
    params = dict(why.params)
    if why.key == "mean":  # kinds of means have names
        params = {k: w.code("mean_name", v) for k, v in params.items()}
    return text.format_map(params)
