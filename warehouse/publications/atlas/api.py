"""The static API: each metropolis and each indicator as JSON and CSV, stated by OpenAPI.

A metropolis is one JSON file with its whole series and one CSV file with the newest figure of each; an
indicator is one JSON file that says what it is and one CSV file with its figures. Nothing depends on the
language. `/api/v1/index.json` lists all; `/api/v1/openapi.json` states the schemas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from warehouse.publications.atlas.metropolis import territories
from warehouse.publications.atlas.read import AtlasRelease, Row

VERSION = "v1"
CSV = (
    *("indicator_id", "scale", "system", "vintage", "unit_id", "period", "value", "unit"),
    *("obs_status", "source_id", "dataset"),
)
_RUN = ("series", "first_year", "last_year")
TERRITORY = ("scale", "system", "vintage", "unit_id", "population", "year", "area")
_GOVERNANCE = (
    *(
        "body",
        "model",
        "year_created",
        "legal_form",
        "legal_basis",
        "legal_citation",
        "n_municipalities",
    ),
    *("head_selection", "assembly_selection", "assembly_seats", "levies_taxes", "status"),
)


def metro(release: AtlasRelease, metro_id: str) -> Row:
    """One metropolis: its names, territories, series with what decides comparability, and government."""
    m = release.metros[metro_id]
    p = release.profiles.get(metro_id)
    return {
        "release": release.name,
        "metro_id": metro_id,
        "names": {
            "en": m["name"],
            **{k: m[f"name_{k}"] for k in ("ca", "es", "fr", "local") if m.get(f"name_{k}")},
        },
        "iso2": m["iso2"],
        "iso3": m["iso3"],
        "latitude": m["latitude"],
        "longitude": m["longitude"],
        "metropolis_member": m.get("metropolis_member"),
        **_series(release, metro_id),
        "peers": [r["peer_id"] for r in release.peers.get(metro_id, ())],
        "governance": {k: p[k] for k in _GOVERNANCE if k in p} if p else None,
    }


def _series(release: AtlasRelease, metro_id: str) -> Row:
    """Territories, classes of comparison and series; a series names the first two by their place."""
    lands = [
        {k: int(t[k]) if k == "population" and t[k] else t[k] for k in TERRITORY}
        for t in territories(release, metro_id)
    ]
    places = {(t["unit_id"], t["vintage"]): n for n, t in enumerate(lands)}
    classes: dict[tuple, int] = {}
    series = []
    for r in release.figures.get(metro_id, ()):
        unit = (r["unit_id"], r["vintage"])
        if unit not in places:
            places[unit] = len(lands)
            lands.append({k: r.get(k) for k in TERRITORY})
        runs = []
        for c in release.classes.get(r["series"], ()):
            said = tuple((k, v) for k, v in c.items() if k not in _RUN and v is not None)
            runs.append([c["first_year"], c["last_year"], classes.setdefault(said, len(classes))])
        series.append(
            {
                "indicator_id": r["indicator_id"],
                "territory": places[unit],
                "unit": r["unit"],
                "source": f"{r['source_id']}/{r['dataset']}",
                "points": [_point(*p) for p in release.series.of(r["series"])],
                "runs": runs,
            }
        )
    return {"territories": lands, "classes": [dict(c) for c in classes], "series": series}


def _point(period: str, value: float, status: str) -> list[Any]:
    """A whole number without its point, and the status only where it is not A (normal)."""
    number = int(value) if value == int(value) else value
    return [period, number] if status == "A" else [period, number, status]


def indicator(release: AtlasRelease, indicator_id: str) -> Row:
    """One indicator: what it is in four languages, and where its figures are."""
    i = release.indicators[indicator_id]
    langs = ("ca", "es", "fr", "en")
    return {
        "release": release.name,
        "indicator_id": indicator_id,
        "theme": i["theme"],
        "title": {k: i[f"title_{k}"] for k in langs},
        "definition": {k: i[f"definition_{k}"] for k in langs},
        "unit": i["unit"],
        "direction": i["direction"],
        "sdg": i["sdg"],
        "nua": i["nua"],
        "caveats": {k: i.get(f"caveats_{k}") for k in langs},
        "metropolises": i["metropolises"] or 0,
        "figures": f"{indicator_id}.csv",
    }


ROOT = f"api/{VERSION}"


def _json(value: Any) -> bytes:
    import orjson

    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


def files(
    release: AtlasRelease, take: Callable[[Iterable[str]], Iterable[str]] = iter
) -> Iterator[tuple[str, bytes]]:
    """(path, content) of the files of each metropolis and each indicator, or of those that `take` takes."""
    for metro_id in take(release.metros):
        yield f"{ROOT}/metro/{metro_id}.json", _json(metro(release, metro_id))
        yield (
            f"{ROOT}/metro/{metro_id}.csv",
            _csv(([r[c] for c in CSV] for r in release.figures.get(metro_id, ())), CSV),
        )
    for indicator_id in take(release.indicators):
        yield f"{ROOT}/indicator/{indicator_id}.json", _json(indicator(release, indicator_id))
        header = ("metro_id", *CSV[1:], "rank", "rank_of")
        rows = ([r[c] for c in header] for r in release.by_indicator.get(indicator_id, ()))
        yield f"{ROOT}/indicator/{indicator_id}.csv", _csv(rows, header)


def whole(release: AtlasRelease) -> Iterator[tuple[str, bytes]]:
    """(path, content) of the files that list all, and state what the API answers."""
    import orjson

    yield (
        f"{ROOT}/index.json",
        _json(
            {
                "release": release.name,
                "metros": [
                    {"metro_id": k, "name": m["name"], "iso3": m["iso3"]}
                    for k, m in release.metros.items()
                ],
                "indicators": [
                    {"indicator_id": k, "title": i["title_en"], "figures": bool(i["metropolises"])}
                    for k, i in release.indicators.items()
                ],
            }
        ),
    )
    yield (
        f"{ROOT}/openapi.json",
        orjson.dumps(openapi(release.name), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE),
    )


def _csv(rows, header: tuple[str, ...]) -> bytes:
    import csv
    import io

    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def openapi(release: str) -> Row:
    """What the API answers, as OpenAPI 3.1 (its schemas are JSON Schema 2020-12)."""
    text, number = {"type": "string"}, {"type": ["number", "null"]}
    maybe = {"type": ["string", "null"]}
    languages = {"type": "object", "additionalProperties": text}

    def answer(name: str, says: str) -> Row:
        schema = {"$ref": f"#/components/schemas/{name}"}
        ok = {"description": says, "content": {"application/json": {"schema": schema}}}
        return {"200": ok, "404": {"description": "There is no such identifier."}}

    def path(name: str, parameter: str, says: str) -> Row:
        given = {"name": parameter, "in": "path", "required": True, "schema": text}
        return {
            "get": {
                "summary": says,
                "operationId": name.lower(),
                "parameters": [given],
                "responses": answer(name, says),
            }
        }

    series = {
        "indicator_id": text,
        "territory": {"type": "integer", "description": "Its place in territories, from 0."},
        "unit": text,
        "source": {"type": "string", "description": "source_id/dataset, as in table source."},
        "points": {
            "description": "Period, value, and the SDMX observation status where it is not A (F is a projection).",
            "type": "array",
            "items": {
                "type": "array",
                "prefixItems": [text, {"type": "number"}, text],
                "minItems": 2,
                "maxItems": 3,
            },
        },
        "runs": {
            "description": "First year, last year and, by its place in classes, what decides what these years may be compared with.",
            "type": "array",
            "items": {"type": "array", "items": {"type": "integer"}, "minItems": 3, "maxItems": 3},
        },
    }
    territory = {
        "scale": text,
        "system": text,
        "vintage": text,
        "unit_id": text,
        "population": number,
        "year": maybe,
        "area": number,
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "World Observatory of Metropolitan Areas",
            "version": release,
            "description": "Static files, made with the atlas of a release. A figure without its scale, system and vintage means nothing.",
            "license": {
                "name": "CC BY 4.0 for what is compiled; each figure keeps the licence of its source",
                "url": "https://creativecommons.org/licenses/by/4.0/",
            },
        },
        "servers": [{"url": f"/api/{VERSION}"}],
        "paths": {
            "/index.json": {
                "get": {
                    "summary": "All identifiers",
                    "operationId": "index",
                    "responses": answer("Index", "All identifiers"),
                }
            },
            "/metro/{metro_id}.json": path("Metro", "metro_id", "One metropolis"),
            "/indicator/{indicator_id}.json": path("Indicator", "indicator_id", "One indicator"),
        },
        "components": {
            "schemas": {
                "Index": _object(
                    {
                        "release": text,
                        "metros": _list({"metro_id": text, "name": text, "iso3": maybe}),
                        "indicators": _list(
                            {"indicator_id": text, "title": text, "figures": {"type": "boolean"}}
                        ),
                    }
                ),
                "Metro": _object(
                    {
                        "release": text,
                        "metro_id": text,
                        "names": languages,
                        "iso2": maybe,
                        "iso3": maybe,
                        "latitude": number,
                        "longitude": number,
                        "metropolis_member": {"type": ["boolean", "null"]},
                        "territories": _list(territory),
                        "classes": {
                            "description": "What decides what may be compared; see table comparability_class.",
                            "type": "array",
                            "items": {"type": "object"},
                        },
                        "series": _list(series),
                        "peers": {"type": "array", "items": text},
                        "governance": {"type": ["object", "null"]},
                    }
                ),
                "Indicator": _object(
                    {
                        "release": text,
                        "indicator_id": text,
                        "theme": text,
                        "title": languages,
                        "definition": languages,
                        "unit": text,
                        "direction": maybe,
                        "sdg": maybe,
                        "nua": maybe,
                        "caveats": {**languages, "additionalProperties": maybe},
                        "metropolises": {"type": "integer"},
                        "figures": {
                            "description": "The CSV file with its newest figures, beside this one.",
                            "type": "string",
                        },
                    }
                ),
            }
        },
    }


def _object(properties: Row) -> Row:
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
    }


def _list(properties: Row) -> Row:
    return {"type": "array", "items": _object(properties)}
