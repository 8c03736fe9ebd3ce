"""Bodies by model and decade, and what changed to what: counted by hand on a small case, then on all."""

import pyarrow as pa
import pytest

from warehouse.surveys.governance import history


def body(name, metro, created, abolished=None, model=None, same_as=None):
    return {
        "body_id": name,
        "metro_id": metro,
        "name": name.upper(),
        "same_as": same_as,
        "year_created": created,
        "year_abolished": abolished,
        "model": model,
    }


BODIES = pa.Table.from_pylist(
    [
        body("old", "m1", 1965, 1986),
        body("new", "m1", 2000, None, "supramunicipal"),
        body("city", "m2", 2011, None, "supramunicipal"),
        body("undated", "m2", None, None, "informal"),
    ]
)
BODIES = BODIES.set_column(3, "same_as", pa.nulls(len(BODIES), pa.string()))
MODELS = pa.Table.from_pylist(
    [
        {"body_id": "old", "metro_id": "m1", "model": None, "year_from": 1965, "year_to": 1986, "reason": "r"},
        {"body_id": "new", "metro_id": "m1", "model": "supramunicipal", "year_from": 2000, "year_to": None, "reason": "r"},
        {"body_id": "city", "metro_id": "m2", "model": "intermunicipal", "year_from": 2011, "year_to": 2017, "reason": "r"},
        {"body_id": "city", "metro_id": "m2", "model": "supramunicipal", "year_from": 2017, "year_to": None, "reason": "elected"},
    ]
)  # fmt: skip
METROS = pa.table({"metro_id": ["m1", "m2"], "region": ["Europe", "Asia"]})
EVENTS = pa.Table.from_pylist(
    [
        {"metro_id": "m1", "event": "successor", "body_id": "old", "other_body_id": "new", "year": 2000, "what": "NEW", "source_id": "s"},
        {"metro_id": "m2", "event": "reform", "body_id": "city", "other_body_id": None, "year": 2017, "what": "x", "source_id": "s"},
        {"metro_id": "m2", "event": "predecessor", "body_id": "undated", "other_body_id": None, "year": None, "what": "a club", "source_id": "s"},
    ]
)  # fmt: skip
TABLES = {"governance_body": BODIES, "gov_model": MODELS, "metro": METROS, "gov_event": EVENTS}


def test_a_body_of_two_metropolises_counts_once():
    again = [{**BODIES.to_pylist()[1], "body_id": "twin", "metro_id": "m2", "same_as": "new"}]
    both = pa.concat_tables([BODIES, pa.Table.from_pylist(again, BODIES.schema)])
    assert history.trend({**TABLES, "governance_body": both}).equals(history.trend(TABLES))


@pytest.fixture(scope="module")
def trend():
    rows = history.trend(TABLES).to_pylist()
    return {(r["decade"], r["region"], r["model"]): r for r in rows}


def test_a_body_counts_from_its_creation_to_its_abolition(trend):
    sixties = trend[1960, "", "not_decided"]
    assert (sixties["bodies"], sixties["created"], sixties["abolished"]) == (1, 1, 0)
    eighties = trend[1980, "", "not_decided"]
    assert (eighties["bodies"], eighties["created"], eighties["abolished"]) == (0, 0, 1)
    assert (1990, "", "not_decided") not in trend


def test_the_model_is_the_one_at_the_end_of_the_decade(trend):
    assert trend[2010, "", "supramunicipal"]["bodies"] == 2
    assert (2010, "", "intermunicipal") not in trend
    assert trend[2010, "Asia", "supramunicipal"]["created"] == 1


def test_what_no_text_dates_is_counted_apart(trend):
    assert trend[None, "", "informal"]["bodies"] == 1
    assert not any(k[2] == "informal" for k in trend if k[0] is not None)


def test_regions_add_up_to_the_whole(trend):
    for (decade, region, model), row in trend.items():
        if region == "":
            parts = [r for k, r in trend.items() if k[0] == decade and k[1] and k[2] == model]
            assert sum(p["bodies"] for p in parts) == row["bodies"]


def test_what_changed_to_what():
    rows = history.changes(TABLES).to_pylist()
    said = [(r["change"], r["year"], r["from_model"], r["to_model"], r["what"]) for r in rows]
    assert said == [
        ("body", 2000, "not_decided", "supramunicipal", "OLD → NEW"),
        ("model", 2017, "intermunicipal", "supramunicipal", "elected"),
        ("body", None, None, "not_decided", "a club → UNDATED"),
    ]
