"""Files of the size of the largest ones that upstreams serve, generated from codes: no download.

A third of the cells is empty, one in thirty bears a flag, one in 160 is `: c`: a status alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path

YEARS = [str(y) for y in range(1991, 2024)]
PLACES = [f"X{chr(65 + i // 50)}{i % 50 + 1:03d}M" for i in range(368)]


def units(n: int) -> list[str]:
    """Codes such as PC_U007."""
    return [f"PC_U{i + 1:03d}" for i in range(n)]


def cells(n: int) -> Iterator[tuple[str, str]]:
    """Value and flag of each cell as text, empty for none; the same on each machine."""
    import numpy as np

    dice = np.random.default_rng(5)
    values = np.round(10 ** dice.uniform(0, 5, n), 1).astype(str)
    kind = dice.random(n)
    values[kind < 0.306] = ""
    flags = np.where(kind > 0.97, np.array(["b", "e", "p", "be"])[dice.integers(0, 4, n)], "")
    flags[kind < 0.006] = "c"
    return zip(values.tolist(), flags.tolist(), strict=True)


def size(path: Path, n: int, what: str) -> str:
    """The size of a file in words."""
    return f"{n:,} {what}, {path.stat().st_size / 1e6:.0f} MB"


def tsv(path: Path, series: int) -> str:
    """Eurostat's TSV, one line a series and one column a year, with CRLF."""
    figures = cells(series * len(YEARS))
    keys = product(units(series // len(PLACES)), PLACES)
    with path.open("w", newline="") as out:
        out.write("\t".join(["freq,unit,metroreg\\TIME_PERIOD", *(f"{y} " for y in YEARS)]))
        for unit, place in keys:
            row = [f"{v or ':'} {f}" for v, f in islice(figures, len(YEARS))]
            out.write("\r\n" + "\t".join([f"A,{unit},{place}", *row]))
        out.write("\r\n")
    return size(path, series * len(YEARS), "cells")


def json_stat(path: Path, series: int) -> str:
    """Eurostat's JSON-stat 2.0: the same cells, sparse `value` and `status`."""
    axes = {
        "freq": ["A"],
        "unit": units(series // len(PLACES)),
        "metroreg": PLACES,
        "time": YEARS,
    }
    value, status = [], []
    for i, (v, f) in enumerate(cells(series * len(YEARS))):
        if v:
            value.append(f'"{i}":{v}')
        if f:
            status.append(f'"{i}":"{f}"')
    head = {
        "version": "2.0",
        "class": "dataset",
        "label": "A benchmark",
        "source": "ESTAT",
        "updated": "2026-02-01T11:00:00+0100",
    }
    tail = {
        "id": list(axes),
        "size": [len(codes) for codes in axes.values()],
        "dimension": {
            name: {
                "label": name,
                "category": {
                    "index": {code: i for i, code in enumerate(codes)},
                    "label": {code: f"Label of {code}" for code in codes},
                },
            }
            for name, codes in axes.items()
        },
        "extension": {"lang": "EN", "id": "MET_BENCH", "agencyId": "ESTAT", "version": "1.0"},
    }
    big = f'"value":{{{",".join(value)}}},"status":{{{",".join(status)}}}'
    path.write_text(json.dumps(head)[:-1] + "," + big + "," + json.dumps(tail)[1:])
    return size(path, series * len(YEARS), "cells")


def sdmx_csv(path: Path, series: int) -> str:
    """Eurostat's SDMX-CSV 1.0 with codes and names in each cell, one row a figure."""
    keys = product(units(series // len(PLACES)), PLACES, YEARS)
    lead = "ESTAT:MET_BENCH(1.0),10/03/23 23:00:00,A:Annual"
    rows = 0
    with path.open("w", newline="") as out:
        out.write("DATAFLOW,LAST UPDATE,freq,unit,metroreg,TIME_PERIOD,OBS_VALUE,OBS_FLAG\r\n")
        for (unit, place, year), (v, f) in zip(keys, cells(series * len(YEARS)), strict=True):
            if v:
                rows += 1
                out.write(f"{lead},{unit}:Unit {unit},{place}:Place {place},{year},{v},{f}\r\n")
    return size(path, rows, "rows")
