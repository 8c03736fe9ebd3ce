"""A small catalog and harmonised figures for the tests of expectations."""

from __future__ import annotations

import datetime

import pyarrow as pa

from catalog.contents import FOLDER, Catalog
from catalog.models.model import Binding, Dataset, Indicator, Provider, Range, Territory, Texts
from warehouse import store, tables

WORDS = Texts.model_validate({"ca": "x", "es": "x", "fr": "x", "en": "x"})
SCALES = pa.table(
    {
        "scale": ["fua", "metro_region", "region", "country"],
        "metropolitan": [True, True, False, False],
    }
)


def area(tolerance: float = 0.5, redistributable: bool = True) -> tuple[Indicator, Catalog]:
    """One indicator of one dataset, from 1 to 100,000 km2, and the catalog that holds both."""
    indicator = Indicator(
        id="area",
        theme="land",
        title=WORDS,
        definition=WORDS,
        unit="KM2",
        direction="none",
        range=Range(min=1, max=100_000),
        bindings=[
            Binding(
                provider="eurostat",
                dataset="met_d3area",
                where={"landuse": "L0008"},
                unit="KM2",
                verified=True,
            )
        ],
    )
    dataset = Dataset(
        title="Area",
        territory=[Territory(code="metroreg", system="eurostat_metro", vintage="NUTS2021")],
        tolerance=tolerance,
        redistributable=redistributable,
    )
    provider = Provider(
        id="eurostat",
        title="Eurostat",
        homepage="https://example.org",
        licence="CC BY 4.0",
        attribution="Eurostat",
        datasets={"met_d3area": dataset},
    )
    return indicator, Catalog(FOLDER, {"eurostat": provider}, {"area": indicator}, {}, {}, [])


def figure(number: int, **differs) -> dict:
    """One good harmonised observation, the `number`-th metropolis, but for what `differs`."""
    return {
        "fate": "observation",
        "reason": None,
        "detail": None,
        "metro_id": f"m{number}",
        "iso3": "ESP",
        "unit_id": f"eurostat_metro:{number}",
        "system": "eurostat_metro",
        "vintage": "NUTS2021",
        "scale": "metro_region",
        "indicator_id": "area",
        "sex": "_T",
        "age": "_T",
        "period": "2018",
        "period_start": datetime.date(2018, 1, 1),
        "period_end": datetime.date(2018, 12, 31),
        "freq": "A",
        "value": 100.0 + number,
        "unit": "KM2",
        "obs_status": "A",
        "flags": "",
        "conf_status": "F",
        "provenance": "upstream",
        "source_id": "eurostat",
        "dataset": "met_d3area",
        "series_key": f"landuse=L0008;metroreg={number}",
        "snapshot_id": "s",
        "record_no": number,
        "recorded_from": datetime.datetime(2024, 5, 1, 12),
        "value_text": str(number),
        **differs,
    }


def table_of(statement: tables.Table, rows: list[dict]) -> pa.Table:
    """Rows in the statement's columns; nulls are let through, so that they can be planted."""
    schema = pa.schema([pa.field(f.name, f.type) for f in store.schema(statement)])
    kept = [{k: v for k, v in row.items() if k in statement.names} for row in rows]
    return pa.Table.from_pylist(kept, schema=schema)


def harmonised(rows: list[dict]) -> pa.Table:
    """`tables.HARMONISED` of these rows."""
    return table_of(tables.HARMONISED, rows)
