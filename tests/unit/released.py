"""A small release with the traps of the real one, for the tests of what is made from a release.

Codes with `:` and `|`, text with quotes, commas and line breaks, a missing value, several sexes and
ages, two delineations of one metropolis, a revision, a projection, several licences.
"""

from __future__ import annotations

import datetime
import functools
import shutil
import tempfile
from pathlib import Path

import pyarrow as pa
from rows import MOMENT, observations, rows
from world import computed

from catalog.languages import languages
from catalog.models.headline import load as headline_order
from warehouse import release, store, tables
from warehouse.home import Home
from warehouse.methods.headline import headline
from warehouse.tables.comparison import of_theme

WIDE = of_theme("economy", (("gdp", "GDP", "USD_PPP_2015"),))
STATEMENTS = {t.name: t for t in [*tables.stated().values(), WIDE]}
LANGUAGES = ("ca", "es", "fr", "en")
METROS = (
    ("es-barcelona", "Barcelona", "ES", "ESP", "Spain", "Europe", 41.38879, 2.15899, True),
    ("gr-athens", "Athens", "GR", "GRC", "Greece", "Europe", 37.98376, 23.72784, True),
    ("ve-barcelona", "Barcelona", "VE", "VEN", "Venezuela", "Americas", 10.13625, -64.68618, False),
    ("na-windhoek", 'Windhoek, "the capital"', "NA", "NAM", "Namibia", "Africa", None, None, False),
)
TITLES = {
    "population": ("Població", "Población", "Population", "Population"),
    "gdp": ("Producte interior brut", "Producto interior bruto", "PIB", "Gross domestic product"),
    "employment_rate": ("Taxa d'ocupació", "Tasa de empleo", "Taux d'emploi", "Employment rate"),
    "green_area_share": ("Zones verdes", "Zonas verdes", "Espaces verts", "Green areas"),
}
THEMES = {"population": "demography", "gdp": "economy", "employment_rate": "social_cohesion"}
UNITS = {
    "population": "PERSON",
    "gdp": "USD_PPP_2015",
    "employment_rate": "PERCENT",
    "green_area_share": "PERCENT",
}


def figures(revised: bool = False) -> pa.Table:
    """Population with a revision and a projection, GDP at two delineations, rates by sex and age."""
    given = []
    oecd = {"source_id": "oecd", "dataset": "cities_population"}
    for n, (metro, *_) in enumerate(METROS):
        unit = {"metro_id": metro, "unit_id": f"oecd_fua:XX00{n}", "indicator_id": "population"}
        for year in range(2010, 2019):
            value = 1_000_000.0 * (n + 1) + 1234.5 * (year - 2010)
            given.append({**unit, **oecd, "unit": "PERSON", "period": str(year), "value": value})
        given.append(
            {
                **{**unit, **oecd, "unit": "PERSON", "period": "2030", "value": 2e6 + n},
                **{"obs_status": "F", "provenance": "carrier"},
            }
        )
    first = given[0]
    given.append({**first, "value": 7.25, "recorded_from": MOMENT.replace(year=2023)})
    given[-1]["recorded_to"] = MOMENT
    for vintage, value in (("2012", 10.5), ("2024", 11.5)):
        given.append(
            {
                **{"metro_id": "es-barcelona", "unit_id": "oecd_fua:XX000", "vintage": vintage},
                **{"indicator_id": "gdp", "unit": "USD_PPP_2015", "period": "2018"},
                **{"source_id": "oecd", "dataset": "cities_gdp", "value": value},
            }
        )
    for sex in ("_T", "F", "M"):
        for age in ("Y15T64", "_T"):
            given.append(
                {
                    **{"metro_id": "gr-athens", "unit_id": "eurostat_metro:EL001M"},
                    **{"system": "eurostat_metro", "vintage": "NUTS2021", "scale": "metro_region"},
                    **{"indicator_id": "employment_rate", "unit": "PERCENT", "period": "2018"},
                    **{"source_id": "eurostat", "dataset": "met_lfe3emprt", "sex": sex, "age": age},
                    **{"value": None if sex == "M" else 61.3, "flags": "" if sex == "F" else "bu"},
                    **{"obs_status": "O" if sex == "M" else "A", "lower": 60.0, "upper": 62.5},
                }
            )
    for n, name in enumerate(("NA|Windhoek", "VE|Barcelona, Anzoátegui")):
        given.append(
            {
                **{"metro_id": METROS[3 - n][0], "unit_id": f"sp_trn_publ:{name}"},
                **{"system": "sp_trn_publ", "vintage": "2020", "scale": "urban_centre"},
                **{"indicator_id": "green_area_share", "unit": "PERCENT", "period": "2020"},
                **{"source_id": "un_habitat", "dataset": "green", "value": 12.0 + n},
            }
        )
    given.append(
        {
            **{"metro_id": "gr-athens", "unit_id": "oecd_fua:XX001", "period": "2020"},
            **{"indicator_id": "green_area_share", "unit": "PERCENT", "value": 20.0},
            **{"source_id": "un_habitat", "dataset": "green"},
        }
    )
    if revised:
        again = {**first, "value": 999_999.0, "recorded_from": MOMENT.replace(year=2026)}
        first["recorded_to"] = MOMENT.replace(year=2026)
        given += [again, {**first, "period": "2019", "value": 5.5, "recorded_to": None}]
    return observations(given)


