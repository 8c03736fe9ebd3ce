"""OECD: OECD.Stat CSV (until 2024) and SDMX-CSV of sdmx.oecd.org, and how to ask for them.

OECD.Stat pairs each code column with a label column (`METRO_ID`, `Metropolitan areas`); the code
columns keep their names as dimensions, `Unit Code`, `PowerCode Code` and `Reference Period Code`
among them. Rows of countries are in the same column as metropolitan areas.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pyarrow as pa

from sources.errors import Invalid, SourceError
from sources.formats import delimited, envelope, sdmx_csv, text
from sources.records import keys, records
from sources.transport.request import Request

if TYPE_CHECKING:
    from sources.transport.http import Client

HOSTS: tuple[str, ...] = ("sdmx.oecd.org",)
PUBLIC = "https://sdmx.oecd.org/public/rest/data"
ARCHIVE = "https://sdmx.oecd.org/archive/rest/data"
# Our dataset names and the dataflows behind them; others are asked for with the option `flow`.
_FLOWS = {
    **dict.fromkeys(
        ("cities_gdp", "cities_population", "cities_population_age", "cities_income"),
        (ARCHIVE, "OECD,DF_CITIES,1.0"),
    ),
    "fua_economy": (PUBLIC, "OECD.CFE.EDS,DSD_FUA_ECO@DF_ECONOMY,1.1"),
    "fua_age_sex": (PUBLIC, "OECD.CFE.EDS,DSD_FUA_DEMO@DF_AGE_SEX,1.2"),
    "fua_dependency": (PUBLIC, "OECD.CFE.EDS,DSD_FUA_DEMO@DF_DEPEND,1.2"),
    "fua_density": (PUBLIC, "OECD.CFE.EDS,DSD_FUA_TERR@DF_DENSITY,1.1"),
}
# The archive keeps four of our datasets in one dataflow: each asks for its own variables. The order
# (METRO_ID, VAR) is that of its files of April 2018; no answer of the archive was read yet.
_KEYS = {
    "cities_gdp": ".GDP+GDP_PC+GDP_SHARE+LABOUR_PRODUCTIVITY",
    "cities_population": ".POP+POP_CORE+POP_DENS+POP_HINTER+POP_SHARE",
    "cities_population_age": (
        ".POP_0_14+POP_15_64+POP_65MORE+POP_DEP_RATIO_OLD+POP_DEP_RATIO_YOUNG"
    ),
    "cities_income": ".ENTROPY_1000M+EQU_HOU_DISP_INC+GINI_INC",
}
_PAIRED = ("Unit Code", "PowerCode Code", "Reference Period Code")
_TIME = ("TIME", "TIME_PERIOD", "YEAR", "YEA")


def read(path: Path, dataset: str | None = None) -> pa.Table:
    """Source records of an OECD file, its format recognised from the content.

    `dataset` is our own name and is in no file: it is not compared. Raises `SourceError` for
    everything that is no OECD data.
    """
    path = Path(path)
    raw = text.load(path)
    kind = text.sniff(raw)
    if kind not in ("json", "xml", "text"):
        raise Invalid(f"{path.name} is a {kind} file: download the dataset as CSV with labels.")
    raw = text.decode(raw, path)
    if kind == "xml":
        envelope.refuse_xml(raw, path)
    if kind == "json":
        _refuse_json(raw, path)
    line = delimited.first_line(raw)
    if sdmx_csv.is_sdmx_csv(line):
        return sdmx_csv.read(raw, path, "oecd")
    names = delimited.names(raw, delimited.separator(raw))
    if "Value" in names and "Flag Codes" in names:
        return _oecd_stat(raw, names, path, dataset)
    envelope.refuse_sentence(raw, path)
    raise Invalid(
        f"{path.name} has none of OECD's headers (it begins '{text.excerpt(line)}'): expected "
        "SDMX-CSV (STRUCTURE, ...) or OECD.Stat CSV with the columns Value and Flag Codes."
    )


def request(dataset: str, options: dict[str, str | list[str]]) -> Request:
    """How to fetch a dataset: one of our names, or any dataflow by the option `flow`.

    `flow` is `AGENCY,DSD@DATAFLOW,VERSION`, `key` the codes in the dataflow's order (default: all that the dataset is);
    `startPeriod`, `endPeriod`, `lastNObservations` and the like pass through. Raises `Invalid` for
    an unknown name without `flow`.
    """
    options = dict(options)
    base, flow = _FLOWS.get(dataset, (PUBLIC, ""))
    flow = str(options.pop("flow", flow))
    if not re.fullmatch(r"[A-Za-z0-9_.]+,[A-Za-z0-9_@.]+,[0-9.]*", flow):
        raise Invalid(
            f"OECD has no dataset '{dataset}' that is known here: give the option 'flow' as "
            "AGENCY,DSD@DATAFLOW,VERSION, as the Data Explorer's developer page shows it."
        )
    key = str(options.pop("key", _KEYS.get(dataset, "all")))
    params = {
        "dimensionAtObservation": "AllDimensions",
        "format": "csvfilewithlabels",
    } | options
    pairs = tuple(
        (name, word)
        for name, words in params.items()
        for word in ([words] if isinstance(words, str) else words)
    )
    return Request(f"{base}/{flow}/{key}", f"{dataset}.csv", pairs)


def signal(dataset: str, options: dict[str, str | list[str]], client: Client) -> str | None:
    """Since when the present data stand, as the dataflow's actual content constraint says.

    Source: OECD, "API best practices and recommendations": `validFrom` of the constraint `CR_A_...`.
    """
    url = request(dataset, options).url
    base, _, flow = url.rpartition("/")[0].rpartition("/")
    agency, name, version = flow.split(",")
    asked = Request(
        f"{base.removesuffix('/data')}/contentconstraint/{agency}/CR_A_{name}/{version}".rstrip(
            "/"
        ),
        "constraint.xml",
        (("references", "none"),),
    )
    try:
        said = re.search(rb'\bvalidFrom="([^"]+)"', client.remembered(asked, hosts=HOSTS))
    except SourceError:
        return None
    return f"valid from {said[1].decode()}" if said else None


def _oecd_stat(raw: bytes, names: list[str], path: Path, dataset: str | None) -> pa.Table:
    time = next((name for name in _TIME if name in names), None)
    if time is None:
        raise Invalid(
            f"{path.name} has no time column (its columns: {text.excerpt(', '.join(names), 200)}): "
            "download it with TIME."
        )
    pairs = _pairs(names, time, path)
    header = list(names)
    for code in (*pairs, time):
        header[header.index(code) + 1] = f"{code}_label"
    delimited.prove_names(header, path)
    for needed in ("Value", "Flag Codes"):
        if needed not in header:
            raise Invalid(
                f"{path.name} has no column '{needed}': download it again from OECD.Stat."
            )
    sign = delimited.separator(raw)
    table = delimited.columns(raw, header, path, ("Value",), sign)
    value, keep = delimited.numbers(
        table["Value"], table["Flag Codes"], path, sdmx_csv.MISSING["oecd"], sign
    )
    table = delimited.select(table | {"": value}, keep)
    dimensions = {code: table[code] for code in pairs}
    keys.prove_filled({pairs[0]: table[pairs[0]]}, path)
    period = keys.periods(table[time], path)
    keys.prove_unique(dimensions | {"period": period}, path)
    return records.make(
        records.About("oecd", "OECD.Stat CSV", dataset=dataset),
        dimensions=dimensions,
        period=period,
        value=table[""],
        value_text=table["Value"],
        flags=table["Flag Codes"],
        attributes={"flags_label": table["Flags"]} if "Flags" in table else {},
        labels={code: table[f"{code}_label"] for code in pairs},
    )


def _pairs(names: list[str], time: str, path: Path) -> list[str]:
    """The code columns: each second one before the figure, but for time."""
    before = names[: names.index("Value")]
    codes = [name for name in before[::2] if name != time]
    fixed = [name for name in _PAIRED if name in names]
    if len(before) % 2 or time not in before[::2] or not set(fixed) <= set(codes):
        raise Invalid(
            f"{path.name}: codes and labels do not alternate before the column Value: "
            "download it as OECD.Stat CSV with codes and labels."
        )
    if len(codes) == len(fixed):
        raise Invalid(f"{path.name} has no dimension columns: download it with codes and labels.")
    return codes


def _refuse_json(raw: bytes, path: Path) -> None:
    with contextlib.suppress(orjson.JSONDecodeError):
        envelope.refuse_json(orjson.loads(raw), path)
    raise Invalid(f"{path.name} is JSON, which is not read from OECD: download it as CSV.")
