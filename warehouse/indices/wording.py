"""The texts of reports of indices and audits, and the evidence of a finding in words."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.indices.auditor.why import Why

if TYPE_CHECKING:
    from warehouse.publications.page import Words

HERE = Path(__file__).parent


@functools.cache
def texts() -> dict[str, Words]:
    """The texts of reports, by language."""
    from warehouse.publications import page

    return page.words(HERE / "words.yaml")


def detail(
    why: Why, follows: str, candidates: Sequence[tuple[Why, Sequence[str]]], lang: str
) -> str:
    """The evidence of a finding as a sentence, with what cannot be told apart."""
    w = texts()[lang]
    said = _said(why, w)
    if follows:
        said += "; " + w.code("follows", follows)
    for other, about in candidates:
        said += "; " + w.either.format(sentence=f"{', '.join(about)}: {_said(other, w)}")
    return said


def _said(why: Why, w: Words) -> str:
    one = f"why.{why.key}_one"
    text = w[one] if why.params.get("n") == 1 and one in w else w.code("why", why.key)
    params = dict(why.params)
    if why.key == "mean":  # kinds of means have names
        params = {k: w.code("mean_name", v) for k, v in params.items()}
    return text.format_map(params)
