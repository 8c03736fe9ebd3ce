"""Readers of Eurostat's formats, file to tidy Parquet (zstd) with flags kept.

The yardsticks are what one would take instead: PyPI's `eurostat`, `pyjstat` and `pysdmx`, and
pandas by hand; `orjson.loads` alone is the parser without anything done with it. Ours also proves
header, codes, periods, numbers and that no key appears twice, and keeps each value as it was
written, with its place in the file.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import files
from benchmarks.case import Case, Goal, Way

MILLION, FIVE_MILLION = 82 * 368, 412 * 368
KEYS = ["freq", "unit", "metroreg", "period"]
TIDY = (*KEYS, "value::double AS value", "flags")
PANDAS = ("pandas", "pyarrow.parquet", "pyarrow.compute")


def ours(folder: Path, out: Path) -> None:
    """As `observatory read` does it."""
    from pipelines.patches import leave_pandas_out
    from sources.read import read
    from sources.records import records

    leave_pandas_out()
    records.write(read("eurostat", folder / "file"), out)


def _write(table: Any, out: Path) -> None:
    """A pandas frame of our columns, what is neither value nor flag left out."""
    flags = table["flags"].fillna("")
    table = table.assign(flags=flags)[table["value"].notna() | (flags != "")]
    table[[*KEYS, "value", "flags"]].to_parquet(out, compression="zstd", index=False)


def eurostat(folder: Path, out: Path) -> None:
    """The package's own parser on local bytes (no network, no gzip), then the two melts."""
    from types import SimpleNamespace

    import eurostat.eurostat as package
    import pandas as pd

    package.__get_dims_info__ = lambda *_, **__: (None, "EUROSTAT", [])
    package.__get_resp__ = lambda *_, **__: SimpleNamespace(content=(folder / "file").read_bytes())
    package.decompress = lambda content: content
    wide = package.get_data_df("met_bench", flags=True)
    wide = wide.rename(columns={n: n.split("\\")[0] for n in wide.columns})
    years = [n.removesuffix("_value") for n in wide.columns if n.endswith("_value")]
    keys = list(wide.columns[: -2 * len(years)])
    value, flag = (
        wide[keys + [f"{y}_{kind}" for y in years]].melt(keys, var_name="period", value_name=kind)
        for kind in ("value", "flag")
    )
    flags = flag["flag"].str.removeprefix(":").str.strip()
    period = value["period"].str.removesuffix("_value")
    tidy = value.assign(period=period, value=pd.to_numeric(value["value"]), flags=flags)
    _write(tidy, out)


def pandas_melt(folder: Path, out: Path) -> None:
    """`read_csv`, the first column split, `melt`, the flag split off."""
    import pandas as pd

    wide = pd.read_csv(folder / "file", sep="\t", dtype=str, keep_default_na=False)
    first = wide.columns[0]
    names = first.split("\\")[0].split(",")
    wide[names] = wide.pop(first).str.split(",", expand=True)
    tidy = wide.melt(names, var_name="period", value_name="cell")
    parts = tidy.pop("cell").str.split(" ", n=1, expand=True)
    tidy["value"] = pd.to_numeric(parts[0].where(parts[0] != ":"))
    tidy["flags"] = parts[1].str.strip()
    tidy["period"] = tidy["period"].str.strip()
    _write(tidy, out)


def pyjstat(folder: Path, out: Path) -> None:
    """`Dataset.read` and `write` for the values, and again for the status: it gives one at once."""
    import json

    from pyjstat import pyjstat as package

    text = (folder / "file").read_text()
    tidy = package.Dataset.read(text).write("dataframe", naming="id")
    document = json.loads(text)
    document["value"] = document.pop("status")
    second = package.Dataset.read(json.dumps(document)).write("dataframe", naming="id")
    _write(tidy.assign(flags=second["value"]).rename(columns={"time": "period"}), out)


