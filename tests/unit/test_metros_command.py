"""`observatory metros`: found by any name in any script, shown with what is and is not known."""

from __future__ import annotations

import csv

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from pipelines.commands.metros import metros
from warehouse.registry import known
from warehouse.registry.matching.match import Place
from warehouse.registry.matching.names import Names


def run(*args: str):
    return CliRunner().invoke(metros, list(args))


def found(*args: str) -> list[list[str]]:
    done = run("find", *args)
    assert done.exit_code == 0, done.output
    return [[c.strip() for c in line.split("│")] for line in done.stdout.splitlines()[2:]]


@pytest.mark.parametrize(
    ("query", "metro_id", "matched"),
    [
        ("Barcelone", "es-barcelona", "Barcelone"),
        ("Барселона", "es-barcelona", "Барселона"),
        ("برشلونة", "es-barcelona", "برشلونة"),
        ("바르셀로나", "es-barcelona", "바르셀로나"),
        ("SAO PAULO", "br-sao-paulo", "São Paulo"),
        ("AMB, ES", "es-barcelona", "Àrea Metropolitana de Barcelona (AMB)"),
        ("Greater London Authority", "gb-london", "Greater London Authority"),
        ("Krung Thep", "th-bangkok", "Krung Thep (Bangkok)"),
        ("Aix-en-Provence", "fr-marseille", "Aix-en-Provence (a part)"),
        ("es-barcelona", "es-barcelona", "Barcelona"),
    ],
)
def test_a_metropolis_is_found_by_any_name_in_any_script(query, metro_id, matched):
    rows = found(query)
    assert rows[0][0] == metro_id
    assert rows[0][3] == matched


def test_a_row_says_country_and_population_with_its_territory():
    (row,) = found("Köln")
    assert row[:4] == ["de-cologne", "Cologne", "Germany", "Köln"]
    largest = known.metros()["de-cologne"].largest
    assert largest is not None
    assert row[4].startswith(f"{float(largest['population']):,.0f} ({largest['scale']}, ")


def test_a_list_of_names_that_draws_no_territory_gives_no_population():
    rows = {r[0]: r for r in found("AMB")}
    assert "nzt_city" not in rows["es-barcelona"][4]
    largest = [m.largest for m in known.metros().values()]
    assert not {u["system"] for u in largest if u} & set(known.UNDRAWN)


def test_a_number_of_a_list_that_draws_no_territory_is_marked_as_such():
    lines = run("show", "es-barcelona").stdout.splitlines()
    listed = [x for x in lines if any(f" {s} " in x for s in known.UNDRAWN)]
    assert listed and all("*" in x[:24] for x in listed if not x[12:23].strip().startswith("-"))
    assert not any("*" in x for x in lines if " eurostat_city " in x)
    assert lines.count("* the list's own number; the list draws no territory") == 1
    assert max(map(len, lines)) <= 80


def test_namesakes_are_all_listed_the_largest_first():
    assert [r[0] for r in found("Hyderabad")] == ["in-hyderabad", "pk-hyderabad"]
    assert "2 metropolises bear that name." in run("find", "Hyderabad").stderr


@pytest.mark.parametrize("query", ["Hyderabad, PK", "Hyderabad, Pakistan", "Hyderabad, Pakistán"])
def test_a_country_after_the_name_is_understood(query):
    assert [r[0] for r in found(query)] == ["pk-hyderabad"]


def test_nothing_found_is_a_sentence_with_near_names():
    done = run("find", "Barcelnoa")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.strip() == (
        "Error: No metropolis is called 'Barcelnoa'. Near names: Barcelona ES (es-barcelona), "
        "Barcelona VE (ve-barcelona)."
    )
    assert "No name is near it either." in run("find", "zzzqqq").stderr
    assert run("find", "").exit_code == 1


def test_show_has_every_unit_with_its_territory_by_scale():
    done = run("show", "es-barcelona")
    assert done.exit_code == 0, done.output
    units = done.stdout.split("system, edition, code\n")[1].split("\n\n")[0].splitlines()
    rows = [line.split() for line in units if line.startswith("  ")]
    assert len(rows) == len(known.metros()["es-barcelona"].units)
    assert ["close", "5,034,925", "2019", "2,624", "eurostat_fua", "2019", "ES002L2"] in rows
    assert ["exact", "5,276,919", "2015", "-", "un_wup2018", "2018", "22525"] in rows
    with (known.METROS.parent / "scales.csv").open(encoding="utf-8", newline="") as file:
        scales = [r["scale"] for r in csv.DictReader(file)]
    order = [scales.index(x) for x in units if not x.startswith((" ", "*"))]
    assert order == sorted(set(order))


def test_show_has_relations_and_redrawn_boundaries():
    said = " ".join(run("show", "es-barcelona").stdout.split())
    assert "eurostat_city:ES002C1 (2019) part of eurostat_city:ES002K2 (2019)" in said
    assert "eurostat_fua:ES002L2 (2019) contains eurostat_city:" in said
    assert "oecd_fua:ES002F (2024) successor of oecd_fua:ES002 (2012)" in said
    assert (
        "oecd_fua:ES002F (2024) version 2 redraws oecd_fua:ES002 (2012): 3,846,697 inhabitants, then "
        "5,093,635 inhabitants"
    ) in said
    assert "Redrawn boundaries" not in run("show", "na-windhoek").stdout
    riga = run("show", "lv-riga").stdout
    assert "eurostat_metro:LV001MC version 1, first to 2017: 304 km2" in riga
    assert "eurostat_metro:LV001MC version 2, 2018 to now: 10,444 km2" in riga


def test_show_has_members_and_what_is_not_known():
    said = run("show", "es-barcelona").stdout
    whole = " ".join(said.split())
    assert (
        "Àrea Metropolitana de Barcelona (metropolitan authority), territory of 36 municipalities "
        "(2011); https://www.amb.cat/en/web/amb/la-institucio"
    ) in whole
    assert "(region), territory not known" in " ".join(run("show", "fr-paris").stdout.split())
    gaps = said.split("Not known")[1]
    assert "no population of " in gaps
    windhoek = run("show", "na-windhoek").stdout
    assert "no government seen to be a member of Metropolis" in windhoek
    assert "no unit at the scale municipality, greater_city, authority" in windhoek
    assert "no Catalan name" in windhoek
    assert "eurostat" not in windhoek


@pytest.mark.parametrize("metro_id", [*sorted(known.metros())[::60], "es-barcelona", "jp-tokyo"])
def test_any_metropolis_can_be_shown(metro_id):
    done = run("show", metro_id)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"{metro_id}: ")
    assert [line for line in lines if cell_len(line) > 80] == []


def test_an_unknown_identifier_is_a_sentence_with_near_ones():
    done = run("show", "es-barcelna")
    assert done.exit_code == 1
    assert "There is no metropolis 'es-barcelna'; near it: es-barcelona" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_every_metropolis_is_found_by_each_of_its_names():
    listed = known.metros()
    names = Names(m.place for m in listed.values())
    lost = [
        (i, n)
        for i, m in list(listed.items())[::10]
        for n in m.place.names
        if i not in dict(names.find(n))
    ]
    assert lost == []


def test_ties_are_broken_by_the_identifier_not_by_the_order():
    places = [Place(f"xx-{n}", "XX", ("Alba",), population=1e5) for n in "cab"]
    assert [m for m, _ in Names(places).find("Alba")] == ["xx-a", "xx-b", "xx-c"]
    assert Names(places).near("Albba") == ["xx-a", "xx-b", "xx-c"]
