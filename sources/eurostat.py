"""Eurostat: SDMX-CSV 1.0 and 2.0, TSV new and old, JSON-stat 2.0, and how to ask for them.

The live base is `https://ec.europa.eu/eurostat/api/dissemination`; Comext datasets (`ds-...`) have
a base of their own. Dimension names are Eurostat's (`freq`, `unit`, `metroreg`, `cities`, ...).
"""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa

from sources import delimited, envelope, eurostat_jsonstat, eurostat_tsv, records, sdmx_csv, text
from sources.errors import Invalid
from sources.request import Request

HOSTS: tuple[str, ...] = ("ec.europa.eu",)
BASE = "https://ec.europa.eu/eurostat/api/dissemination"
COMEXT = "https://ec.europa.eu/eurostat/api/comext/dissemination"
_MAX_URL = 2000
_SDMX21 = ("startPeriod", "endPeriod", "firstNObservations", "lastNObservations", "detail")
_RENAMED = {"sinceTimePeriod": "startPeriod", "untilTimePeriod": "endPeriod"}
_SUFFIX = {"JSON": "json", "SDMX-CSV": "csv", "TSV": "tsv"}

Options = dict[str, str | list[str]]


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


def request(dataset: str, options: Options) -> Request:
    """How to fetch a dataset; without options all of it, as SDMX-CSV with codes and labels.

    Options are Eurostat's own names. `format`: `SDMX-CSV` (default), `TSV`, `JSON`, or `csvdata`
    (SDMX 3.0). A filter by dimension (`metroreg: [ES002M, ES001MC]`) goes to the Statistics API,
    which takes dimensions in any order; `key` (`A.KM2.TOTAL.`) goes to SDMX 2.1. Raises `Invalid`
    where options cannot go together or the address would be too long to be answered.
    """
    options = dict(options)
    form = str(options.pop("format", "JSON" if _filters(options) else "SDMX-CSV"))
    base = COMEXT if dataset.lower().startswith("ds-") else BASE
    if form.upper() == "JSON" and "key" not in options:
        made = _statistics(base, dataset, options)
    elif form == "csvdata":
        made = _sdmx3(base, dataset, options)
    elif form in _SUFFIX:
        made = _sdmx21(base, dataset, form, options)
    else:
        raise Invalid(f"Eurostat has no format '{form}' that is read here: use SDMX-CSV or JSON.")
    length = len(made.url) + sum(len(k) + len(v) + 2 for k, v in made.params)
    if length > _MAX_URL:
        raise Invalid(
            f"The address for {dataset} would have {length} characters, Eurostat answers up to "
            f"about {_MAX_URL}: leave the filter out and fetch the whole dataset."
        )
    return made


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


def _filters(options: Options) -> bool:
    known = (*_SDMX21, *_RENAMED, "format", "lang", "label", "labels", "key", "returnData")
    return any(name not in known for name in options)


def _statistics(base: str, dataset: str, options: Options) -> Request:
    options = {"format": "JSON", "lang": "EN"} | options
    code = dataset.lower()
    url = f"{base}/statistics/1.0/data/{code}"
    back = {new: old for old, new in _RENAMED.items()}
    return Request(url, f"{code}.json", _pairs({back.get(k, k): v for k, v in options.items()}))


def _sdmx21(base: str, dataset: str, form: str, options: Options) -> Request:
    key = str(options.pop("key", ""))
    if _filters(options):
        names = sorted(k for k in options if _filters({k: options[k]}))
        raise Invalid(
            f"Eurostat's {form} takes no filter by name ({', '.join(names)}): "
            "give 'key' with the codes in the dataset's order, or the format JSON."
        )
    url = f"{base}/sdmx/2.1/data/{dataset.upper()}" + (f"/{key}" if key else "")
    chosen = {_RENAMED.get(k, k): v for k, v in options.items()}
    defaults = {"label": "both", "lang": "en"} if form == "SDMX-CSV" else {}
    params = {"format": form} | defaults | chosen | {"compressed": "true"}
    return Request(url, f"{dataset.lower()}.{_SUFFIX[form]}.gz", _pairs(params))


def _sdmx3(base: str, dataset: str, options: Options) -> Request:
    key = str(options.pop("key", ""))
    url = f"{base}/sdmx/3.0/data/dataflow/ESTAT/{dataset.upper()}/1.0" + (f"/{key}" if key else "")
    since, until = options.pop("startPeriod", ""), options.pop("endPeriod", "")
    since, until = (
        options.pop("sinceTimePeriod", since),
        options.pop("untilTimePeriod", until),
    )
    bounds = [f"{sign}:{word}" for sign, word in (("ge", since), ("le", until)) if word]
    params: Options = {"c[TIME_PERIOD]": "+".join(bounds)} if bounds else {}
    plain = {"lang": str(options.pop("lang", "en")), "labels": str(options.pop("labels", "both"))}
    for name, codes in options.items():
        params[f"c[{name}]"] = codes if isinstance(codes, str) else ",".join(codes)
    params |= {"format": "csvdata", "formatVersion": "2.0", **plain, "compress": "true"}
    return Request(url, f"{dataset.lower()}.csv.gz", _pairs(params))


def _pairs(options: Options) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, word)
        for name, words in options.items()
        for word in ([words] if isinstance(words, str) else words)
    )
