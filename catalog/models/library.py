"""Items of the library: laws, reforms, plans, programmes, projects, networks, reports and cases."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from catalog.models.desk import DateIfKnown
from catalog.models.model import Strict

KINDS = ("law", "reform", "plan", "programme", "project", "network", "report", "case")
Kind = Literal["law", "reform", "plan", "programme", "project", "network", "report", "case"]
ItemId = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Code = Annotated[str, Field(pattern=r"^[0-9a-z]+([.()][0-9a-z()]*)*$")]


class LibraryItem(Strict):
    """One item, a row of a file of `catalog/library/items`; lists are separated by spaces or commas.

    A description says what the column of the form takes.
    """

    id: ItemId = Field(
        description="small letters, digits and hyphens; leave it empty and it is made"
    )
    kind: Kind = Field(description=", ".join(KINDS))
    title: str = Field(min_length=1, description="in the language of the item")
    title_en: str = Field(min_length=1, description="in English")
    date: DateIfKnown = Field(
        default="", description="2010, 2010-08 or 2010-08-03; empty where no text says it"
    )
    languages: list[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]] = Field(
        min_length=1, description="ISO 639 codes of the languages of the text: ca es"
    )
    publisher: str = Field(min_length=1, description="who publishes it")
    address: str = Field(description="https://...")
    document: str = Field(
        default="",
        description="only where the address serves a copy: the text by its number, date or author",
    )
    source_kind: Literal["law", "official", "scholarly", "press", "encyclopaedia"] = Field(
        description="law, official, scholarly, press, encyclopaedia"
    )
    metro_ids: list[str] = Field(
        default_factory=list, description="identifiers of metropolises: es-barcelona es-madrid"
    )
    body_ids: list[str] = Field(
        default_factory=list, description="identifiers of bodies: es-barcelona-amb"
    )
    themes: list[str] = Field(
        default_factory=list, description="themes of the catalog: governance mobility"
    )
    sdg_targets: list[Code] = Field(default_factory=list, description="codes of SDG targets: 11.3")
    nua_paragraphs: list[Code] = Field(
        default_factory=list, description="paragraphs of the New Urban Agenda: 90"
    )
    what: str = Field(min_length=1, max_length=400, description="one sentence in English")

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
        return re.findall(r"[^\s,;]+", value) if isinstance(value, str) else value


class Sentence(Strict):
    """What an item is or does, in the other languages (a row of `sentences.csv`); empty: not translated."""

    id: ItemId
    ca: str = Field(default="", max_length=400)
    es: str = Field(default="", max_length=400)
    fr: str = Field(default="", max_length=400)


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
    member_since: DateIfKnown = ""
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
