"""Words for managing a wave of the survey: letters (`surveys/letters.yaml`) and preview (`surveys/preview.yaml`)."""

from __future__ import annotations

from catalog.models.desk import FactField
from catalog.models.model import Strict, Texts


class Letter(Strict):
    """A letter; `{name}`, `{metro}` and `{wave}` are filled in."""

    subject: Texts
    body: Texts


class Letters(Strict):
    """The letters of a wave."""

    invitation: Letter
    reminder: Letter


class PreviewWords(Strict):
    """What the preview of a profile says, and the name of each field of desk research."""

    title: Texts
    intro: Texts
    model: Texts
    not_decided: Texts
    why: Texts
    fact: Texts
    value: Texts
    year: Texts
    source: Texts
    weak: Texts
    territory: Texts
    nothing: Texts
    fields: dict[FactField, Texts]
    yes_no: dict[str, Texts]
