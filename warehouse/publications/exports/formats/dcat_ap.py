"""DCAT-AP 3.0 (SEMIC) as JSON-LD: a catalogue with one dataset per indicator and one per table.

Every address is relative to this file where the release states no home page, so that the catalogue
is right wherever the exports are served together. Terms of the EU vocabularies are declared beside
their use, as the range shapes of DCAT-AP ask.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from warehouse.publications.citation import dumps
from warehouse.publications.exports.formats import json_stat
from warehouse.publications.model import LANGUAGES, Release, TableDescription

TITLE = "DCAT-AP 3 as JSON-LD: a catalogue, one dataset per indicator and per table"
EU = "http://publications.europa.eu/resource/authority/"
IANA = "https://www.iana.org/assignments/media-types/"
CONTEXT = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
LANGUAGE = {"ca": "CAT", "es": "SPA", "fr": "FRA", "en": "ENG"}
# Themes of the observatory in the data themes of the EU; what is not listed is regions and cities.
THEMES = {
    "governance": "GOVE",
    "sustainable_development": "ENVI",
    "mobility": "TRAN",
    "social_cohesion": "SOCI",
    "economy": "ECON",
    "demography": "SOCI",
}
THEME_NAMES = {
    "REGI": "Regions and cities",
    "GOVE": "Government and public sector",
    "ENVI": "Environment",
    "TRAN": "Transport",
    "SOCI": "Population and society",
    "ECON": "Economy and finance",
}
FORMATS = {
    "csv": (f"{EU}file-type/CSV", f"{IANA}text/csv"),
    "json": (f"{EU}file-type/JSON", f"{IANA}application/json"),
    "parquet": (f"{EU}file-type/PARQUET", f"{IANA}application/vnd.apache.parquet"),
}


def write(release: Release, folder: Path) -> None:
    """Write `catalog.jsonld`."""
    (folder / "catalog.jsonld").write_text(dumps(catalog(release)), encoding="utf-8")


def catalog(release: Release) -> dict[str, Any]:
    """The whole graph as JSON-LD 1.1."""
    datasets = [*_of_indicators(release), *(_of_table(release, t) for t in release.tables.values())]
    about = release.about
    context: dict[str, Any] = dict(CONTEXT)
    if about["homepage"]:
        base = about["homepage"].rstrip("/")
        context["@base"] = f"{base}/publications/{release.name}/exports/dcat-ap/catalog.jsonld"
    graph = [
        {
            "@id": "#catalog",
            "@type": "dcat:Catalog",
            "dct:title": _texts(about["title"]),
            "dct:description": _texts(about["description"]),
            "dct:publisher": _ref("#publisher"),
            "dct:license": _ref(about["licence_url"]),
            "dct:language": [_ref(f"{EU}language/{LANGUAGE[x]}") for x in LANGUAGES],
            "dct:issued": _day(release.date),
            "dct:modified": _day(release.date),
            "dcat:themeTaxonomy": _ref(f"{EU}data-theme"),
            "dcat:dataset": [_ref(d["@id"]) for d in datasets],
            **({"foaf:homepage": _ref(about["homepage"])} if about["homepage"] else {}),
        },
        {"@id": "#publisher", "@type": "foaf:Agent", "foaf:name": about["publisher"]},
        *datasets,
        *_terms(release),
    ]
    if about["contact"]:
        contact = {"@id": "#contact", "@type": "vcard:Kind", "vcard:fn": about["publisher"]}
        graph.append({**contact, "vcard:hasEmail": _ref(f"mailto:{about['contact']}")})
    return {"@context": context, "@graph": graph}


def _of_indicators(release: Release) -> list[dict[str, Any]]:
    """One dataset per indicator with figures; its distributions are its JSON-stat datasets."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for p in release.sql(
        f"""
        select {", ".join(json_stat.BY)}, count(*) as figures, min(period_start) as first_day,
            max(period_end) as last_day, list(distinct source_id || '/' || dataset) as datasets,
            list(distinct m.iso3) as countries
        from observation join metro as m using (metro_id) where recorded_to is null
        group by all order by all
        """
    ).to_pylist():
        parts.setdefault(p["indicator_id"], []).append(p)
    made = []
    for i in release.rows("indicator"):
        if not (own := parts.get(i["indicator_id"])):
            continue
        used = {d for p in own for d in p["datasets"]}
        made.append(
            {
                **_dataset(release, f"indicator-{i['indicator_id']}", i["theme"]),
                "dct:title": _texts({x: i[f"title_{x}"] for x in LANGUAGES}),
                "dct:description": _texts(
                    {
                        x: " ".join(filter(None, (i[f"definition_{x}"], i[f"caveats_{x}"])))
                        for x in LANGUAGES
                    }
                ),
                "dct:temporal": {
                    "@type": "dct:PeriodOfTime",
                    "dcat:startDate": _day(min(p["first_day"] for p in own).isoformat()),
                    "dcat:endDate": _day(max(p["last_day"] for p in own).isoformat()),
                },
                "dct:spatial": [
                    _ref(f"{EU}country/{c}")
                    for c in sorted({c for p in own for c in p["countries"]})
                ],
                "dcat:distribution": [
                    _distribution(
                        release,
                        f"../json-stat/{quote(json_stat.file_name([p[c] for c in json_stat.BY]))}",
                        "json",
                        f"{p['scale']}, {p['system']} {p['vintage']}: {p['figures']} figures",
                        used,
                    )
                    for p in own
                ],
            }
        )
    return made


