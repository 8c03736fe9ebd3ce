"""Desk research: every fact has a text that was opened, and the dated ones come out right."""

import duckdb
import pytest
import yaml

from catalog import desk, yaml_files
from catalog.contents import FOLDER
from catalog.models import hosts
from catalog.yaml_files import CatalogError
from warehouse import tables
from warehouse.home import Home
from warehouse.surveys.governance import tables as governance


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("home"))
    con = duckdb.connect()
    for statement in [
        t for t in tables.of_group("governance") if t.made_by.endswith("governance.tables")
    ]:
        con.register(statement.name, governance.made(home, statement))
    return con


def test_at_least_two_hundred_metropolises_stand_with_their_texts(con):
    ((metros, facts, orphans),) = con.sql(
        "select count(distinct metro_id), count(*), count(*) filter (where s.url is null) "
        "from gov_fact left join gov_source s using (source_id)"
    ).fetchall()
    assert metros >= 200 and facts >= 2000 and orphans == 0


def test_torino_loses_four_municipalities_between_2015_and_2023(con):
    rows = con.sql(
        "select n_municipalities, valid_from, valid_to from gov_territory "
        "where metro_id = 'it-turin' order by valid_from"
    ).fetchall()
    assert rows == [(316, 2015, 2023), (312, 2023, None)]


