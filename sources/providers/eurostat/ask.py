"""How Eurostat is asked: Statistics API, SDMX 2.1, SDMX 3.0; addresses only, no network.

The live base is `https://ec.europa.eu/eurostat/api/dissemination`; Comext datasets (`ds-...`) have
a base of their own.
"""

from __future__ import annotations

from sources.errors import Invalid
from sources.transport.request import Request

HOSTS: tuple[str, ...] = ("ec.europa.eu",)
BASE = "https://ec.europa.eu/eurostat/api/dissemination"
COMEXT = "https://ec.europa.eu/eurostat/api/comext/dissemination"
MAX_URL = 2000
_SDMX21 = ("startPeriod", "endPeriod", "firstNObservations", "lastNObservations", "detail")
_RENAMED = {"sinceTimePeriod": "startPeriod", "untilTimePeriod": "endPeriod"}
_SUFFIX = {"JSON": "json", "SDMX-CSV": "csv", "TSV": "tsv"}
# What a request says besides the codes of dimensions.
_PLAIN = ("format", "lang", "label", "labels", "key", "returnData")
_STATISTICS = ("lastTimePeriod", "geoLevel", "time")  # only the Statistics API knows these

Options = dict[str, str | list[str]]


def request(dataset: str, options: Options) -> Request:
    """How to fetch a dataset; without options all of it, as SDMX-CSV with codes and labels.

    Options are Eurostat's own names. `format`: `SDMX-CSV` (default), `TSV`, `JSON`, or `csvdata`
    (SDMX 3.0). A filter by dimension (`metroreg: [ES002M, ES001MC]`) goes to the Statistics API,
    which takes dimensions in any order; `key` (`A.KM2.TOTAL.`) goes to SDMX 2.1. Where the address
    would be longer than Eurostat answers (414), the longest filters are left out: more comes back,
    nothing is missing. Raises `Invalid` where options cannot go together.
    """
    chosen = dict(options)
    made = exact(dataset, chosen)
    while length(made) > MAX_URL and filters(chosen):
        longest = max(filters(chosen), key=lambda name: len("".join(chosen[name])))
        if "format" not in chosen:
            chosen["format"] = "JSON"
        del chosen[longest]
        made = exact(dataset, chosen)
    if length(made) > MAX_URL:
        raise Invalid(
            f"The address for {dataset} would have {length(made)} characters, Eurostat answers up "
            f"to about {MAX_URL}: leave the key out and fetch the whole dataset."
        )
    return made


def exact(dataset: str, options: Options) -> Request:
    """The request for these options, however long its address is."""
    options = dict(options)
    form = form_of(options)
    options.pop("format", None)
    base = COMEXT if dataset.lower().startswith("ds-") else BASE
    if form.upper() == "JSON" and "key" not in options:
        return _statistics(base, dataset, options)
    if form == "csvdata":
        return _sdmx3(base, dataset, options)
    if form in _SUFFIX:
        return _sdmx21(base, dataset, form, options)
    raise Invalid(f"Eurostat has no format '{form}' that is read here: use SDMX-CSV or JSON.")


def form_of(options: Options) -> str:
    """The format that these options ask for."""
    named = filters(options) or any(name in _STATISTICS for name in options)
    return str(options.get("format", "JSON" if named else "SDMX-CSV"))


def length(made: Request) -> int:
    """Characters of the whole address."""
    return len(made.url) + sum(len(k) + len(v) + 2 for k, v in made.params)


def filters(options: Options) -> list[str]:
    """The options that name a dimension."""
    known = (*_SDMX21, *_RENAMED, *_PLAIN, *_STATISTICS)
    return [name for name in options if name not in known]


def _statistics(base: str, dataset: str, options: Options) -> Request:
    options = {"format": "JSON", "lang": "EN"} | options
    code = dataset.lower()
    url = f"{base}/statistics/1.0/data/{code}"
    back = {new: old for old, new in _RENAMED.items()}
    return Request(url, f"{code}.json", _pairs({back.get(k, k): v for k, v in options.items()}))


def _sdmx21(base: str, dataset: str, form: str, options: Options) -> Request:
    key = str(options.pop("key", ""))
    names = sorted([*filters(options), *(n for n in options if n in _STATISTICS)])
    if names:
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