def pandas_product(folder: Path, out: Path) -> None:
    """`json.load`, the product of all codes, values and status by position."""
    import json

    import pandas as pd

    document = json.loads((folder / "file").read_bytes())
    codes = [list(document["dimension"][d]["category"]["index"]) for d in document["id"]]
    tidy = pd.MultiIndex.from_product(codes, names=document["id"]).to_frame(index=False)
    for name in ("value", "status"):
        part = pd.Series(document[name])
        part.index = part.index.astype(int)
        tidy[name] = part
    _write(tidy.rename(columns={"time": "period", "status": "flags"}), out)


def orjson_alone(folder: Path, out: Path) -> None:
    """The parser and nothing else."""
    import orjson

    orjson.loads((folder / "file").read_bytes())


def pysdmx(folder: Path, out: Path) -> None:
    """`pysdmx.io.read_sdmx`, codes taken from in front of names."""
    import pandas as pd
    from pysdmx.io import read_sdmx

    _split(pd, read_sdmx((folder / "file").read_text()).data[0].data, out)


def pandas_sdmx(folder: Path, out: Path) -> None:
    """`read_csv` as it comes, codes taken from in front of names."""
    import pandas as pd

    _split(pd, pd.read_csv(folder / "file"), out)


def _split(pd: Any, table: Any, out: Path) -> None:
    for name in ("freq", "unit", "metroreg"):
        table[name] = table[name].astype(str).str.split(":", n=1).str[0]
    table = table.rename(
        columns={"TIME_PERIOD": "period", "OBS_VALUE": "value", "OBS_FLAG": "flags"}
    )
    period, value = table["period"].astype(str), pd.to_numeric(table["value"])
    _write(table.assign(period=period, value=value), out)


def strings(folder: Path, out: Path) -> None:
    """The fields as strings, by Arrow: what no reader that looks at each field can undercut."""
    import pyarrow
    import pyarrow.csv

    pyarrow.csv.read_csv(
        folder / "file",
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(("TIME_PERIOD", "OBS_VALUE"), pyarrow.string())
        ),
    )


OURS = Way(
    "observatory",
    ours,
    (
        "numpy.ma",
        "pyarrow.compute",
        "sources.read",
        "sources.records.records",
        *(f"sources.{m}" for m in ("eurostat", "eurostat_jsonstat", "eurostat_tsv", "sdmx_csv")),
    ),
)
TSV = (
    OURS,
    Way("eurostat + melt", eurostat, (*PANDAS, "eurostat.eurostat"), foreign=True),
    Way("pandas melt", pandas_melt, PANDAS, foreign=True),
)
JSON_STAT = (
    OURS,
    Way("pyjstat", pyjstat, (*PANDAS, "pyjstat.pyjstat"), foreign=True),
    Way("json + pandas", pandas_product, PANDAS, foreign=True),
    Way("orjson.loads alone", orjson_alone, ("orjson",), floor=True),
)
SDMX_CSV = (
    OURS,
    Way("pysdmx", pysdmx, (*PANDAS, "pysdmx.io", "pysdmx.io.csv"), foreign=True),
    Way("pandas", pandas_sdmx, PANDAS, foreign=True),
    Way("pyarrow.csv alone", strings, ("pyarrow.csv",), floor=True),
)


def _file(folder: Path, make: Any, series: int) -> str:
    return make(folder / "file", series)


CASES = [
    Case(
        "tsv 1e6",
        partial(_file, make=files.tsv, series=MILLION),
        TSV,
        (Goal("eurostat + melt", 6, 0.7), Goal("pandas melt", 10)),
        TIDY,
    ),
    Case(
        "tsv 5e6",
        partial(_file, make=files.tsv, series=FIVE_MILLION),
        TSV,
        (Goal("eurostat + melt", 5, 0.7), Goal("pandas melt", 9)),
        TIDY,
    ),
    Case(
        "json-stat 1e6",
        partial(_file, make=files.json_stat, series=MILLION),
        JSON_STAT,
        (Goal("pyjstat", 35), Goal("json + pandas", 4), Goal("orjson.loads alone", 1 / 1.1)),
        TIDY,
    ),
    Case(
        "sdmx-csv 7e5",
        partial(_file, make=files.sdmx_csv, series=MILLION),
        SDMX_CSV,
        (Goal("pysdmx", 15), Goal("pandas", 10)),
        TIDY,
    ),
]