@pytest.mark.parametrize(
    ("body", "municipalities", "created", "citation"),
    [
        ("fr-paris-metropole", 131, 2016, "MAPTAM"),
        ("gb-manchester-gmca", 10, 2011, "2011"),
        ("es-barcelona-amb", 36, 2011, "31/2010"),
        ("it-turin-citta-metropolitana", 312, 2015, "56"),
    ],
)
def test_dated_facts_come_out_right(con, body, municipalities, created, citation):
    (row,) = con.execute(
        "select n_municipalities, year_created, legal_citation, b.origin from gov_body b "
        "join gov_territory t using (body_id, metro_id) where body_id = ? and t.valid_to is null "
        "and b.valid_to is null",
        [body],
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
    made = desk_tables(rows)["gov_fact"]
    assert len(made) == len(rows) - 1


def test_every_body_has_its_own_identifier_and_facts_of_two_waves_are_of_one_body(con):
    assert (
        con.sql("select body_id from gov_body where body_id = '' or body_id like '%/'").fetchall()
        == []
    )
    waves = con.sql(
        "select body_id, count(distinct wave) from gov_fact where body_id in ('co-medellin-amva', "
        "'ph-manila-mmda', 'br-sao-paulo-rmsp') group by all"
    ).fetchall()
    assert len(waves) == 3 and all(n >= 2 for _, n in waves)


def test_the_number_of_one_body_is_never_the_territory_of_another(con):
    """Lille has a metropolis of 95 communes and a grouping across the border of 147."""
    rows = con.sql(
        "select body_id, n_municipalities from gov_territory where metro_id = 'fr-lille' "
        "and valid_to is null order by 1"
    ).fetchall()
    assert rows[0] == ("fr-lille-eurometropole", 147) and rows[1][1] < 100


def test_a_later_wave_corrects_and_erases_nothing(con):
    rows = con.sql(
        "select value, withdrawn_in, wave from gov_fact where body_id = 'us-portland-metro' "
        "and field = 'n_municipalities' order by wave"
    ).fetchall()
    assert rows == [("25", "desk-2026-2", "desk-2026"), ("24", None, "desk-2026-2")]
    assert con.sql(
        "select n_municipalities from gov_territory where body_id = 'us-portland-metro'"
    ).fetchall() == [(24,)]


def test_a_body_that_leaves_its_group_loses_what_it_had_from_it(con):
    rows = con.sql(
        "select withdrawn_in is not null, count(*) from gov_fact "
        "where body_id = 'fr-besancon-metropole' and source_id in ('fr-l5217-1', 'fr-l5217-2', "
        "'fr-vie-publique') group by all"
    ).fetchall()
    assert len(rows) == 1 and rows[0][0] and rows[0][1] >= 4


def test_what_rests_on_an_encyclopaedia_alone_is_marked_and_what_does_not_is_not(con):
    ((weak, wrong),) = con.sql(
        "select count(*) filter (where weak), count(*) filter (where weak and tier <> 'encyclopaedia' "
        "and withdrawn_in is null) from gov_fact"
    ).fetchall()
    assert weak > 100 and wrong == 0
    assert con.sql(
        "select count(*) from gov_source where hosting = 'encyclopaedia' and kind <> 'encyclopaedia'"
    ).fetchall() == [(0,)]


def test_a_copy_of_a_law_is_cited_by_the_law(con):
    assert (
        con.sql(
            "select source_id from gov_source where hosting <> 'publisher' and kind <> 'encyclopaedia' "
            "and document is null"
        ).fetchall()
        == []
    )
    ((copies,),) = con.sql("select count(*) from gov_source where hosting = 'copy'").fetchall()
    assert copies > 20


def test_history_names_predecessors_and_leaves_unknown_dates_empty(con):
    assert con.sql(
        "select other_body_id, year from gov_event where body_id = 'ca-toronto-metro' "
        "and event = 'successor'"
    ).fetchall() == [("ca-toronto-city", 1998)]
    ((undated,),) = con.sql("select count(*) from gov_event where year is null").fetchall()
    assert undated > 0
    assert con.sql(
        "select date from gov_event where body_id = 'fr-paris-metropole' and event = 'created'"
    ).fetchall() == [("2016-01-01",)]


@pytest.mark.parametrize(
    "address",
    [
        "http://exa mple.org/a",
        "https://localhost/a",
        "ftp://example.org",
        "https://exam_ple.org:port/",
        "https://-bad.org",
        "https://example.12",
    ],
)
def test_a_malformed_address_is_told(address):
    assert hosts.malformed(address)


def test_a_trailing_dot_and_letters_of_other_scripts_are_no_fault():
    assert hosts.malformed("https://senat.fr./rap/r22-190.html") == []
    assert hosts.malformed("https://例え.jp/wiki") == []
    assert hosts.load().of("https://pt.m.wikipedia.org/wiki/X") == "encyclopaedia"
    assert hosts.load().of("https://notwikipedia.example") == "publisher"


FIRST, SECOND = "desk-2026", "desk-2026-2"


@pytest.mark.parametrize(
    ("wave", "spoil", "says"),
    [
        (FIRST, lambda d: d["bodies"][0].update(metro="xx-nowhere"), "no metropolis 'xx-nowhere'"),
        (FIRST, lambda d: d["bodies"][0]["facts"][0].update(source="gone"), "no source 'gone'"),
        (FIRST, lambda d: d["bodies"][0]["facts"][0].update(value="many"), "a whole number"),
        (FIRST, lambda d: d["bodies"][0]["facts"][0].pop("source"), "has a 'source'"),
        (
            FIRST,
            lambda d: d["groups"]["fr-metropole"][1].update(value="folklore"),
            "none of the choices",
        ),
        (
            FIRST,
            lambda d: d["bodies"][0]["facts"].append(d["bodies"][0]["facts"][0]),
            "is said twice",
        ),
        (
            SECOND,
            lambda d: d["corrections"][0].update(value="other"),
            "which no earlier wave states",
        ),
        (SECOND, lambda d: d["sources"]["ph-ra7924-text"].pop("document"), "cite the text itself"),
        (
            SECOND,
            lambda d: d["sources"]["pl-gzm-en-wiki"].update(kind="official"),
            "an encyclopaedia",
        ),
        (SECOND, lambda d: d.update(wave="other"), "make it the name of the file"),
    ],
)
def test_a_mistake_in_the_file_is_a_sentence(tmp_path, wave, spoil, says):
    (tmp_path / "metros").symlink_to(FOLDER / "metros")
    (tmp_path / "surveys/desk").mkdir(parents=True)
    for name in ("governance.yaml", "hosts.yaml"):
        (tmp_path / "surveys" / name).symlink_to(FOLDER / "surveys" / name)
    for name in (FIRST, SECOND):
        real, file = (folder / desk.WAVES / f"{name}.yaml" for folder in (FOLDER, tmp_path))
        if name != wave:
            file.symlink_to(real)
            continue
        data = yaml.load(real.read_text(encoding="utf-8"), Loader=yaml_files._Loader)
        spoil(data)
        dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        file.write_text(yaml.dump(data, Dumper=dumper), encoding="utf-8")
    with pytest.raises(CatalogError, match=says):
        desk.load(tmp_path)
