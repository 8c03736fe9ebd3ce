"""One territorial unit of one identifier system, as the readers hand it to the assembly."""

from __future__ import annotations

from dataclasses import dataclass


class RegistryError(Exception):
    """What is wrong in which file, and how to mend it; `str(error)` is for people."""


@dataclass(frozen=True)
class Unit:
    """A unit as its system lists it; population in persons, area in km2, degrees WGS 84.

    `labels` are all names under which it may be found, `name` first; `admin` a state or province
    that the system gives; `own` the Urban Audit number (ES002) that it bears or, for a city, that
    of the functional urban area it lies in; empty for none. `rough`: its point is a third party's
    guess, which does not count against a name. `doubt`: why it is no evidence of a metropolis by itself.
    """

    system: str
    code: str
    vintage: str
    scale: str
    name: str
    iso2: str
    labels: tuple[str, ...] = ()
    population: float | None = None
    population_year: int | None = None
    area_km2: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    valid_from: str = ""
    valid_to: str = ""
    composition: str = ""
    note: str = ""
    admin: str = ""
    own: str = ""
    rough: bool = False
    doubt: str = ""

    @property
    def key(self) -> str:
        """`system:vintage:code`, unique over all systems."""
        return f"{self.system}:{self.vintage}:{self.code}"

    @property
    def names(self) -> tuple[str, ...]:
        """The name first, then every further label once."""
        return tuple(dict.fromkeys((self.name, *self.labels)))