def _of_table(release: Release, table: TableDescription) -> dict[str, Any]:
    parquet = _distribution(
        release,
        f"../data-package/parquet/{table.name}.parquet",
        "parquet",
        f"{table.name} as Parquet",
        set(table.licences),
    )
    parquet["dcat:byteSize"] = {
        "@value": str(table.path.stat().st_size),
        "@type": "xsd:nonNegativeInteger",
    }
    if digest := release.digests.get(f"parquet/{table.name}.parquet"):
        parquet["spdx:checksum"] = {
            "@type": "spdx:Checksum",
            "spdx:algorithm": _ref("spdx:checksumAlgorithm_sha256"),
            "spdx:checksumValue": {"@value": digest, "@type": "xsd:hexBinary"},
        }
    as_csv = _distribution(
        release,
        f"../data-package/csv/{table.name}.csv",
        "csv",
        f"{table.name} as CSV",
        set(table.licences),
    )
    return {
        **_dataset(release, f"table-{table.name}", ""),
        "dct:title": _texts({"en": f"Table {table.name}, release {release.name}"}),
        "dct:description": _texts({"en": table.meaning}),
        "dcat:distribution": [parquet, as_csv],
    }


def _dataset(release: Release, name: str, theme: str) -> dict[str, Any]:
    contact = {"dcat:contactPoint": _ref("#contact")} if release.about["contact"] else {}
    return {
        "@id": f"#{name}",
        "@type": "dcat:Dataset",
        "dct:identifier": name,
        "dct:publisher": _ref("#publisher"),
        "dct:creator": _ref("#publisher"),
        "dct:issued": _day(release.date),
        "dcat:version": release.name,
        "dct:language": [_ref(f"{EU}language/{LANGUAGE[x]}") for x in LANGUAGES],
        "dcat:theme": [
            _ref(f"{EU}data-theme/{t}") for t in sorted({"REGI", THEMES.get(theme, "REGI")})
        ],
        "dcat:keyword": [{"@value": k, "@language": "en"} for k in release.about["keywords"]],
        "dct:accrualPeriodicity": _ref(f"{EU}frequency/IRREG"),
        "dct:accessRights": _ref(f"{EU}access-right/PUBLIC"),
        **contact,
    }


def _distribution(
    release: Release, url: str, form: str, title: str, datasets: set[str]
) -> dict[str, Any]:
    file_type, media_type = FORMATS[form]
    sources = [s for s in release.sources if f"{s['source_id']}/{s['dataset']}" in datasets]
    licences = {s["licence_url"] for s in sources if s["licence_url"]}
    one = next(iter(licences)) if len(licences) == 1 else None
    made: dict[str, Any] = {
        "@type": "dcat:Distribution",
        "dct:title": {"@value": title, "@language": "en"},
        "dcat:accessURL": _ref(url),
        "dcat:downloadURL": _ref(url),
        "dct:format": _ref(file_type),
        "dcat:mediaType": _ref(media_type),
        "dcatap:availability": _ref("http://data.europa.eu/r5r/availability/stable"),
        "dct:license": _ref(one or ("#licences" if licences else release.about["licence_url"])),
    }
    if sources:
        made["dct:rights"] = {
            "@type": "dct:RightsStatement",
            "rdfs:label": {"@value": "\n".join(s["credit"] for s in sources), "@language": "en"},
        }
    return made


def _terms(release: Release) -> list[dict[str, Any]]:
    """The types of the terms that the graph refers to."""
    about = release.about
    licences = {s["licence_url"] for s in release.sources if s["licence_url"]}
    countries = release.sql("select distinct iso3 from metro order by all")["iso3"].to_pylist()
    names = {r["iso3"]: r["country"] for r in release.rows("metro")}

    def concept(iri: str, label: str) -> dict[str, Any]:
        return {"@id": iri, "@type": "skos:Concept", "skos:prefLabel": _texts({"en": label})}

    return [
        *(
            {"@id": f"{EU}language/{code}", "@type": "dct:LinguisticSystem"}
            for code in LANGUAGE.values()
        ),
        *(
            {"@id": iri, "@type": ["dct:MediaType", "dct:MediaTypeOrExtent"]}
            for pair in FORMATS.values()
            for iri in pair
        ),
        {"@id": f"{EU}frequency/IRREG", "@type": "dct:Frequency"},
        {"@id": f"{EU}access-right/PUBLIC", "@type": "dct:RightsStatement"},
        {
            "@id": f"{EU}data-theme",
            "@type": "skos:ConceptScheme",
            "dct:title": {"@value": "Data theme", "@language": "en"},
        },
        *(concept(f"{EU}data-theme/{c}", label) for c, label in THEME_NAMES.items()),
        concept("http://data.europa.eu/r5r/availability/stable", "stable"),
        {"@id": "spdx:checksumAlgorithm_sha256", "@type": "spdx:ChecksumAlgorithm"},
        *(
            {
                "@id": f"{EU}country/{c}",
                "@type": "dct:Location",
                "skos:prefLabel": _texts({"en": names[c]}),
            }
            for c in countries
        ),
        *(
            {"@id": url, "@type": "dct:LicenseDocument"}
            for url in sorted({about["licence_url"], *licences})
        ),
        {
            "@id": "#licences",
            "@type": "dct:LicenseDocument",
            "dct:title": {"@value": "Several licences, one per dataset", "@language": "en"},
            "dct:description": {
                "@value": "Each figure keeps the licence of its dataset: see the rights statement "
                "of the distribution, and table source.",
                "@language": "en",
            },
        },
    ]


def _ref(iri: str) -> dict[str, str]:
    return {"@id": iri}


def _day(day: str) -> dict[str, str]:
    return {"@value": day, "@type": "xsd:date"}


def _texts(by: dict[str, str]) -> list[dict[str, str]]:
    return [{"@value": text, "@language": lang} for lang, text in sorted(by.items())]
