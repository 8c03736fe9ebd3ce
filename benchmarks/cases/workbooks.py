"""Workbooks as UNSD and WHO publish them, to tidy Parquet; whole numbers stay whole numbers.

UNSD's file comes with the software; WHO's is read where `OBSERVATORY_REAL_DATA` says where the
upstreams' files stand. The yardstick is pandas with openpyxl, with the same tidy columns. Every
cell of both is compared; in running text, white space counts as one space, as the readers write it.
"""

from __future__ import annotations

import os
import shutil
from functools import partial
from pathlib import Path

from benchmarks.case import Case, Goal, Way

UNSD = Path("sources/bundled/un_sdg/goal11_cities.xlsx")
WHO = "who/who_aap_2021_v9_11august2022.xlsx"


def ours(folder: Path, out: Path, provider: str) -> None:
    """As `observatory read` does it."""
    from pipelines.patches import leave_pandas_out
    from sources.read import read
    from sources.records import records

    leave_pandas_out()
    records.write(read(provider, folder / "file"), out)


def pandas_unsd(folder: Path, out: Path) -> None:
    """`read_excel`, all cells as text, the figure as a number."""
    import pandas as pd

    table = pd.read_excel(folder / "file", engine="openpyxl", dtype=str, keep_default_na=False)
    table.columns = [n.strip().strip("[]") for n in table.columns]
    table = table.rename(columns=UNSD_NAMES)
    table["value"] = pd.to_numeric(table["value_text"], errors="coerce")
    table.to_parquet(out, compression="zstd", index=False)


def pandas_who(folder: Path, out: Path) -> None:
    """`read_excel`, and the three pollutants with their coverage below each other."""
    import pandas as pd

    sheets = pd.read_excel(
        folder / "file", engine="openpyxl", sheet_name=None, dtype=str, keep_default_na=False
    )
    table = next(t for t in sheets.values() if "ISO3" in t.columns)
    table = table.rename(columns={"Measurement Year": "period"})
    names = [n for n in table.columns if "(μg/m3)" in n]
    covers = {n: f"{n.split()[0].replace('.', '')} temporal coverage (%)" for n in names}
    keys = [n for n in table.columns if n not in {*names, *covers.values()}]
    parts = (
        table[[*keys, n, c]]
        .rename(columns={n: "value_text", c: "temporal_coverage"})
        .assign(variable=n.split()[0])
        for n, c in covers.items()
    )
    tidy = pd.concat(parts)
    tidy = tidy[(tidy["value_text"] != "") & (tidy["value_text"] != "NA")]
    tidy = tidy.assign(value=pd.to_numeric(tidy["value_text"]))
    tidy.to_parquet(out, compression="zstd", index=False)


def unsd(folder: Path) -> str:
    """The bundled file."""
    shutil.copyfile(UNSD, folder / "file")
    return f"{UNSD.stat().st_size / 1e6:.1f} MB"


def who(folder: Path) -> str:
    """The edition of 2022, or nothing where it is not at hand."""
    path = Path(os.environ.get("OBSERVATORY_REAL_DATA", "")) / WHO
    if not path.is_file():
        return ""
    shutil.copyfile(path, folder / "file")
    return f"{path.stat().st_size / 1e6:.1f} MB"


def exact(*names: str) -> tuple[str, ...]:
    """Columns that are compared as they are."""
    return tuple(f'"{name}"' for name in names)


def spaced(*names: str) -> tuple[str, ...]:
    """Columns of running text, compared with each run of white space as one space."""
    space = r"(\s|\x{A0}|_x000D_)+"  # openpyxl leaves the workbook's escape of a line end
    return tuple(f"trim(regexp_replace(\"{name}\", '{space}', ' ', 'g'))" for name in names)


UNSD_NAMES = {
    "TimePeriod": "period",
    "Value": "value_text",
    "SeriesDescription": "SeriesCode_label",
    "GeoAreaName": "GeoAreaCode_label",
}
UNSD_CELLS = (
    *exact("Goal", "Target", "Indicator", "SeriesCode", "SeriesCode_label", "GeoAreaCode"),
    *exact("GeoAreaCode_label", "period", "value_text", "value", "Time_Detail", "TimeCoverage"),
    *exact("UpperBound", "LowerBound", "BasePeriod", "GeoInfoUrl", "Activity", "Cities"),
    *exact("Location", "Nature", "Observation Status", "Reporting Type", "Units"),
    *spaced("Source", "FootNote"),
)
WHO_CELLS = (
    *exact("WHO Region", "ISO3", "WHO Country Name", "City or Locality", "period", "variable"),
    *exact("value_text", "value", "temporal_coverage", "Version of the database", "Status"),
    *spaced("Reference", "Number and type of monitoring stations"),
)
PANDAS = ("pandas", "openpyxl", "pyarrow.parquet", "pyarrow.compute")
OWN = (
    "numpy.ma",
    "pyarrow.compute",
    "sources.read",
    "sources.records.records",
    "sources.formats.workbook",
)
CASES = [
    Case(
        "workbook UNSD",
        unsd,
        (
            Way(
                "observatory",
                partial(ours, provider="un_sdg"),
                (*OWN, "sources.providers.un_sdg"),
            ),
            Way("pandas + openpyxl", pandas_unsd, PANDAS, foreign=True),
        ),
        (Goal("pandas + openpyxl", 3.5),),
        UNSD_CELLS,
    ),
    Case(
        "workbook WHO",
        who,
        (
            Way("observatory", partial(ours, provider="who"), (*OWN, "sources.providers.who")),
            Way("pandas + openpyxl", pandas_who, PANDAS, foreign=True),
        ),
        (Goal("pandas + openpyxl", 3.5),),
        WHO_CELLS,
    ),
]
