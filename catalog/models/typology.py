"""The rules by which a metropolitan body is of one model of governance (`surveys/typology.yaml`)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from catalog.contents import FOLDER
from catalog.models.model import Identifier, Strict
from catalog.yaml_files import listed

FILE = "surveys/typology.yaml"


class TypologyRule(Strict):
    """The first rule that holds decides; `when` is SQL over what is known of a body in a year."""

    id: Identifier
    model: Literal[
        "informal", "intermunicipal", "supramunicipal", "special_status", "none", "as_answered"
    ]
    when: str
    reason: str


def load(folder: Path = FOLDER) -> list[TypologyRule]:
    """The rules in their order; raises `CatalogError`, a sentence for each mistake."""
    return listed(TypologyRule, folder / FILE)
