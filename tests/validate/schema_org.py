"""schema.org Dataset: extruct takes it out of the page; the rules of search engines of datasets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.validate.common import current

BY = "extruct 0.18, the properties that search engines of datasets ask for"
NEEDED = (
    *("name", "description", "license", "creator", "distribution", "temporalCoverage"),
    *("spatialCoverage", "variableMeasured"),
)
PERIOD = re.compile(r"\d{4}-\d\d-\d\d/\d{4}-\d\d-\d\d")


def check(folder: Path, release: Path) -> list[str]:
    """Sentences about datasets that a search engine would refuse or misread."""
    import extruct

    page = (folder / "index.html").read_text("utf-8")
    try:
        found = extruct.extract(page, syntaxes=["json-ld"], uniform=True)["json-ld"]
    except Exception as error:
        return [f"index.html: {type(error).__name__}: {str(error)[:150]}"]
    datasets = [n for top in found for n in top.get("@graph", [top]) if n.get("@type") == "Dataset"]
    if not datasets:
        return ["index.html carries no Dataset."]
    said = [problem for d in datasets for problem in _dataset(d, folder)]
    parts = {d["@id"].removeprefix("#") for d in datasets}
    if parts != {"release", *current(release)["indicator_id"].to_pylist()}:
        said.append("the datasets are not the release and the indicators that have figures.")
    return said


def _dataset(d: dict[str, Any], folder: Path) -> list[str]:
    name = d.get("@id", "a dataset")
    said = [f"{name} has no {p}." for p in NEEDED if not d.get(p)]
    if not 50 <= len(d.get("description") or "") <= 5000:
        said.append(f"{name}: the description has {len(d.get('description') or '')} characters.")
    if not PERIOD.fullmatch(d.get("temporalCoverage") or ""):
        said.append(f"{name}: temporalCoverage is {d.get('temporalCoverage')!r}.")
    for item in d.get("distribution") or []:
        url = item.get("contentUrl") or ""
        if not url:
            said.append(f"{name}: a distribution has no contentUrl.")
        elif "://" not in url and not (folder / unquote(url)).is_file():
            said.append(f"{name}: {url} is not there.")
    return said


def _page(old: str, new: str):
    def plant(folder: Path) -> None:
        path = folder / "index.html"
        text = path.read_text("utf-8")
        assert old in text, old
        path.write_text(text.replace(old, new, 1), "utf-8")

    return plant


FAULTS = {
    "no licence": _page('"license"', '"licence"'),
    "a distribution without address": _page('"contentUrl"', '"url"'),
    "a download that is not there": _page("../json-stat/", "../json/"),
    "a period in words": _page('"temporalCoverage": "', '"temporalCoverage": "since '),
    "JSON that ends early": _page("</script>", "]</script>"),
    "an indicator left out": _page(
        '"@type": "Dataset",\n   "license"', '"@type": "Data",\n   "license"'
    ),
}
