"""Files of the size of the largest ones that upstreams serve, generated from codes: no download."""

from __future__ import annotations

from itertools import islice, product
from pathlib import Path

import numpy as np
import orjson

YEARS = [str(y) for y in range(1991, 2026)]
UNITS = ("KM2", "MIO_EUR", "NR", "PC", "RT")
SEXES = ("F", "M", "T", "UNK")
FLAGS = ("", "", "", "", "", "", "", "b", "e", "p")


def places(n: int) -> list[str]:
    """Codes such as XA001M, of countries that do not exist."""
    return [f"X{chr(65 + i // 999)}{i % 999 + 1:03d}M" for i in range(n)]


def _cells(n: int) -> tuple[list[str], list[str]]:
    """Values as text (one in twenty missing) and flags, the same on each machine."""
    dice = np.random.default_rng(5)
    values = np.round(dice.uniform(0, 1e5, n), 2).astype(str)
    values[dice.random(n) < 0.05] = ""
    return values.tolist(), np.array(FLAGS)[dice.integers(0, len(FLAGS), n)].tolist()


def sdmx_csv(path: Path) -> int:
    """Eurostat's SDMX-CSV 1.0, one row a figure: 700,000 rows."""
    keys = product(UNITS, SEXES, places(1000), YEARS)
    values, flags = _cells(700_000)
    with path.open("w") as out:
        out.write("DATAFLOW,LAST UPDATE,freq,unit,sex,metroreg,TIME_PERIOD,OBS_VALUE,OBS_FLAG\n")
        for (unit, sex, place, year), value, flag in zip(keys, values, flags, strict=True):
            lead = f"ESTAT:MET_BENCH(1.0),01/02/26 11:00:00,A,{unit},{sex},{place},{year}"
            out.write(f"{lead},{value},{flag}\n")
    return len(values)


def tsv(path: Path) -> int:
    """Eurostat's TSV, one line a series and one column a year: 1,000,000 cells."""
    years = [str(y) for y in range(1976, 2026)]
    values, flags = _cells(1_000_000)
    figures = zip(values, flags, strict=True)
    with path.open("w") as out:
        out.write("\t".join(["freq,unit,sex,metroreg\\TIME_PERIOD", *(f"{y} " for y in years)]))
        for unit, sex, place in product(UNITS, SEXES, places(1000)):
            cells = [f"{v or ':'} {f}" for v, f in islice(figures, len(years))]
            out.write("\n" + "\t".join([f"A,{unit},{sex},{place}", *cells]))
        out.write("\n")
    return len(values)


def json_stat(path: Path) -> int:
    """Eurostat's JSON-stat 2.0, a sparse object of 1,000,000 cells."""
    years = [str(y) for y in range(1976, 2026)]
    axes = {"freq": ["A"], "unit": UNITS, "sex": SEXES, "metroreg": places(1000), "time": years}
    values, flags = _cells(1_000_000)
    document = {
        "version": "2.0",
        "class": "dataset",
        "label": "A benchmark",
        "updated": "2026-02-01T11:00:00+0100",
        "value": {str(i): float(v) for i, v in enumerate(values) if v},
        "status": {str(i): f for i, f in enumerate(flags) if f},
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
        "extension": {"datasetId": "MET_BENCH"},
    }
    path.write_bytes(orjson.dumps(document))
    return len(values)


def workbook(path: Path) -> int:
    """A DataExcel download of the UN SDG database: 20,000 rows of 21 columns."""
    from openpyxl import Workbook

    values, _ = _cells(20_000)
    made = Workbook(write_only=True)
    sheet = made.create_sheet("data")
    row: dict[str, object] = {
        "Goal": 11,
        "Target": "11.6",
        "Indicator": "11.6.1",
        "SeriesCode": "EN_BENCH",
        "SeriesDescription": "A series in words",
        "GeoAreaCode": 4,
        "GeoAreaName": "A country",
        "TimePeriod": 2005,
        "Value": "NaN",
        "Time_Detail": "2005",
        "TimeCoverage": None,
        "UpperBound": None,
        "LowerBound": None,
        "BasePeriod": None,
        "Source": "An office",
        "GeoInfoUrl": None,
        "FootNote": None,
        "[Nature]": "E",
        "[Cities]": "CITY",
        "[Units]": "PERCENT",
        "[Reporting Type]": "G",
    }
    sheet.append(list(row))
    for place, value in zip(product(range(1000), range(2005, 2025)), values, strict=True):
        city, year = place
        row |= {"TimePeriod": year, "Value": value or "NaN", "[Cities]": f"CITY_{city}"}
        sheet.append(list(row.values()))
    made.save(path)
    return len(values)
