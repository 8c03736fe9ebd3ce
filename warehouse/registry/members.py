"""Governments that were seen to be members of Metropolis, and the metropolis of each."""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from catalog.desk import load, said
from warehouse.registry import countries, europe_lists
from warehouse.registry.assemble import Registry
from warehouse.registry.matching.match import Place, compact, slug
from warehouse.registry.unit import RegistryError, Unit

# Kinds of government whose own territory is wider than the metropolis.
WIDER = ("state", "province", "governorate")
# What the list of local units adds to the name of a city.
WORDS = re.compile(r"^Municipal Commune of |, Stadt$| \(psevdo\)$")
LIBRARY = Path(__file__).parents[2] / "catalog" / "library" / "memberships"
NETWORK = "metropolis-1985"
# The names under which texts know a member whose metropolis has several of them.
NAMED = {
    "Barcelona (city)": ("Barcelona", "Ajuntament de Barcelona"),
    "Àrea Metropolitana de Barcelona": ("Àrea Metropolitana de Barcelona",),
    "Ville de Paris": ("Paris",),
    "Région Île-de-France": ("Région Île-de-France",),
    "Métropole du Grand Paris": ("Métropole du Grand Paris",),
    "São Paulo (city)": ("City of São Paulo",),
    "São Paulo (state)": ("State of São Paulo",),
    "City of Johannesburg": ("City of Johannesburg", "Johannesburg"),
    "Gauteng Province": ("Gauteng Province",),
    "Città metropolitana di Torino": ("Città metropolitana di Torino",),
}
LOCAL_UNITS = "https://ec.europa.eu/eurostat/web/nuts/local-administrative-units"
NOTHING = dict.fromkeys(("territory", "municipalities", "municipalities_year", "territory_source"))


def found(registry: Registry, members: list[dict[str, str]]) -> None:
    """A member government whose city no list of agglomerations holds has a metropolis too."""
    for r in members:
        place = _place(registry, r)
        if registry.index.match(place).target is None:
            unit = Unit(
                "member", slug(r["member"]), "", "city", r["anchor_city"], r["iso2"],
                latitude=place.latitude, longitude=place.longitude, population=place.population,
            )  # fmt: skip
            registry.found(unit)


def _place(registry: Registry, r: dict[str, str]) -> Place:
    place = Place(r["member"], r["iso2"], (r["anchor_city"],))
    at = registry.gazetteer.called(place)
    if at is None:
        return place
    return replace(
        place,
        latitude=at.latitude,
        longitude=at.longitude,
        population=at.population,
        aliases=(*at.names, *at.aliases, f"gn{at.key}"),
    )


def homes(registry: Registry, seen: list[dict[str, str]]) -> dict[str, str]:
    """Member name -> metropolis key, by its agglomeration's code, else by its anchor city."""
    homes = {}
    for r in seen:
        code = r["wup2018_city_code"].split(".")[0]
        key = f"un_wup2018:2018:{code}"
        if key not in registry.metros:
            link = registry.index.match(_place(registry, r))
            if link.target is None:
                raise RegistryError(
                    f"metropolis_members_candidates.csv: no metropolis for {r['member']}; correct "
                    "its anchor_city."
                )
            key = link.target
        homes[r["member"]] = key
    return homes


def rows(
    registry: Registry,
    seen: list[dict[str, str]],
    homes: dict[str, str],
    local_units: Sequence[Mapping[str, Any]] = (),
) -> list[dict[str, object]]:
    """The rows of `member_org`; the relation is empty where the territory is not known.

    `local_units` is the European list: a city's own territory is its municipality there.
    """
    made: list[dict[str, object]] = []
    for r in seen:
        metro = registry.metros[homes[r["member"]]]
        wider = r["kind"] in WIDER
        inside = r["kind"] == "city" and r["iso2"] != "CN"
        made.append(
            {
                "member_id": f"{r['iso2'].lower()}-{slug(r['member'])}",
                "name": r["member"],
                "kind": r["kind"],
                "metro_id": metro.metro_id,
                "iso3": countries.countries()[r["iso2"]].iso3,
                "relation": "broad" if wider else "narrow" if inside else "",
                **stated(r["member"], metro.metro_id, r["evidence"]),
                **(
                    _territory(r["member"], metro.metro_id)
                    or _municipality(r, local_units)
                    or NOTHING
                ),
            }
        )
    return made


def stated(
    member: str, metro_id: str, evidence: str, folder: Path | None = None
) -> dict[str, object]:
    """What the texts of `catalog/library/memberships` say of a member of Metropolis.

    `membership` is explicit where one says that it is a member (or on a board), seen where texts only
    name it; the years are those of these texts. Of a metropolis with several governments only the texts
    of one's own name count (`NAMED`). `evidence` stays where no text is listed.
    """
    said = [
        t
        for t in _texts(folder or LIBRARY)
        if metro_id in (t["metro_id"], t["inside_metro_id"])
        and t["member"] in NAMED.get(member, (t["member"],))
    ]
    explicit = [t for t in said if t["role"] != "mention"]
    told = explicit or said
    years = sorted(int(t["year_seen"] or t["member_since"][:4]) for t in told if t["year_seen"] or t["member_since"])  # fmt: skip
    newest = max(told, key=lambda t: (t["year_seen"] or t["member_since"], t["source"]), default=None)  # fmt: skip
    return {
        "membership": "explicit" if explicit else "seen",
        "member_since": min((t["member_since"] for t in said if t["member_since"]), default=None),
        "first_seen": years[0] if years else None,
        "last_seen": years[-1] if years else None,
        "evidence": newest["source"] if newest else evidence,
    }


@functools.cache
def _texts(folder: Path) -> tuple[dict[str, str], ...]:
    rows: list[dict[str, str]] = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows += [r for r in csv.DictReader(file) if r["network"] == NETWORK]
    return tuple(rows)


def _territory(member: str, metro_id: str) -> dict[str, object]:
    """What desk research found of a member's own territory; nothing where it holds no such body.

    A body is the member where it bears its name, or one side of a name such as `A / B`, on the same
    metropolis. Of several years the newest.
    """
    waves = load()
    names = {member, *member.split(" / ")}
    found = [
        s
        for s in said(waves)
        if s.metro == metro_id
        and s.name in names
        and s.fact.field == "n_municipalities"
        and s.source
        and not s.withdrawn_in
    ]
    if found:
        newest = max(found, key=lambda s: s.fact.as_of or 0)
        return {
            "territory": newest.body,
            "municipalities": newest.fact.value,
            "municipalities_year": newest.fact.as_of,
            "territory_source": newest.source.url if newest.source else None,
        }
    return {}


def _municipality(
    r: Mapping[str, str], local_units: Sequence[Mapping[str, Any]]
) -> dict[str, object]:
    """The one municipality of a city's name in its country that lies in a city of the list."""
    if r["kind"] not in ("city", "city-state"):
        return {}
    found = [
        u["lau"]
        for u in local_units
        if europe_lists.iso3(u["country"]) == countries.countries()[r["iso2"]].iso3
        and u["city"]
        and compact(WORDS.sub("", u["name"])) == compact(r["anchor_city"])
    ]
    if len(found) != 1:
        return {}
    return {
        "territory": f"local_unit:{found[0]}",
        "municipalities": 1,
        "municipalities_year": 2019,
        "territory_source": LOCAL_UNITS,
    }
