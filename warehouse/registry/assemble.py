"""Put the units of all systems onto metropolises: who founds one, who joins one, and how."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from warehouse.registry.countries import BORDER, KIN
from warehouse.registry.europe import RENUMBERED
from warehouse.registry.gazetteer import Gazetteer, NaturalEarth
from warehouse.registry.matching.match import (
    REACH_KM,
    MatchLink,
    Place,
    PlaceIndex,
    compact,
    distance_km,
    names_of,
)
from warehouse.registry.rules import Alias, ReviewDecision
from warehouse.registry.unit import RegistryError, Unit

# What a unit of a scale is to its metropolis when it is the main one of its system.
RELATION = {
    "agglomeration": "exact",
    "fua": "close",
    "urban_centre": "close",
    "greater_city": "close",
    "metro_region": "broad",
    "prefecture": "broad",
    "city": "narrow",
    "municipality": "narrow",
}


@dataclass
class MetroDraft:
    """A metropolis while the registry is being put together."""

    key: str
    founder: Unit
    place: Place
    gazetteer: Place | None = None
    gazetteer_by: str = ""
    natural_earth: NaturalEarth | None = None
    alias: str = ""
    name: str = ""
    metro_id: str = ""


@dataclass(frozen=True)
class Joined:
    """A unit on its metropolis; `candidates` are (metropolis, raw score) of the matcher, best first."""

    unit: Unit
    metro: str
    relation: str
    method: str
    evidence: str
    decided_by: str
    candidates: tuple[tuple[str, float], ...] = ()


@dataclass
class Registry:
    """The metropolises so far, the index of their names, and the units joined to them.

    `blind`: numbers that Eurostat and the OECD share are not looked at, so that names, distance
    and population alone can be measured against them.
    """

    gazetteer: Gazetteer
    decisions: dict[tuple[str, str, str], ReviewDecision] = field(default_factory=dict)
    aliases: dict[tuple[str, str, str], Alias] = field(default_factory=dict)
    metros: dict[str, MetroDraft] = field(default_factory=dict)
    index: PlaceIndex = field(default_factory=PlaceIndex)
    joined: list[Joined] = field(default_factory=list)
    undecided: list[tuple[Unit, MatchLink]] = field(default_factory=list)
    numbers: dict[str, str] = field(default_factory=dict)
    admins: dict[tuple[str, str], str] = field(default_factory=dict)
    blind: bool = False
    names: dict[str, str] = field(default_factory=dict)
    # What the matcher alone said of each unit, with its candidates.
    links: dict[tuple[str, str, str], MatchLink] = field(default_factory=dict)

    def found(self, unit: Unit) -> MetroDraft:
        """Make a metropolis of a unit; its system is the source of the link."""
        place = self.place(unit)
        at, how = self.gazetteer.at(place) if place.latitude is not None else (None, "")
        aliases = () if at is None else (*at.names, *at.aliases, f"gn{at.key}")
        place = replace(place, key=unit.key, aliases=(*place.aliases, *aliases))
        if at is not None and not place.admin:
            place = replace(place, admin=at.admin)
        metro = MetroDraft(unit.key, unit, place, at, how, alias=self.alias(unit).name)
        self.metros[unit.key] = metro
        self.index.add(place)
        itself = MatchLink(
            unit.key, unit.key, 1.0, "accept", "founder", "the metropolis is this unit"
        )
        self._join(unit, "exact", itself, "source")
        return metro

    def in_country(self, iso2: str) -> list[MetroDraft]:
        """The metropolises of a country, by key."""
        return [m for _, m in sorted(self.metros.items()) if m.founder.iso2 == iso2]

    def alone(self, unit: Unit, people: float, km: float) -> bool:
        """Whether GeoNames holds one place of that name and size, and no metropolis near it."""
        at = self.gazetteer.called(replace(self.place(unit), aliases=()))
        if at is None or (at.population or 0) < people:
            return False
        countries = (unit.iso2, *KIN.get(unit.iso2, ()))
        return not any(self.index.near(replace(at, country=c), km) for c in countries)

    def place(self, unit: Unit) -> Place:
        """A unit as a place: with its alias, its state, and coordinates by gazetteer if none."""
        alias = self.alias(unit)
        names = unit.names
        if alias.name:
            names = (alias.name, *names) if unit.scale == "agglomeration" else (alias.name,)
        admin = alias.admin or self.admins.get((unit.iso2, unit.admin), "")
        place = Place(
            unit.key,
            unit.iso2,
            names,
            (),
            unit.latitude if alias.latitude is None else alias.latitude,
            unit.longitude if alias.longitude is None else alias.longitude,
            unit.population if unit.scale != "metro_region" else None,
            admin,
        )
        if place.latitude is None:
            at = self.gazetteer.called(place)
            if at is not None:
                place = replace(
                    place, latitude=at.latitude, longitude=at.longitude, aliases=(f"gn{at.key}",)
                )
        return place

    def alias(self, unit: Unit) -> Alias:
        """What the list of a unit means, where `alias.csv` says so."""
        return self.aliases.get((unit.system, unit.code, unit.vintage), Alias())

    def learn_admins(self, units: Iterable[Unit]) -> None:
        """Learn which GeoNames state a system's state code is, by majority of its places."""
        votes: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for unit in units:
            if unit.iso2 == "US" and unit.admin:
                votes["US", unit.admin][unit.admin] += 1
            elif unit.admin:
                at = self.gazetteer.called(Place(unit.key, unit.iso2, unit.names))
                if at is not None:
                    votes[unit.iso2, unit.admin][at.admin] += 1
        for key, count in votes.items():
            self.admins[key] = min(count, key=lambda a: (-count[a], a))

    def match(self, unit: Unit) -> MatchLink:
        """The best metropolis for a unit: in its country, else in a territory filed apart."""
        place = self.place(unit)
        # The centre of a very large area lies far from the anchor of its metropolis.
        reach = REACH_KM * (1 + max(0.0, math.log10((unit.population or 1) / 3e6)))
        link = self.index.match(place, reach)
        others = KIN.get(unit.iso2, ()) + (BORDER.get(unit.iso2, ()) if unit.latitude else ())
        for other in others:
            if link.target is not None:
                break
            link = self.index.match(self.place(replace(unit, iso2=other)))
        if link.target is None and unit.rough:
            return self.match(replace(unit, latitude=None, longitude=None, rough=False))
        guessed = bool(place.aliases)
        if link.target is None and guessed and not self.named_so(place):
            bare = replace(place, latitude=None, longitude=None, aliases=())
            link, guessed = self.index.match(bare), False
        return replace(link, why=f"{link.why}; point by GeoNames") if guessed else link

    def named_so(self, place: Place) -> bool:
        """Whether the gazetteer's place bears one of the names as its own, not as an alias."""
        at = self.gazetteer.places[place.aliases[-1].removeprefix("gn")]
        return compact(at.names[0]) in names_of(replace(place, aliases=()))

    def add(
        self, units: list[Unit], founds: bool | Callable[[Unit], bool], near: bool = False
    ) -> None:
        """Join the units of one system and vintage, the main one of each metropolis first.

        A unit that no metropolis accepts founds one (`founds`, of all or of each) or stays
        without. `near`: a unit with coordinates may join by distance and population alone.
        """
        accepted: list[tuple[Unit, str, MatchLink, str]] = []
        rest: list[Unit] = []
        for unit in units:
            decision = self.decisions.get((unit.system, unit.code, unit.vintage))
            if decision is not None:
                if decision.accept:
                    target = self._by_id(decision, unit)
                    why = f"{decision.reason} ({decision.decided_on})"
                    link = MatchLink(unit.key, target, 1.0, "accept", "review", why)
                    accepted.append((unit, target, link, "reviewer"))
                continue  # one that is rejected founds nothing either
            alone = self.match(unit)
            self.links[unit.system, unit.code, unit.vintage] = alone
            link = self._numbered(unit, alone)
            if link.decision == "accept" and link.target is not None:
                accepted.append((unit, link.target, link, "matcher"))
                continue
            if link.decision == "review":
                self.undecided.append((unit, link))
            rest.append(unit)
        if near:
            taken = {row[1] for row in accepted}
            close = [(u, self._near(u, taken)) for u in rest]
            accepted += [(u, x.target, x, "matcher") for u, x in close if x and x.target]
            rest = [u for u, x in close if x is None]
        self._share(accepted)
        if founds:
            self._settle([u for u in rest if founds is True or founds(u)])

    def _settle(self, rest: list[Unit]) -> None:
        """Found metropolises of what joined none, largest first.

        A unit that matches one founded just before it is part of that one, never a second one.
        """
        founded: set[str] = set()
        for unit in sorted(rest, key=lambda u: (-(u.population or 0), u.key)):
            link = self.match(unit)
            if link.decision == "accept" and link.target in founded:
                self._join(unit, "part_of", link, "matcher")
                continue
            self.found(unit)
            founded.add(unit.key)
            if unit.own:
                self.numbers.setdefault(unit.own, unit.key)

    def _numbered(self, unit: Unit, link: MatchLink) -> MatchLink:
        """Units of one Urban Audit number are one metropolis, whatever the matcher says."""
        target = self.numbers.get(unit.own) if unit.own else None
        if target is None or (self.blind and unit.scale in ("fua", "metro_region")):
            return link
        why = f"same Urban Audit number {unit.own} as a unit of it"
        if unit.scale in ("city", "greater_city"):
            why = f"lies in its functional urban area {unit.own} of 2019"
        if link.target == target:
            return replace(
                link,
                score=max(link.score, 0.95),
                decision="accept",
                method=f"code+{link.method}",
                why=f"{why}; {link.why}",
            )
        # Numbers were given anew between editions (France): a name or a distance overrules them.
        km = self._km(unit, target)
        if link.decision == "accept" or (km is not None and km > 60):
            return link
        if km is not None:
            why = f"{why}, {km:.0f} km apart"
            return MatchLink(unit.key, target, 0.85, "accept", "code+distance", why)
        if unit.iso2 in RENUMBERED and unit.scale not in ("city", "greater_city"):
            return link
        return MatchLink(unit.key, target, 0.8, "accept", "code", f"{why}, no name in common")

    def _km(self, unit: Unit, target: str) -> float | None:
        place, other = self.place(unit), self.metros[target].place
        return distance_km(place.latitude, place.longitude, other.latitude, other.longitude)

    def _near(self, unit: Unit, taken: set[str]) -> MatchLink | None:
        """Join by distance and population, to a metropolis that no other unit names."""
        place = self.place(unit)
        for km, key in self.index.near(place, 12.0):
            people = self.metros[key].place.population
            if key in taken or not place.population or not people:
                continue
            ratio = place.population / people
            if 0.4 <= ratio <= 2.5:
                taken.add(key)
                why = f"no name in common, {km:.0f} km apart, population ratio {ratio:.2f}"
                return MatchLink(unit.key, key, 0.74, "accept", "distance+population", why)
        return None

    def _share(self, accepted: list[tuple[Unit, str, MatchLink, str]]) -> None:
        """One main unit per metropolis, system, vintage and scale; every other one is part of it.

        By scale, for a greater city and the city in it are in one list.
        """
        groups: dict[tuple[str, ...], list[tuple[Unit, str, MatchLink, str]]] = defaultdict(list)
        for row in accepted:
            groups[row[1], row[0].system, row[0].vintage, row[0].scale].append(row)
        for (target, *_), group in sorted(groups.items()):
            people = self.metros[target].place.population

            def order(
                row: tuple[Unit, str, MatchLink, str], people: float | None = people
            ) -> tuple:
                unit, _, link, by = row
                near = abs((unit.population or 0) - (people or 0)) if unit.population else 0
                return (by == "reviewer", -round(link.score, 1), near, -link.score, unit.code)

            for n, (unit, _, link, by) in enumerate(sorted(group, key=order)):
                inner = unit.scale in ("city", "greater_city") and link.method in (
                    "code",
                    "code+distance",
                )
                main = n == 0 and not inner
                relation = _relation(unit, people) if main else "part_of"
                self._join(unit, relation, link, by)
                if unit.own:
                    self.numbers.setdefault(unit.own, target)
                if main:
                    self._know(unit, target)

    def _know(self, unit: Unit, target: str) -> None:
        """A metropolis is also found under the names of the units on it."""
        place = self.metros[target].place
        known = replace(place, names=self.place(unit).names, aliases=())
        if unit.scale in ("fua", "metro_region", "agglomeration", "urban_centre"):
            self.index.add(known)

    def _join(self, unit: Unit, relation: str, link: MatchLink, by: str) -> None:
        self.joined.append(
            Joined(unit, str(link.target), relation, link.method, link.why, by, link.candidates)
        )

    def _by_id(self, decision: ReviewDecision, unit: Unit) -> str:
        """The metropolis that a decision names, as `system:vintage:code` of its founder."""
        if decision.metro_id in self.metros:
            return decision.metro_id
        known = {m.metro_id: k for k, m in self.metros.items() if m.metro_id}
        if decision.metro_id not in known:
            raise RegistryError(
                f"catalog/metros/review.csv: {unit.key} is decided to be '{decision.metro_id}', "
                "which is no metropolis; correct the id or remove the row."
            )
        return known[decision.metro_id]


def _relation(unit: Unit, people: float | None) -> str:
    """What the main unit of a system is to a metropolis of that many inhabitants.

    One of three times the population is wider, one of a third is narrower, whatever its scale.
    """
    ratio = unit.population / people if unit.population and people else 1.0
    if RELATION[unit.scale] != "close" or 1 / 3 < ratio < 3:
        return RELATION[unit.scale]
    return "broad" if ratio >= 3 else "narrow"
