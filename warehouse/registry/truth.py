"""Truth sets: pairs of codes that are known to be one metropolis, or known not to be.

They are frozen as data in `catalog/metros/truth` and made anew only by `observatory registry
truth`, never by a build. Their rules were changed after measurements: see `quality_page.CHANGES`.
"""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from warehouse.registry import cities, europe, europe_lists, read
from warehouse.registry.countries import BORDER, KIN, countries
from warehouse.registry.gazetteer import NaturalEarth, natural_earth
from warehouse.registry.matching.match import Place as _Place
from warehouse.registry.matching.match import compact, distance_km, names_of
from warehouse.registry.unit import RegistryError, Unit

TRUTH = Path(__file__).parents[2] / "catalog" / "metros" / "truth"
# Country and distance come first: a pair farther apart than this is no truth, whoever says so.
NEAR_KM = 60.0


@dataclass(frozen=True, order=True)
class Pair:
    """Two codes and whether they are one metropolis (`same`); `role`: tune, holdout, must_reject.

    `system` is the one that is measured: how well its units find the metropolis of the others.
    """

    set: str
    role: str
    iso2: str
    system: str
    code: str
    vintage: str
    other_system: str
    other_code: str
    other_vintage: str

    @property
    def one(self) -> tuple[str, str, str]:
        """(system, code, vintage) of the unit that is measured."""
        return self.system, self.code, self.vintage

    @property
    def other(self) -> tuple[str, str, str]:
        """(system, code, vintage) of the unit whose metropolis it must or must not share."""
        return self.other_system, self.other_code, self.other_vintage


def role(iso2: str) -> str:
    """The half of a country, by the hash of its code: frozen, and blind to what is in it."""
    return "tune" if hashlib.sha256(f"truth:{iso2}".encode()).digest()[0] % 2 else "holdout"


def read_all(folder: Path = TRUTH) -> list[Pair]:
    """Every frozen pair; `RegistryError` where a file lacks a column or there is none."""
    found = []
    names = [f.name for f in fields(Pair)]
    for path in sorted(folder.glob("*.csv")):
        if path.name == "sets.csv":
            continue
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if list(reader.fieldnames or ()) != names[1:]:
                raise RegistryError(
                    f"truth/{path.name}: its columns must be {','.join(names[1:])}."
                )
            found += [Pair(path.stem, *(r[n] for n in names[1:])) for r in reader]
    if not found:
        raise RegistryError(f"{folder}: no truth set there; run `observatory registry truth DIR`.")
    return found


