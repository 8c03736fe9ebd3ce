"""Which local units make up the territory of a metropolitan body (`catalog/territories/*.yaml`)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from catalog.models.desk import Name
from catalog.models.model import Identifier, Strict


class LocalList(Strict):
    """A list of local units with their populations."""

    id: Identifier
    title: str
    file: str
    """CSV file, relative to the catalog."""
    edition: str
    """Year of the boundaries."""
    units: Literal["municipality", "county"] = "municipality"
    """What the units are: municipalities (or parts of them), or counties."""
    population_note: str
    """Which year the populations are of, or that the list does not say it."""
    licence: str
    licence_url: str
    attribution: str
    url: str


class BodyTerritory(Strict):
    """How to find the local units of one body in a list, or why they cannot be found; exactly one is stated."""

    body: Name
    list: Identifier
    units: Annotated[list[str], Field(default_factory=list)]
    """Codes of the local units, one by one."""
    regions: Annotated[list[str], Field(default_factory=list)]
    """Codes of regions of which the body has all local units: NUTS 3, or of a French grouping."""
    missing: str = ""
    """What is missing to state them, in words."""
    stated: int | None = None
    """How many units a text states, where they are not municipalities."""
    stated_source: str = ""
    """The text, a row of gov_source."""
    municipality_digits: int = 0
    """How many characters of a unit's code name its municipality, where units are parts of one."""
    evidence: str
    """What shows that the body covers these units."""
    check_area_km2: float | None = None
    """Area as a text publishes it, against which the sum is proved."""
    check_population: int | None = None
    """Population as a text publishes it for about the same year."""
    check_source: str = ""
    """Where the published total stands."""

    @model_validator(mode="after")
    def _one_way(self) -> BodyTerritory:
        if sum(map(bool, (self.units, self.regions, self.missing))) != 1:
            raise ValueError("state either 'units' or 'regions', or what is 'missing' for them")
        if bool(self.stated) != bool(self.stated_source):
            raise ValueError("a number of units that is 'stated' has its 'stated_source'")
        if (self.check_area_km2 or self.check_population) and not self.check_source:
            raise ValueError("a published total has its 'check_source'")
        return self


class SameUnit(Strict):
    """A statistical unit that is exactly the territory of a body (a row of `same_unit.csv`)."""

    body_id: Name
    unit_id: Annotated[str, Field(pattern=r"^[a-z0-9_]+:\S+$")]
    """As in table `spatial_unit`, system:code."""
    area_km2: float | None = None
    """Area of the territory as a text publishes it, against which the unit's is proved."""
    evidence: Annotated[str, Field(min_length=10)]
    """What shows that the unit is the territory."""
    source: Annotated[str, Field(min_length=10)]
    """Where it can be read."""


class Territories(Strict):
    """One file: lists of local units, territories of bodies, or both."""

    lists: Annotated[list[LocalList], Field(default_factory=list)]
    territories: Annotated[list[BodyTerritory], Field(default_factory=list)]
