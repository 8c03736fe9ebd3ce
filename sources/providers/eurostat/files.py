"""Any file of Eurostat as source records: SDMX-CSV 1.0 and 2.0, TSV new and old, JSON-stat 2.0."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa

from sources.errors import Invalid
from sources.formats import delimited, envelope, eurostat_tsv, sdmx_csv, text
from sources.formats import jsonstat as eurostat_jsonstat
from sources.providers.eurostat.ask import BASE
from sources.records import records


def read(path: Path, dataset: str | None = None) -> pa.Table:
    """Source records of any file of Eurostat, its format recognised from the content.

    An honestly empty JSON-stat answer has 0 rows. Raises `SourceError` for everything else that
    holds no records, and where the file names another dataset than `dataset`.
    """
    path = Path(path)
    raw = text.load(path)
    kind = text.sniff(raw)
    if kind not in ("json", "xml", "text"):
        raise Invalid(
            f"{path.name} is a {kind} file: download the dataset as SDMX-CSV, TSV or JSON instead."
        )
    raw = text.decode(raw, path)
    table = _read(raw, kind, path)
    inside = records.about(table).dataset
    if dataset and inside and inside.lower() != dataset.lower():
        raise Invalid(
            f"{path.name} holds the dataset {inside}, not {dataset}: check which file this is."
        )
    return table


def _read(raw: bytes, kind: text.Kind, path: Path) -> pa.Table:
    if kind == "json":
        return eurostat_jsonstat.read(raw, path)
    if kind == "xml":
        envelope.refuse_xml(raw, path)
    line = delimited.first_line(raw)
    if sdmx_csv.is_sdmx_csv(line) or b"OBS_VALUE" in line:
        return sdmx_csv.read(raw, path, "eurostat")
    if eurostat_tsv.is_tsv(line):
        return eurostat_tsv.read(raw, path)
    envelope.refuse_sentence(raw, path)
    if re.search(rb';"?y?[12]\d{3}', line):
        raise Invalid(
            f"{path.name} is a custom download of the Data Browser (labels and formatted numbers "
            "in the place of codes and figures): download the dataset as SDMX-CSV instead, such as "
            f"{BASE}/sdmx/2.1/data/CODE?format=SDMX-CSV&label=both with the dataset's code."
        )
    raise Invalid(
        f"{path.name} has none of Eurostat's headers (it begins '{text.excerpt(line)}'): "
        "download the dataset as SDMX-CSV, TSV or JSON."
    )