def freeze(sources: Path, out: Path = TRUTH) -> list[str]:
    """Write every set that may be redistributed, and say how many pairs each has."""
    out.mkdir(parents=True, exist_ok=True)
    said = []
    names = [f.name for f in fields(Pair)][1:]
    for title, pairs in sets(sources).items():
        with (out / f"{title}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(names)
            writer.writerows(astuple(p)[1:] for p in sorted(pairs))
        said.append(f"{title}: {len(pairs)} pairs")
    return said


def sets(sources: Path) -> dict[str, list[Pair]]:
    """All sets by name; what each rests on is in `truth/sets.csv`."""
    agglomerations, places = read.wup(sources), natural_earth(sources)
    labelled = list(_labelled(agglomerations, places))
    fuas, centres = europe.fuas(sources), read.ghsl(sources)
    # One unit per code: a country's own delineation bears the same label.
    habitat = [u for u in cities.unhabitat(sources) if u.vintage != cities.NATIONAL]
    unsd = cities.unsd(sources)
    oecd = [*read.oecd_2012(sources)[0], *read.oecd_2024(sources)]
    locals_ = europe_lists.local_units(sources)
    labels = _labels(habitat, agglomerations)
    return {
        "geonames": [
            _pair("geonames", "tune", u, ("geonames", ne.geonameid, "current"))
            for u, ne in labelled
            if ne.geonameid.isdigit()
        ],
        "wikidata": [
            _pair("wikidata", role(u.iso2), u, ("wikidata", ne.wikidata, "current"))
            for u, ne in labelled
            if ne.wikidata
        ],
        "ghsl_centres": _centres(labelled, centres),
        "metro_regions": _regions(sources, fuas, locals_),
        "oecd_areas": _numbers(oecd, fuas),
        "eurostat_cities": _cities(sources, locals_, fuas),
        "unhabitat_labels": labels,
        "unsd_codes": [
            Pair("unsd_codes", p.role, p.iso2, *_key(u), *p.other)
            for p in labels
            for u in unsd
            if u.code == p.code
        ],
        "namesakes": _namesakes([*oecd, *centres, *habitat, *unsd], agglomerations),
    }


def _key(u: Unit) -> tuple[str, str, str]:
    return u.system, u.code, u.vintage


def _pair(title: str, kind: str, u: Unit, gazetteer: tuple[str, str, str]) -> Pair:
    return Pair(title, kind, u.iso2, *gazetteer, *_key(u))


def _labelled(units: list[Unit], places: list[NaturalEarth]) -> Iterable[tuple[Unit, NaturalEarth]]:
    """Agglomerations whose label, unique in the country, Natural Earth writes beside its place."""
    by_label = defaultdict(list)
    for u in units:
        by_label[u.iso2, compact(u.name)].append(u)
    for ne in places:
        found = by_label.get((ne.place.country, compact(ne.mega)), [])
        if ne.mega and len(found) == 1 and _km(found[0], ne.place) <= NEAR_KM:
            yield found[0], ne


def _km(u: Unit | _Place, other: Unit | _Place) -> float:
    km = distance_km(u.latitude, u.longitude, other.latitude, other.longitude)
    return 9e9 if km is None else km


def _alike(a: Unit, b: Unit, factor: float) -> bool:
    return bool(a.population and b.population) and (
        1 / factor <= a.population / b.population <= factor  # type: ignore[operator]
    )


def _centres(labelled: list[tuple[Unit, NaturalEarth]], centres: list[Unit]) -> list[Pair]:
    """The largest centre within 15 km of the place's point, of a like population (factor 3)."""
    by_country = defaultdict(list)
    for c in centres:
        by_country[c.iso2].append(c)
    made = []
    for u, ne in labelled:
        near = [c for c in by_country[u.iso2] if _km(c, ne.place) <= 15]
        best = max(near, key=lambda c: (c.population or 0, c.code), default=None)
        if best is not None and _alike(best, u, 3):
            made.append(Pair("ghsl_centres", role(u.iso2), u.iso2, *_key(best), *_key(u)))
    return made


def _regions(sources: Path, fuas: list[Unit], locals_: list[dict]) -> list[Pair]:
    """Same number, and all of the city's local units in NUTS 3 regions of the metro region."""
    parts = europe_lists.metro_parts(sources)
    nuts = defaultdict(set)
    for u in locals_:
        if u["fua"] and (u["city"] or u["greater_city"]):
            nuts[u["fua"]].add(u["nuts3"])
    known = {u.own: u for u in europe.metro_regions(sources) if u.vintage == "NUTS2021" and u.own}
    made = []
    for f in fuas:
        region = known.get(f.own)
        if region is None or not nuts[f.code]:
            continue
        if nuts[f.code] <= parts.get(region.code, set()):
            made.append(Pair("metro_regions", role(f.iso2), f.iso2, *_key(region), *_key(f)))
    return made


def _steady(oecd: list[Unit], fuas: list[Unit]) -> set[tuple[str, str]]:
    """(country, edition of the OECD) whose numbers mean the same areas as in the list of 2019.

    By population alone: at most a tenth of the country's numbers may differ by more than a factor
    of 1.5. Elsewhere numbers were given anew, and a number is no truth.
    """
    known = {f.own: f for f in fuas if f.population}
    shared: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for u in oecd:
        if u.own in known and u.population:
            shared[u.iso2, u.vintage].append(_alike(u, known[u.own], 1.5))
    return {k for k, alike in shared.items() if sum(alike) >= 0.9 * len(alike)}


def _numbers(oecd: list[Unit], fuas: list[Unit]) -> list[Pair]:
    """Same Urban Audit number, steady in the country, and populations within a factor of 1.5."""
    known, steady = {f.own: f for f in fuas}, _steady(oecd, fuas)
    return [
        Pair("oecd_areas", role(u.iso2), u.iso2, *_key(u), *_key(known[u.own]))
        for u in oecd
        if (u.iso2, u.vintage) in steady and u.own in known and _alike(u, known[u.own], 1.5)
    ]


def _cities(sources: Path, locals_: list[dict], fuas: list[Unit]) -> list[Pair]:
    """Cities since 2020 and the functional urban area of 2019 that their local units lie in.

    The code list holds both generations of codes; a city is the same where its number and its
    label are, for numbers were given anew.
    """
    labels = europe.codelist(sources / "eurostat" / "codelists" / "cities.dic")
    lies = {u["city"]: u["fua"] for u in locals_ if u["city"] and u["fua"]}
    known = {f.code: f for f in fuas}
    return [
        Pair("eurostat_cities", role(c.iso2), c.iso2, *_key(c), *_key(known[lies[f"{c.code}1"]]))
        for c in europe.cities(sources)
        if f"{c.code}1" in lies
        and compact(labels.get(f"{c.code}1", "")) == compact(labels.get(c.code, "?"))
    ]


def _labels(habitat: list[Unit], agglomerations: list[Unit]) -> list[Pair]:
    """The label of the UN's own list, letter for letter, unique in the country on both sides."""
    ours, theirs = defaultdict(list), defaultdict(list)
    for u in agglomerations:
        theirs[u.iso2, u.name].append(u)
    for h in habitat:
        ours[h.iso2, h.name].append(h)
    return [
        Pair("unhabitat_labels", role(k[0]), k[0], *_key(found[0]), *_key(theirs[k][0]))
        for k, found in ours.items()
        if len(found) == 1 and len(theirs.get(k, [])) == 1
    ]


def _namesakes(units: list[Unit], agglomerations: list[Unit]) -> list[Pair]:
    """A unit and an agglomeration of another country that bears the same name: never one."""
    by_name = defaultdict(set)
    for n, u in enumerate(agglomerations):
        for name, quality in names_of(_Place(u.key, u.iso2, (u.name,))).items():
            if quality >= 0.94:
                by_name[name].add(n)
    made = set()
    for u in units:
        kin = {u.iso2, *KIN.get(u.iso2, ()), *BORDER.get(u.iso2, ())}
        for n in by_name.get(compact(u.name), ()):
            other = agglomerations[n]
            if other.iso2 not in kin and u.iso2 in countries():
                made.add(Pair("namesakes", "must_reject", u.iso2, *_key(u), *_key(other)))
    return sorted(made)