def build(home: Home, *, revised: bool = False, date: str = "2026.11.23") -> Path:
    """Publish the small release into `home`; the folder."""
    seen = figures(revised)
    indicator = rows(
        tables.of("indicator"),
        [
            {
                **{"indicator_id": i, "theme": THEMES.get(i, "land_use"), "unit": UNITS[i]},
                **{f"title_{x}": t for x, t in zip(LANGUAGES, TITLES[i], strict=True)},
                **{
                    f"definition_{x}": f"{t}: definition."
                    for x, t in zip(LANGUAGES, TITLES[i], strict=True)
                },
                **{"direction": "higher", "kind": "source", "sdg": "11.3.1", "figures": 1},
                **{
                    "metropolises": 1,
                    "provenance": "upstream",
                    "availability": "there are figures",
                },
                **{f"caveats_{x}": f'Read "this" ({x}), first.\nThen that.' for x in languages()},
            }
            for i in TITLES
        ],
    )
    names = ("metro_id", "name", "iso2", "iso3", "country", "region", "latitude", "longitude")
    metro = rows(
        tables.of("metro"),
        [dict(zip((*names, "metropolis_member"), m, strict=True)) for m in METROS],
        subregion="part",
    )
    listed = [
        ("oecd", "cities_population", "OECD terms and conditions of 2018 (reuse with attribution)"),
        ("oecd", "cities_gdp", "CC BY 4.0 (OECD terms since 2024)"),
        ("eurostat", "met_lfe3emprt", "CC BY 4.0 (Eurostat reuse policy)"),
        ("un_habitat", "green", "CC BY 4.0"),
    ]
    made = {
        "observation": seen,
        **computed(seen, metro, indicator, WIDE),
        "known_issue": rows(
            tables.of("known_issue"),
            [
                {
                    **{"issue_id": "oecd.zero", "source_id": "oecd", "origin": "stated"},
                    **{"dataset": "cities_population", "action": "kept_out"},
                    **{
                        f"{part}_{x}": f"{said} ({x})."
                        for x in languages()
                        for part, said in (
                            ("figures", "Athens, 2014"),
                            ("fault", "A zero <is> served"),
                            ("evidence", "The series"),
                            ("done", "Left out"),
                        )
                    },
                    "since": datetime.date(2026, 11, 23),
                },
                {
                    **{"issue_id": "a_list.rule", "source_id": "a_list", "origin": "rule"},
                    **{"indicator_id": "population", "number": 1234, "action": "marked"},
                    "told_on": datetime.date(2027, 1, 2),
                },
            ],
        ),
        "accounting": rows(
            tables.of("accounting"),
            [{"source_id": s, "dataset": d, "balanced": True} for s, d, _ in listed],
        ),
        "indicator": indicator,
        "metro": metro,
        "spatial_unit": rows(
            tables.of("spatial_unit"),
            [
                {
                    **{"unit_id": u["unit_id"], "system": u["system"], "vintage": u["vintage"]},
                    **{"scale": u["scale"], "code": u["unit_id"].split(":", 1)[1], "name": "n"},
                }
                for u in seen.select(["unit_id", "system", "vintage", "scale"])
                .group_by(["unit_id", "system", "vintage", "scale"])
                .aggregate([])
                .to_pylist()
            ],
        ),
        "unit": rows(
            tables.of("unit"),
            [
                {"unit": u, "name": n, "symbol": s, "dimension": d, "multiplier": 1.0}
                for u, n, s, d in (
                    ("PERSON", "persons", "", "count"),
                    ("USD_PPP_2015", "US dollars, 2015 prices and PPPs", "$", "money"),
                    ("PERCENT", "per cent", "%", "share"),
                )
            ],
        ),
        "scale": rows(
            tables.of("scale"),
            [
                {"scale": s, "size_order": n, "name": s, "meaning": s, "metropolitan": True}
                for n, s in enumerate(("urban_centre", "fua", "metro_region"))
            ],
        ),
        "status": rows(
            tables.of("status"),
            [
                {"provider": "sdmx", "flag": s, "obs_status": s, "precedence": n, "meaning": m}
                for n, (s, m) in enumerate(
                    (("A", "Normal value"), ("F", "Forecast"), ("O", "Missing value"))
                )
            ],
        ),
        "snapshot": rows(
            tables.of("snapshot"),
            [{"source_id": s, "dataset": d, "snapshot_id": d} for s, d, _ in listed],
        ),
        "source": rows(
            tables.of("source"),
            [
                {
                    **{
                        "source_id": s,
                        "dataset": d,
                        "provider_title": s.upper(),
                        "title": f"Table {d}",
                    },
                    **{"licence": licence, "licence_url": "https://example.org/licence"},
                    **{"attribution": f"Source: {s}", "provenance": "upstream"},
                    **{"redistributable": True, "homepage": "https://example.org/"},
                }
                for s, d, licence in listed
            ],
        ),
    }
    made["observation"] = _of_snapshots(made["observation"])
    made["latest"] = _of_snapshots(made["latest"])
    made["headline"] = headline(made["latest"], indicator, made["source"], headline_order())
    for name, statement in STATEMENTS.items():
        store.write(made.get(name, store.empty(statement)), statement, home.table(name))
    paths = {n: home.table(n) for n in STATEMENTS}
    return release.build(home, date=date, tables=paths, statements=STATEMENTS)


def _of_snapshots(table: pa.Table) -> pa.Table:
    place = table.schema.get_field_index("snapshot_id")
    return table.set_column(place, table.schema.field(place), table["dataset"])


@functools.cache
def _home() -> Home:
    return Home(Path(tempfile.mkdtemp(prefix="released-")))


@functools.cache
def first() -> Path:
    """The small release, built once per process; only to be read."""
    return build(_home())


@functools.cache
def second() -> Path:
    """The release after it, in which a figure is revised and one is new; only to be read."""
    first()
    return build(_home(), revised=True, date="2026.11.24")


def copied(folder: Path) -> Path:
    """A copy of the small release in `folder`."""
    return Path(shutil.copytree(first(), folder / first().name))


def put(home: Home, made: Path) -> Path:
    """A copy of a release as the current one of a home."""
    folder = Path(shutil.copytree(made, home.releases / made.name))
    (home.releases / "current").unlink(missing_ok=True)
    (home.releases / "current").symlink_to(made.name)
    return folder
