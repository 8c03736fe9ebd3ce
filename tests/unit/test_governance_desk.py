"""Desk research: every fact has a text that was opened, and the dated ones come out right."""

import duckdb
import pytest
import yaml

from catalog.loader import FOLDER, CatalogError
from catalog.models import desk
from warehouse.home import Home
from warehouse.surveys.governance import tables as governance
from warehouse.tables import governance as tables


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("home"))
    con = duckdb.connect()
    for statement in tables.GOVERNANCE:
        con.register(statement.name, governance.make(home, statement))
    return con


def test_at_least_forty_metropolises_stand_with_their_texts(con):
    ((metros, facts, orphans),) = con.sql(
        "select count(distinct metro_id), count(*), count(*) filter (where s.url is null) "
        "from gov_fact left join gov_source s using (source_id)"
    ).fetchall()
    assert metros >= 40 and facts >= 500 and orphans == 0


def test_torino_loses_four_municipalities_between_2015_and_2023(con):
    rows = con.sql(
        "select n_municipalities, valid_from, valid_to from gov_territory "
        "where metro_id = 'it-turin' order by valid_from"
    ).fetchall()
    assert rows == [(316, 2015, 2023), (312, 2023, None)]


@pytest.mark.parametrize(
    ("metro", "municipalities", "created", "citation"),
    [
        ("fr-paris", 131, 2016, "MAPTAM"),
        ("gb-manchester", 10, 2011, "2011"),
        ("es-barcelona", 36, 2011, "31/2010"),
        ("it-turin", 312, 2015, "56"),
    ],
)
def test_dated_facts_come_out_right(con, metro, municipalities, created, citation):
    (row,) = con.execute(
        "select n_municipalities, year_created, legal_citation, b.origin from gov_body b "
        "join gov_territory t using (metro_id) where metro_id = ? and t.valid_to is null",
        [metro],
    ).fetchall()
    assert row[:2] == (municipalities, created) and citation in row[2]
    assert row[3] == "desk research, not confirmed by the city"


def test_the_day_on_which_the_metropole_du_grand_paris_was_created(con):
    assert con.sql(
        "select value from gov_fact where metro_id = 'fr-paris' and field = 'created_on'"
    ).fetchall() == [("2016-01-01",)]


def test_greater_manchester_elects_its_mayor_since_2017(con):
    assert con.sql(
        "select selection, valid_from from gov_representation "
        "where metro_id = 'gb-manchester' and organ = 'head'"
    ).fetchall() == [("direct", 2017)]


def test_what_is_only_recalled_stays_out(con):
    from warehouse.surveys.governance.desk import desk_tables

    rows = desk.rows(desk.load())
    rows[-1] |= {"recalled": True, "source_id": None}
    made = desk_tables(rows, "w", "s", "2026-11-23")["gov_fact"]
    assert len(made) == len(rows) - 1


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda d: d["bodies"][0].update(metro="xx-nowhere"), "no metropolis 'xx-nowhere'"),
        (lambda d: d["bodies"][0]["facts"][0].update(source="gone"), "no source 'gone'"),
        (lambda d: d["bodies"][0]["facts"][0].update(value="many"), "a whole number"),
        (lambda d: d["bodies"][0]["facts"][0].pop("source"), "has a 'source'"),
        (lambda d: d["groups"]["fr-metropole"][1].update(value="folklore"), "none of the choices"),
        (lambda d: d["bodies"][0]["facts"].append(d["bodies"][0]["facts"][0]), "is said twice"),
    ],
)
def test_a_mistake_in_the_file_is_a_sentence(tmp_path, spoil, says):
    for name in ("surveys", "metros"):
        (tmp_path / name).symlink_to(FOLDER / name)
    (tmp_path / "surveys").unlink()
    (tmp_path / "surveys").mkdir()
    (tmp_path / "surveys/governance.yaml").symlink_to(FOLDER / "surveys/governance.yaml")
    data = yaml.safe_load((FOLDER / desk.FILE).read_text(encoding="utf-8"))
    spoil(data)
    (tmp_path / desk.FILE).write_text(yaml.safe_dump(data), encoding="utf-8")
    with pytest.raises(CatalogError, match=says):
        desk.load(tmp_path)
