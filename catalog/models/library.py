"""Items of the library: laws, reforms, plans, programmes, projects, networks, reports and cases."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from catalog.models.desk import PartialDate
from catalog.models.model import Strict

KINDS = ("law", "reform", "plan", "programme", "project", "network", "report", "case")
Kind = Literal["law", "reform", "plan", "programme", "project", "network", "report", "case"]
ItemId = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Code = Annotated[str, Field(pattern=r"^[0-9a-z]+([.()][0-9a-z()]*)*$")]


class LibraryItem(Strict):
    """One item, a row of a file of `catalog/library/items`; lists are separated by spaces."""

    id: ItemId
    kind: Kind
    title: str = Field(min_length=1)
    """In the language of the item."""
    title_en: str = Field(min_length=1)
    date: PartialDate | Literal[""] = ""
    """Year, month or day; empty where no text says it."""
    languages: list[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]] = Field(min_length=1)
    """ISO 639 codes of the languages of the text."""
    publisher: str = Field(min_length=1)
    address: str
    document: str = ""
    """The text itself by number, date or author, where the address serves a copy."""
    source_kind: Literal["law", "official", "scholarly", "press", "encyclopaedia"]
    metro_ids: list[str] = Field(default_factory=list)
    body_ids: list[str] = Field(default_factory=list)
    themes: list[str] = Field(default_factory=list)
    sdg_targets: list[Code] = Field(default_factory=list)
    nua_paragraphs: list[Code] = Field(default_factory=list)
    what: str = Field(min_length=1, max_length=400)
    """What it is or does, one sentence in English."""

    @field_validator(
        "languages",
        "metro_ids",
        "body_ids",
        "themes",
        "sdg_targets",
        "nua_paragraphs",
        mode="before",
    )
    @classmethod
    def _listed(cls, value: object) -> object:
        return value.split() if isinstance(value, str) else value


class Sentence(Strict):
    """What an item is or does, in the other languages (a row of `sentences.csv`)."""

    id: ItemId
    ca: str = Field(min_length=1, max_length=400)
    es: str = Field(min_length=1, max_length=400)
    fr: str = Field(min_length=1, max_length=400)


class Membership(Strict):
    """One mention of a member of a network, with its year where the text has one."""

    network: ItemId
    metro_id: str = ""
    """The metropolis; empty where the registry has none of that name."""
    inside_metro_id: str = ""
    """The metropolis in which the member lies, where it is not its main city."""
    member: str = Field(min_length=1)
    country: str
    role: Literal["member", "founder", "board", "participant", "honorary member", "mention"]
    """mention: the text names the city beside the network and does not say that it is a member."""
    member_since: PartialDate | Literal[""] = ""
    year_seen: Annotated[str, Field(pattern=r"^(\d{4})?$")] = ""
    """Year of the text, where it has one."""
    note: str = ""
    source: str = Field(min_length=1)


class Network(Strict):
    """How much of a network's membership is known."""

    network: ItemId
    name: str
    coverage: Literal["whole", "partial", "none"]
    note: str


class ThemeLink(Strict):
    """What a theme answers to in a framework: our reading."""

    theme: str
    framework: Literal["sdg", "nua"]
    code: Code
    why: str
