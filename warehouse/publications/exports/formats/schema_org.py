"""schema.org Dataset as JSON-LD, for search engines: the release and one dataset per indicator.

After what search engines of datasets read: name, description of 50 to 5,000 characters, licence,
creator, distribution, temporal and spatial coverage, the variable that is measured. `index.html`
carries the same in a page, as crawlers expect it.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from warehouse.publications import citation
from warehouse.publications.exports.formats import json_stat
from warehouse.publications.model import Release

TITLE = "schema.org Dataset as JSON-LD, for search engines of datasets"


def write(release: Release, folder: Path) -> None:
    """Write `dataset.jsonld`, and `index.html` that carries it."""
    made = citation.dumps(graph(release))
    (folder / "dataset.jsonld").write_text(made, encoding="utf-8")
    title = escape(release.text("title"))
    inside = made.replace("</", "<\\/")  # the text may not end the element that carries it
    (folder / "index.html").write_text(
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        f'<script type="application/ld+json">\n{inside}</script></head>\n'
        f"<body><h1>{title}</h1><p>{escape(release.text('description'))}</p>"
        f"<p>{escape(citation.sentence(release))}</p></body></html>\n",
        encoding="utf-8",
    )


def graph(release: Release) -> dict[str, Any]:
    """The release as one Dataset whose parts are the indicators."""
    parts = [_indicator(release, p) for p in _covered(release)]
    periods = [p["temporalCoverage"].split("/") for p in parts]
    about = release.about
    whole = {
        **_common(release),
        "@id": "#release",
        "name": f"{release.text('title')}, release {release.name}",
        "alternateName": [about["title"][x] for x in ("ca", "es", "fr")],
        "description": (
            f"{release.text('description')} {len(release.indicators)} indicators; each figure "
            "describes one territory, and only figures of one scale, system and delineation compare."
        ),
        "distribution": [
            _download("../data-package/datapackage.json", "application/json"),
            *(
                _download(f"../data-package/parquet/{t}.parquet", "application/vnd.apache.parquet")
                for t in ("latest", "observation")
                if t in release.tables
            ),
        ],
        "spatialCoverage": {"@type": "Place", "name": "World"},
        "variableMeasured": [p["variableMeasured"] for p in parts],
        "hasPart": [{"@id": p["@id"]} for p in parts],
        "citation": citation.sentence(release),
    }
    if periods:
        whole["temporalCoverage"] = f"{min(a for a, _ in periods)}/{max(b for _, b in periods)}"
    return {"@context": "https://schema.org/", "@graph": [whole, *parts]}


def _covered(release: Release) -> list[dict[str, Any]]:
    return release.sql(
        f"""
        select i.*, p.* exclude (indicator_id), u.name as unit_name
        from (
            select indicator_id, min(period_start)::varchar as first_day,
                max(period_end)::varchar as last_day,
                list(distinct {{{", ".join(f"'{c}': {c}" for c in json_stat.BY)}}}) as files,
                list(distinct source_id || '/' || dataset order by source_id || '/' || dataset)
                    as datasets,
                list(distinct m.country order by m.country) as countries
            from observation join metro as m using (metro_id) where recorded_to is null
            group by indicator_id
        ) as p
        join indicator as i using (indicator_id) left join unit as u using (unit)
        order by indicator_id
        """
    ).to_pylist()


def _indicator(release: Release, row: dict[str, Any]) -> dict[str, Any]:
    used = set(row["datasets"])
    sources = [s for s in release.sources if f"{s['source_id']}/{s['dataset']}" in used]
    urls = sorted({s["licence_url"] for s in sources if s["licence_url"]})
    definition = " ".join(filter(None, (row["definition_en"], row["caveats_en"])))
    if len(definition) < 50:
        definition = f"{row['title_en']} of metropolitan areas of the world. {definition}"
    files = sorted(json_stat.file_name([f[c] for c in json_stat.BY]) for f in row["files"])
    return {
        **_common(release),
        "@id": f"#{row['indicator_id']}",
        "name": f"{row['title_en']} of metropolitan areas",
        "alternateName": [row[f"title_{x}"] for x in ("ca", "es", "fr")],
        "description": definition[:5000],
        "isPartOf": {"@id": "#release"},
        "license": urls or release.about["licence_url"],
        "creditText": "\n".join(s["credit"] for s in sources),
        "temporalCoverage": f"{row['first_day']}/{row['last_day']}",
        "spatialCoverage": [{"@type": "Place", "name": c} for c in row["countries"]],
        "variableMeasured": {
            "@type": "PropertyValue",
            "name": row["title_en"],
            "propertyID": row["indicator_id"],
            "unitText": row["unit_name"] or row["unit"],
        },
        "distribution": [_download(f"../json-stat/{f}", "application/json") for f in files],
    }


def _common(release: Release) -> dict[str, Any]:
    about = release.about
    maker = {"@type": "Organization", "name": about["publisher"]}
    return {
        "@type": "Dataset",
        "license": about["licence_url"],
        "creator": maker,
        "publisher": maker,
        "version": release.name,
        "datePublished": release.date,
        "inLanguage": ["ca", "es", "fr", "en"],
        "isAccessibleForFree": True,
        "keywords": about["keywords"],
        **({"url": about["homepage"]} if about["homepage"] else {}),
    }


def _download(url: str, media_type: str) -> dict[str, str]:
    return {"@type": "DataDownload", "contentUrl": url, "encodingFormat": media_type}
