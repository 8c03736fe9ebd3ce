"""A small statistical table, and the wire formats that upstreams write it in."""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import orjson

BUNDLED = Path(__file__).parent.parent.parent / "sources" / "bundled"


@dataclass(frozen=True)
class Row:
    """One observation: codes in the order of the table's dimensions."""

    codes: tuple[str, ...]
    period: str
    value: str
    flag: str = ""


@dataclass
class Table:
    """Observations with their dimensions; `labels` is (dimension, code) to a name."""

    name: str
    title: str
    dimensions: list[str]
    rows: list[Row]
    labels: dict[tuple[str, str], str] = field(default_factory=dict)
    updated: str = "10/03/23 23:00:00"

    def codes(self, dimension: str) -> list[str]:
        """The codes that rows have, in the order of their first row."""
        at = self.dimensions.index(dimension)
        return list(dict.fromkeys(row.codes[at] for row in self.rows))

    def where(self, chosen: dict[str, list[str]], since: str = "", until: str = "9999") -> Table:
        """The rows of these codes and years; letter case counts for nothing."""
        places = [
            (self.dimensions.index(d), {c.upper() for c in codes}) for d, codes in chosen.items()
        ]
        kept = [
            row
            for row in self.rows
            if all(row.codes[at].upper() in codes for at, codes in places)
            and since <= row.period <= until + "~"
        ]
        return Table(self.name, self.title, self.dimensions, kept, self.labels, self.updated)

    def label(self, dimension: str, code: str) -> str:
        """The name of a code; the code itself where none is known."""
        return self.labels.get((dimension, code), code)


@cache
def bundled(name: str) -> Table:
    """A table of the bundled vintage, from SDMX-CSV 1.0 or 2.0 with names."""
    editions = sorted((BUNDLED / "eurostat").glob(f"{name}@*.csv.gz"))
    file = editions[-1] if editions else BUNDLED / "eurostat" / f"{name}.csv.gz"
    raw = gzip.decompress(file.read_bytes()).decode()
    lines = list(csv.reader(io.StringIO(raw)))
    head, body = lines[0], lines[1:]
    new = head[0] == "STRUCTURE"
    at = {n: i for i, n in enumerate(head)}
    stop = at["TIME_PERIOD"]
    places = range(3, stop, 2) if new else range(2, stop)
    table = Table(name.upper(), body[0][2] if new else name, [head[i] for i in places], [])
    table.updated = "" if new else body[0][1]
    for line in body:
        pairs = [(line[i], line[i + 1]) if new else tuple(line[i].split(":", 1)) for i in places]
        table.labels |= {(d, c): n for d, (c, n) in zip(table.dimensions, pairs, strict=True)}
        value, flag = line[at["OBS_VALUE"]], line[at["OBS_FLAG"]]
        table.rows.append(Row(tuple(c for c, _ in pairs), line[stop], value, flag))
    return table


def _written(lines: list[list[str]]) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(lines)
    return stream.getvalue().encode()


def sdmx_csv_1(table: Table) -> bytes:
    """SDMX-CSV 1.0, `label=both` (reference/eurostat.md section 2; bundled met_d3area)."""
    head = ["DATAFLOW", "LAST UPDATE", *table.dimensions, "TIME_PERIOD", "OBS_VALUE", "OBS_FLAG"]
    flow = f"ESTAT:{table.name}(1.0)"
    lines = [
        [
            flow,
            table.updated or "10/03/23 23:00:00",
            *(f"{c}:{table.label(d, c)}" for d, c in zip(table.dimensions, r.codes, strict=True)),
            *(r.period, r.value, r.flag),
        ]
        for r in table.rows
        if r.value
    ]
    return _written([head, *lines])


def sdmx_csv_2(table: Table) -> bytes:
    """SDMX-CSV 2.0, `labels=both` (reference/eurostat.md section 2; bundled urb_ctran)."""
    names = [x for d in table.dimensions for x in (d, f"{d} (name)")]
    ends = ["TIME_PERIOD", "Time", "OBS_VALUE", "Observation value", "OBS_FLAG"]
    ends += ["Observation status (Flag) V2 structure"]
    ends += ["CONF_STATUS", "Confidentiality status (flag)"]
    head = ["STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", *names, *ends]
    start = ["dataflow", f"ESTAT:{table.name}(1.0)", table.title]
    lines = [
        [
            *start,
            *(
                x
                for d, c in zip(table.dimensions, r.codes, strict=True)
                for x in (c, table.label(d, c))
            ),
            *(r.period, "", r.value, "", r.flag, "", "", ""),
        ]
        for r in table.rows
    ]
    return _written([head, *lines])


def tsv(table: Table) -> bytes:
    """TSV of the present service (reference/eurostat.md section 2)."""
    periods = sorted({r.period for r in table.rows})
    cells: dict[tuple[str, ...], dict[str, str]] = {}
    for r in table.rows:
        cells.setdefault(r.codes, {})[r.period] = f"{r.value or ':'} {r.flag}"
    head = ",".join(table.dimensions) + "\\TIME_PERIOD" + "".join(f"\t{p} " for p in periods)
    lines = [
        ",".join(codes) + "".join("\t" + row.get(p, ": ") for p in periods)
        for codes, row in cells.items()
    ]
    return ("\r\n".join([head, *lines]) + "\r\n").encode()


def json_stat(table: Table, updated: str = "2026-09-22T11:00:00+0200") -> bytes:
    """JSON-stat 2.0 of the Statistics API: only the positions of the slice are listed, re-indexed
    from 0; no `status` where nothing is flagged (data/eurostat/jsonstat/une_rt_m_*.json)."""
    periods = sorted({r.period for r in table.rows})
    axes = [*((d, sorted(table.codes(d))) for d in table.dimensions), ("time", periods)]
    place = {n: {c: i for i, c in enumerate(codes)} for n, codes in axes}
    value, status = {}, {}
    for r in table.rows:
        at = 0
        for (name, codes), code in zip(axes, (*r.codes, r.period), strict=True):
            at = at * len(codes) + place[name][code]
        if r.value:
            value[str(at)] = float(r.value)
        if r.flag:
            status[str(at)] = r.flag
    made: dict[str, object] = {
        "version": "2.0",
        "class": "dataset",
        "label": table.title,
        "source": "ESTAT",
        "updated": updated,
        "value": value,
    }
    if status:
        made["status"] = status
    made |= {"id": [n for n, _ in axes], "size": [len(c) for _, c in axes]}
    made["dimension"] = {
        n: {
            "label": n,
            "category": {
                "index": {c: i for i, c in enumerate(codes)},
                "label": {c: table.label(n, c) for c in codes},
            },
        }
        for n, codes in axes
    }
    made["extension"] = {"lang": "EN", "id": table.name, "agencyId": "ESTAT", "version": "1.0"}
    return orjson.dumps(made)
