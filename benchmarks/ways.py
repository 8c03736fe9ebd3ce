"""The ways to read each file: ours first, then what one would write without it.

Each way answers a digest (records, their sum in cents, how many are flagged), so that a way that is
fast because it reads less is found out; `parse` alone answers how many values it saw.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

Digest = list[int]


def ours(path: Path, provider: str) -> Digest:
    """`sources.read`: codes, periods, values, flags and keys proved."""
    import pyarrow.compute as pc

    from sources.read import read

    table = read(provider, path)
    flagged = pc.sum(pc.not_equal(table["flags"], "")).as_py()
    return _digest(len(table), pc.sum(table["value"]).as_py(), flagged)


def pandas_sdmx_csv(path: Path) -> Digest:
    """`read_csv` as text, then numbers."""
    import pandas as pd

    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table["value"] = pd.to_numeric(table["OBS_VALUE"], errors="coerce")
    return _frame(table, table["OBS_FLAG"])


def pandas_tsv(path: Path) -> Digest:
    """`read_csv`, the first column split, `melt`, the flag split off."""
    import pandas as pd

    wide = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    first = wide.columns[0]
    names = first.split("\\")[0].split(",")
    wide[names] = wide.pop(first).str.split(",", expand=True)
    table = wide.melt(names, var_name="TIME_PERIOD")
    cells = table["value"].str.split(" ", n=1, expand=True)
    table["value"] = pd.to_numeric(cells[0], errors="coerce")
    return _frame(table, cells[1].str.strip())


def pandas_json_stat(path: Path) -> Digest:
    """`json.loads`, the product of all codes, values and statuses by position."""
    import json

    import pandas as pd

    document = json.loads(path.read_bytes())
    codes = [list(document["dimension"][d]["category"]["index"]) for d in document["id"]]
    table = pd.MultiIndex.from_product(codes, names=document["id"]).to_frame(index=False)
    for name in ("value", "status"):
        part = pd.Series(document[name])
        part.index = part.index.astype(int)
        table[name] = part
    return _frame(table, table["status"].fillna(""))


def orjson_alone(path: Path) -> Digest:
    """The parser and nothing else: what no reader that goes through Python objects can undercut."""
    import orjson

    return [len(orjson.loads(path.read_bytes())["value"])]


def pandas_openpyxl(path: Path) -> Digest:
    """`read_excel` as text, then numbers."""
    import pandas as pd

    table = pd.read_excel(path, dtype=str, keep_default_na=False)
    table["value"] = pd.to_numeric(table["Value"], errors="coerce")
    return _frame(table, table["[Nature]"])


def _frame(table: Any, flags: Any) -> Digest:
    kept = table["value"].notna() | (flags != "")
    return _digest(int(kept.sum()), table["value"].sum(), int((flags != "").sum()))


def _digest(records: int, total: float, flagged: int) -> Digest:
    return [records, round(total * 100), flagged]
