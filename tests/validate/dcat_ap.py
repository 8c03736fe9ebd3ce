"""DCAT-AP 3.0.1: the published SHACL shapes by pyshacl; every download is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.validate.common import current, edit_json, published

BY = "pyshacl with the SHACL, shapes, range and deprecated-URI files of DCAT-AP 3.0.1"
SHAPES = ("dcat-ap-SHACL", "shapes", "range", "deprecateduris")


def check(folder: Path, release: Path) -> list[str]:
    """Sentences about what breaks a shape, and about downloads and datasets that are not there."""
    import pyshacl
    import rdflib

    path = folder / "catalog.jsonld"
    graph = rdflib.Graph()
    try:
        graph.parse(path, format="json-ld", publicID=path.absolute().as_uri())
    except Exception as error:
        return [f"catalog.jsonld cannot be read: {str(error)[:200]}"]
    found = []
    for name in SHAPES:
        shapes = rdflib.Graph().parse(published(f"dcat_ap/3.0.1_{name}.ttl"), format="turtle")
        conforms, _, text = pyshacl.validate(
            graph, shacl_graph=shapes, advanced=True, allow_warnings=True
        )
        if not conforms:
            message = [line.strip() for line in text.splitlines() if "Message" in line]
            found.append(f"{name}: {message[0] if message else text[:200]}")
    dcat = rdflib.Namespace("http://www.w3.org/ns/dcat#")
    for url in sorted(set(graph.objects(None, dcat.downloadURL))):
        file = Path(unquote(str(url).removeprefix("file://")))
        if str(url).startswith("file:") and not file.is_file():
            found.append(f"{file.name}, which the catalogue gives as a download, is not there.")
    parquet = [p.stem for p in (release / "parquet").glob("*.parquet")]
    expected = len(set(current(release)["indicator_id"].to_pylist())) + len(parquet)
    datasets = set(graph.objects(None, dcat.dataset))
    if len(datasets) != expected:
        found.append(f"the catalogue lists {len(datasets)} datasets, the release has {expected}.")
    return found


def _nodes(content: Any, kind: str) -> list[dict[str, Any]]:
    return [n for n in content["@graph"] if n.get("@type") == kind]


def _of(kind: str, change):
    return lambda f: edit_json(f / "catalog.jsonld", lambda d: change(_nodes(d, kind)[0]))


def _untyped(content: Any) -> None:
    content["@graph"] = [n for n in content["@graph"] if n.get("@type") != "dct:LinguisticSystem"]


FAULTS = {
    "a catalogue without title": _of("dcat:Catalog", lambda n: n.pop("dct:title")),
    "a dataset without description": _of("dcat:Dataset", lambda n: n.pop("dct:description")),
    "an address that is a text": _of(
        "dcat:Dataset",
        lambda n: n["dcat:distribution"][0].update({"dcat:accessURL": "somewhere"}),
    ),
    "a language without its type": lambda f: edit_json(f / "catalog.jsonld", _untyped),
    "a download that is not there": _of(
        "dcat:Dataset",
        lambda n: n["dcat:distribution"][0].update({"dcat:downloadURL": {"@id": "../no.json"}}),
    ),
    "a dataset left out": _of("dcat:Catalog", lambda n: n["dcat:dataset"].pop()),
    "broken JSON": lambda f: (f / "catalog.jsonld").write_text(
        json.dumps({"@context": 1, "@graph": []})
    ),
}
