"""The questions by which a release is asked for its promises find what breaks them."""

import duckdb
import pytest

from catalog import loader
from tests import promises
from warehouse import tables

MADE = """
create table metro as select unnest(['a', 'b']) as metro_id;
create table metro_redirect as select 'gone' as metro_id;
create table crosswalk as from (values
    ('a', 'fua', '1', '2012', 'exact'), ('a', 'fua', '2', '2012', 'part_of'),
    ('a', 'fua', '2', '2024', 'close')) t(metro_id, system, code, vintage, relation);
create table part as select 'a' as metro_id, 'fua:2' as unit_id, '2012' as vintage;
create table latest as from (values ('a', 'fua:1', '2012'), ('a', 'fua:2', '2024')) t(metro_id, unit_id, vintage);
create table peer as select 'a' as metro_id, 'b' as peer_id;
"""


@pytest.fixture
def ask():
    with duckdb.connect() as con:
        con.execute(MADE)
        yield lambda sql: con.execute(sql).fetchall()


def test_a_good_release_keeps_them(ask):
    assert promises.of_units(ask) == ["latest"]
    assert promises.figures_of_parts(ask) == []
    assert promises.retired_metropolises(ask) == []
    assert promises.repeated(ask, {"latest": ("unit_id", "vintage")}) == []


@pytest.mark.parametrize(
    ("unit", "vintage"), [("fua:2", "2012"), ("fua:3", "2012"), ("fua:1", "2024")]
)
def test_a_figure_of_a_part_or_of_an_unknown_unit_is_found(ask, unit, vintage):
    ask(f"insert into latest values ('a', '{unit}', '{vintage}')")
    assert promises.figures_of_parts(ask) == [("latest", "a", unit)]


def test_a_figure_of_a_part_in_any_new_table_is_found(ask):
    ask("create table index_new as select 'b' as metro_id, 'fua:1' as unit_id")
    assert promises.figures_of_parts(ask) == [("index_new", "b", "fua:1")]


@pytest.mark.parametrize("name", ["gone", "never_was"])
def test_a_retired_or_unknown_metropolis_is_found(ask, name):
    ask(f"insert into peer values ('b', '{name}')")
    assert promises.retired_metropolises(ask) == [("peer", "peer_id", name)]


def test_a_key_that_is_not_true_is_found(ask):
    ask("insert into latest values ('a', 'fua:1', '2012')")
    assert promises.repeated(ask, {"latest": ("unit_id", "vintage"), "peer": ("metro_id",)}) == [
        ("latest", 1)
    ]


def test_every_wide_table_and_latest_state_the_territory_in_their_key():
    for name, table in tables.published(loader.load()).items():
        if name == "latest" or name.startswith("comparison_"):
            assert {"metro_id", "system", "vintage", "unit_id"} <= set(table.key), name
            assert set(table.key) <= set(table.names)
