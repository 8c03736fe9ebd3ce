"""How a release is cited: one entry, written as BibTeX, CSL JSON, CFF and Zenodo's metadata.

CFF 1.2.0 (citation-file-format.github.io), CSL 1.0.2 (citationstyles.org), the metadata of a Zenodo
deposit (developers.zenodo.org, legacy record).
"""

from __future__ import annotations

import json
from typing import Any

from warehouse.publications.model import Release

MESSAGE = (
    "Cite the release as below, and the sources of the figures that you use: LICENCES.md has the "
    "attribution of each, ready to paste."
)


def sentence(release: Release) -> str:
    """The citation as one sentence, after DataCite's recommended order."""
    year = release.date[:4]
    where = f" {release.about['homepage']}" if release.about.get("homepage") else ""
    title, publisher = _title(release), release.about["publisher"]
    return f"{publisher} ({year}): {title}. Release {release.name}. Data set.{where}"


def bibtex(release: Release) -> str:
    """The entry for BibTeX and BibLaTeX (type `misc`, which every style knows)."""
    about = release.about
    fields = {
        "author": f"{{{about['publisher']}}}",
        "title": f"{{{_title(release)}}}",
        "year": release.date[:4],
        "month": str(int(release.date[5:7])),
        "version": release.name,
        "publisher": about["publisher"],
        "howpublished": "Data set",
        "note": f"Release {release.name}, licence {about['licence']}",
    }
    if about.get("homepage"):
        fields["url"] = about["homepage"]
    lines = [f"  {k} = {{{v}}}" for k, v in fields.items()]
    key = f"observatory_{release.name.replace('.', '_')}"
    return f"@misc{{{key},\n" + ",\n".join(lines) + "\n}\n"


def csl(release: Release) -> list[dict[str, Any]]:
    """The entry as CSL JSON, for Zotero, pandoc and citation processors."""
    about = release.about
    entry = {
        "id": f"observatory-{release.name}",
        "type": "dataset",
        "title": _title(release),
        "author": [{"literal": about["publisher"]}],
        "publisher": about["publisher"],
        "issued": {"date-parts": [[int(x) for x in release.date.split("-")]]},
        "version": release.name,
        "abstract": release.text("description"),
        "language": "en",
    }
    if about.get("homepage"):
        entry["URL"] = about["homepage"]
    return [entry]


def cff(release: Release) -> str:
    """The entry as `CITATION.cff` 1.2.0, with the datasets that figures come from as references."""
    import yaml

    about = release.about
    author = [{"name": about["publisher"]}]
    entry: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": MESSAGE,
        "type": "dataset",
        "title": _title(release),
        "abstract": release.text("description"),
        "authors": author,
        "version": release.name,
        "date-released": release.date,
        "license": about["licence"],
        "keywords": about["keywords"],
    }
    if about.get("homepage"):
        entry["url"] = about["homepage"]
    references = [_reference(source) for source in release.used]
    if references:
        entry["references"] = references
    return yaml.safe_dump(entry, sort_keys=False, allow_unicode=True, width=100)


def zenodo(release: Release) -> dict[str, Any]:
    """The metadata of a deposit, as `.zenodo.json`; the DOI is Zenodo's to give.

    The published schema knows no version, so the title and the notes have it.
    """
    about = release.about
    credits = "".join(f"<li>{_html(s['credit'])}</li>" for s in release.used)
    listed = f"<p>Figures come from:</p><ul>{credits}</ul>" if credits else ""
    return {
        "upload_type": "dataset",
        "title": f"{_title(release)}, release {release.name}",
        "description": f"<p>{_html(release.text('description'))}</p>{listed}",
        "creators": [{"name": about["publisher"]}],
        "publication_date": release.date,
        "access_right": "open",
        "license": about["licence"].lower(),
        "keywords": about["keywords"],
        "notes": f"Release {release.name}. Each figure keeps the licence of its dataset; see LICENCES.md.",
    }


def dumps(content: object) -> str:
    """JSON as all files here have it."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _title(release: Release) -> str:
    return f"{release.text('title')}: indicators of metropolitan areas"


def _reference(source: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "type": "data",  # what the format has for the datasets that an entry refers to
        "title": f"{source['title']} ({source['dataset']})",
        "authors": [{"name": source["provider_title"]}],
        "notes": source["credit"],
    }
    # The list of licences in CFF 1.2.0 is older than the IGO ones of SPDX.
    if source["spdx"] and not source["spdx"].endswith("-IGO"):
        entry["license"] = source["spdx"]
    elif source["licence_url"]:
        entry["license-url"] = source["licence_url"]
    if source["retrieved"]:
        entry["date-accessed"] = source["retrieved"]
    if str(source["homepage"] or "").startswith(("http://", "https://")):
        entry["url"] = source["homepage"]
    return entry


def _html(text: str) -> str:
    from html import escape

    return escape(text, quote=False)
