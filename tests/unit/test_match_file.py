"""`observatory match`: a list of any shape, nothing merged silently, no row dropped.

The traps of the names themselves are in `test_registry_traps.py`, case by case.
"""

from __future__ import annotations

import csv
import io
import json
import random
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from places import answer, world
from work import calls

from pipelines.commands.match import ADDED, match
from warehouse.registry import known
from warehouse.registry.matching.list_row import Row
from warehouse.registry.matching.match_list import match_row, match_rows
from warehouse.registry.matching.names import repaired


def test_two_candidates_are_said_in_the_persons_terms():
    assert answer("Hyderabad").why == (
        "two candidates: Hyderabad IN, Hyderabad PK; give the country"
    )
    assert [c for c, _ in answer("Hyderabad").candidates] == ["in-hyderabad", "pk-hyderabad"]
    within = answer("Yulin", "China")
    assert "give coordinates or the state" in within.why and len(within.candidates) == 2


@pytest.mark.parametrize(
    ("name", "country", "metro_id"),
    [
        ("Yulin, Shaanxi", "CN", "cn-yulin-shaanxi"),
        ("Yulin, Guangxi", "CN", "cn-yulin-guangxi"),
        ("Springfield, MO", "US", "us-springfield-mo"),
        ("Concord (CA)", "US", "us-concord-ca"),
        ("Barcelona, Venezuela", "", "ve-barcelona"),
        ("Atlanta, Georgia", "", "us-atlanta"),
        ("Columbus, Georgia", "US", "us-columbus-ga"),
        ("London, Ontario", "", "ca-london"),
        ("Akron, OH Metro Area", "US", "us-akron"),
        ("Cleveland, Ohio, USA", "", "us-cleveland"),
        ("Portland, Oregon", "", "us-portland-or"),
        ("Córdoba, Andalucía", "", "es-cordoba"),
        ("Córdoba, Andalusia", "ES", "es-cordoba"),
        ("山东省济南市", "CN", "cn-jinan"),
        ("New York-Newark-Jersey City, NY-NJ-PA", "US", "us-new-york"),
        ("Louisville/Jefferson County, KY-IN", "US", "us-louisville"),
    ],
)
def test_a_state_or_country_after_the_name_tells_namesakes_apart(name, country, metro_id):
    assert answer(name, country).metro_id == metro_id


@pytest.mark.parametrize(
    ("name", "country", "state", "said"),
    [
        ("Paris, Texas", "", "", "no metropolis is called 'Paris' in United States"),
        ("Springfield, IL", "US", "", "no metropolis is called 'Springfield' in IL"),
        ("Jacksonville (North Carolina)", "US", "", "in another state: Jacksonville US"),
        ("Jacksonville", "US", "NC", "in another state: Jacksonville US"),
        ("西安", "吉林", "", "no metropolis is called '西安' in 吉林"),
        ("Barcelona, Venezuela", "ES", "", "'Venezuela' is not known of Barcelona"),
        ("Akron", "US", "Atlantis", "'Atlantis' is no state or province known here"),
    ],
)
def test_a_namesake_in_another_state_is_not_accepted(name, country, state, said):
    found = match_row(Row(name, country, state=state), world())
    assert found.metro_id == "" and found.decision != "accept"
    assert said in found.why


@pytest.mark.parametrize(
    "state", ["Carolina del Nord", "Carolina del Norte", "Caroline du Nord", "Северная Каролина"]
)
def test_a_state_is_known_in_the_languages_of_the_mission(state):
    found = match_row(Row("Fayetteville", "US", state=state), world())
    assert found.metro_id == "us-fayetteville-nc", found.why


def test_a_state_in_a_column_of_its_own_tells_namesakes_apart():
    for state in ("MO", "Missouri", "US-MO"):
        assert match_row(Row("Springfield", "US", state=state), world()).metro_id == (
            "us-springfield-mo"
        )


def test_no_namesake_stands_in_for_a_place_that_is_not_in_the_registry():
    for name, country in (("Paris, Texas", "US"), ("Victoria", "AU"), ("London", "FR")):
        found = answer(name, country)
        assert (found.decision, found.metro_id) == ("reject", "")
        assert "elsewhere: " in found.why


# One city, many territories.
@pytest.mark.parametrize(
    ("name", "country", "population", "decision", "relation"),
    [
        ("Brussels", "BE", "177307", "review", ""),
        ("Brussels", "BE", "1,183,841", "accept", "close"),
        ("Barcelona", "ES", "1 636 732", "accept", "narrow"),
        ("Barcelona", "ES", "5.586.521", "accept", "close"),
        ("Barcelona", "ES", "47000000", "review", ""),
    ],
)
def test_a_population_says_which_territory(name, country, population, decision, relation):
    found = answer(name, country, population=population)
    assert (found.decision, found.relation) == (decision, relation)


# Codes and aggregates in the column of names are no cities.
@pytest.mark.parametrize(
    ("name", "country"),
    [
        ("ES001M", "ES"),
        ("ES001MC", "ES"),
        ("NOCITI_SA", "ES"),
        ("NO_OSLO", "ES"),
        ("National", "BE"),
        ("Spain_total", "ES"),
        ("World, all cities", ""),
        ("World", ""),
        ("", "ES"),
        (" ", "ES"),
        ("-", "ES"),
        ("()", ""),
        ("12345", ""),
    ],
)
def test_what_is_no_city_is_rejected(name, country):
    found = answer(name, country)
    assert (found.decision, found.metro_id, found.score) == ("reject", "", 0.0)
    assert found.why


@pytest.mark.parametrize(
    ("name", "country", "metro_id"),
    [
        ("Athens", "EL", "gr-athens"),
        ("Athens", "GRC", "gr-athens"),
        ("London", "UK", "gb-london"),
        ("Taipei", "158", "tw-taipei"),
        ("Hong Kong", "HK", "hk-hong-kong"),
        ("Hong Kong", "China", "hk-hong-kong"),
        ("San Juan", "US", "pr-san-juan"),
        ("Kabul", "004", "af-kabul"),
        ("Kabul", "4", "af-kabul"),
    ],
)
def test_countries_of_other_code_lists(name, country, metro_id):
    assert answer(name, country).metro_id == metro_id


@pytest.mark.parametrize(
    "country", ["ES", "es", "ESP", "724", "Espanya", "España", "ESPAGNE", "Spain", " Espana "]
)
def test_a_country_in_any_of_the_four_languages_or_codes(country):
    assert answer("Barcelona", country).metro_id == "es-barcelona"


@pytest.mark.parametrize(
    ("name", "country", "metro_id"),
    [
        ("Kinshasa", "Congo", "cd-kinshasa"),
        ("Brazzaville", "Congo", "cg-brazzaville"),
        ("Seoul", "Korea", "kr-seoul"),
        ("Abidjan", "CÃ´te d'Ivoire", "ci-abidjan"),
        ("Abidjan", "Côte d’Ivoire", "ci-abidjan"),
    ],
)
def test_a_country_that_may_be_two(name, country, metro_id):
    assert answer(name, country).metro_id == metro_id


def test_a_country_that_is_none_is_said_and_never_accepted():
    found = answer("Paris", "Freedonia")
    assert found.decision == "review"
    assert "'Freedonia' is no country known here" in found.why


@pytest.mark.parametrize("country", ["NA", "na", "NAM", "Namibia", "516", "Namíbia", "Namibie"])
def test_na_is_namibia(country):
    found = answer("Windhoek", country)
    assert (found.decision, found.metro_id) == ("accept", "na-windhoek")


def test_na_for_not_known_is_told_from_namibia():
    found = answer("Tokyo", "NA")
    assert found.decision == "reject"
    assert "NA is Namibia; leave the cell empty" in found.why


@pytest.mark.parametrize(
    ("name", "country", "metro_id"),
    [
        ("Барселона", "ES", "es-barcelona"),
        ("برشلونة", "ES", "es-barcelona"),
        ("北京", "", "cn-beijing"),
    ],
)
def test_names_in_other_scripts(name, country, metro_id):
    found = answer(name, country)
    assert (found.decision, found.metro_id) == ("accept", metro_id)


def test_a_few_consonants_are_no_name():
    for name in ("mn", "sn", "kr"):
        assert answer(name).decision != "accept"


def test_a_label_of_two_metropolises_is_accepted_as_neither():
    assert answer("México_Toluca", "MX").metro_id == ""


@pytest.mark.parametrize(
    ("name", "country"),
    [("Changchow", "CN"), ("Banda Aceh", "ID"), ("Ciudad Ojeda", "VE"), ("Al-Khafji", "SA")],
)
def test_a_beginning_in_common_is_no_match(name, country):
    assert answer(name, country).metro_id == ""


# A name in common with a place that lies elsewhere.
@pytest.mark.parametrize(
    ("lat", "lon", "said"),
    [
        ("41.38", "2.17", ""),
        ("41,38", "2,17", ""),
        ("2.17", "41.38", "look swapped"),
        ("41.38", "-2.17", "the sign of the longitude looks wrong"),
        ("-41.38", "2.17", "the sign of the latitude looks wrong"),
        ("48.85", "2.35", "a wrong point, or another place of that name"),
        ("41.38N", "2.17E", "is not a number of degrees"),
        ("4138", "217", "is not between -90 and 90"),
        ("41.38", "", "only one of latitude and longitude"),
        ("0", "0", "open sea"),
        ("inf", "2", "is not a number of degrees"),
        ("", "", ""),
        ("NA", "NA", ""),
    ],
)
def test_wrong_coordinates_wait_and_are_named(lat, lon, said):
    found = answer("Barcelona", "ES", lat, lon)
    assert found.decision == ("review" if said else "accept")
    assert said in found.why


def test_a_point_tells_namesakes_apart_without_a_country():
    assert answer("Hyderabad", "", "25.4", "68.4").metro_id == "pk-hyderabad"
    assert answer("Springfield", "US", "37.2", "-93.3").metro_id == "us-springfield-mo"
    assert answer("Springfield", "US", "39.8", "-89.6").decision == "review"


@pytest.mark.parametrize(
    ("name", "country", "candidate"),
    [
        ("MÃ¼nchen", "DE", "de-munich"),
        ("WrocÅ‚aw", "PL", "pl-wroclaw"),
        ("Wroc?aw", "PL", "pl-wroclaw"),
        ("Wroc\ufffdaw", "PL", "pl-wroclaw"),
        ("SÃ£o Paulo", "BR", "br-sao-paulo"),
    ],
)
def test_mojibake_waits_with_the_right_candidate(name, country, candidate):
    found = answer(name, country)
    assert (found.decision, found.metro_id) == ("review", "")
    assert found.candidates[0][0] == candidate


@pytest.mark.parametrize("name", ["Córdoba", "Þórshöfn", "Łódź", "北京", "Âncora", "Barcelona"])
def test_sound_text_is_left_alone(name):
    assert repaired(name) == (name, "")


def test_a_letter_too_many_or_swapped_is_asked_about_never_accepted():
    for name in ("Barcelnoa", "Barcelonna", "Bacelona"):
        found = answer(name, "ES")
        assert (found.decision, found.candidates[0][0]) == ("review", "es-barcelona")
        assert "one letter away" in found.why


# Missing countries, and rows that meet.
def test_only_a_large_metropolis_alone_of_its_name_needs_no_country():
    assert answer("Tokyo").metro_id == "jp-tokyo"
    small = answer("Windhoek")
    assert (small.decision, small.metro_id) == ("review", "")
    assert small.why == "one candidate, Windhoek NA; give the country"


def test_a_name_given_twice_is_never_accepted_twice():
    found = match_rows([Row("Barcelona", "ES")] * 3 + [Row("Lyon", "FR")], world())
    assert [a.metro_id for a in found] == ["", "", "", "fr-lyon"]
    assert "the same name is in row 3, 4; say which row is the metropolis" in found[0].why
    assert [c for c, _ in found[0].candidates] == ["es-barcelona"]
    columbus = [Row("Columbus", "US", state=s) for s in ("OH", "GA", "IN")]
    found = match_rows(columbus, world())
    assert [a.metro_id for a in found] == ["us-columbus-oh", "us-columbus-ga", ""]


def test_in_a_panel_a_name_may_stand_once_in_each_period():
    rows = [Row("Barcelona", "ES")] * 3 + [Row("Lyon", "FR")] * 2
    found = match_rows(rows, world(), ["2010", "2011", "2012", "2010", "2010"])
    assert [a.metro_id for a in found] == ["es-barcelona"] * 3 + ["", ""]
    assert "the same name is in row 6; say" in found[3].why
    # A period that is not known tells nothing apart, and two names of one place still wait.
    assert not any(a.metro_id for a in match_rows(rows[:2], world(), ["", ""]))
    two = [Row("Colonia", "DE"), Row("Köln", "DE")]
    assert not any(a.metro_id for a in match_rows(two, world(), ["2010", "2011"]))


def test_a_large_namesake_that_is_no_metropolis_is_told():
    found = answer("Salamanca", "ES")
    assert found.decision == "review"
    assert "there is another Salamanca ES" in found.why
    assert answer("Salamanca", "ES", population="190000").metro_id == "es-salamanca"


def test_rows_of_two_names_that_are_one_metropolis_wait_for_a_person():
    found = match_rows([Row("Colonia", "DE"), Row("Köln", "DE"), Row("Bonn", "DE")], world())
    assert [a.decision for a in found] == ["review", "review", "accept"]
    assert "row 3 ('Köln') is Cologne DE too" in found[0].why
    assert "row 2 ('Colonia') is Cologne DE too" in found[1].why
    # Our own name is the metropolis, if it is there.
    found = match_rows([Row("Cologne", "DE"), Row("Köln", "DE")], world())
    assert [a.metro_id for a in found] == ["de-cologne", ""]


@pytest.mark.parametrize(
    ("whole", "part", "country"),
    [
        ("Marseille", "Aix-en-Provence", "FR"),
        ("Manila", "Quezon City", "PH"),
        ("Dallas", "Fort Worth", "US"),
    ],
)
def test_a_part_is_told_as_a_part_and_never_accepted_as_the_whole(whole, part, country):
    found = match_rows([Row(whole, country), Row(part, country)], world())
    assert [a.decision for a in found] == ["accept", "review"]
    assert (found[1].metro_id, found[1].relation) == ("", "part_of")
    assert "a part" in found[1].why


def test_every_metropolis_finds_itself_or_waits_and_none_finds_another():
    metros = known.metros()
    rows = [Row(m.row["name"], m.row["iso3"]) for m in metros.values()]
    found = match_rows(rows, world())
    wrong = [i for i, a in zip(metros, found, strict=True) if a.metro_id not in ("", i)]
    assert wrong == []
    assert sum(1 for a in found if a.decision == "accept") > 0.96 * len(rows)
    assert all(i in dict(a.candidates) for i, a in zip(metros, found, strict=True))


CELL = st.text(max_size=25) | st.sampled_from(
    ["London", "Hyderabad", "Barcelona", "NA", "ES", "Spain", "41.4", "-2", "1e400", "nan", "Köln"]
)
ROWS = st.lists(st.builds(Row, CELL, CELL, CELL, CELL, CELL), max_size=8)


@settings(max_examples=150, deadline=None)
@given(ROWS)
def test_noise_gets_an_answer_each_and_never_two_names_one_metropolis(rows):
    found = match_rows(rows, world())
    assert len(found) == len(rows)
    names: dict[str, set[str]] = {}
    for row, a in zip(rows, found, strict=True):
        assert a.decision in ("accept", "review", "reject")
        assert (a.metro_id != "") == (a.decision == "accept") == (a.relation != "")
        assert 0 <= a.score <= 1
        assert a.why and "\n" not in a.why
        if a.metro_id:
            names.setdefault(a.metro_id, set()).add(row.name.strip().casefold())
    assert match_rows(rows, world()) == found
    assert [a.decision for a in match_rows(rows[::-1], world())] == [a.decision for a in found][
        ::-1
    ]


def test_a_hundred_thousand_rows_of_noise_are_all_answered_and_none_is_a_metropolis():
    chance = random.Random(7)
    letters = [chance.choice("bcdfghjklmnpqrstvwxz0123456789?ÃŁж北 ") for _ in range(4096)]
    made = [Row("".join(letters[n % 4000 : n % 4000 + 12]) + str(n), "") for n in range(5_000)]
    noise = (made * 20)[:99_999]  # rows repeat, as in lists that are pasted together
    found = match_rows([*noise, Row("Windhoek", "NA")], world())
    assert len(found) == 100_000
    assert {a.metro_id for a in found[:-1]} == {""}
    assert all(a.why for a in found)
    assert found[-1].metro_id == "na-windhoek"


# The file.
def run(tmp_path, content: bytes | str, *args: str):
    source, out = tmp_path / "list.csv", tmp_path / "out.csv"
    source.write_bytes(content.encode() if isinstance(content, str) else content)
    done = CliRunner().invoke(match, [str(source), "-o", str(out), *args])
    rows = list(csv.reader(io.StringIO(out.read_text("utf-8"), newline=""))) if out.exists() else []
    return done, rows


LIST = (
    "note,name,country,004\n"
    ' "x" ,Windhoek,NA,007\n'
    '"a, b",Hyderabad,,\n'
    '"two\nlines",Barcelona,Espanya,1e5\n'
    "\n"
    "NULL,Barcelona,Espanya,NaN\n"
)


def test_the_lists_own_cells_stay_as_they_are_and_no_row_is_dropped(tmp_path):
    done, rows = run(tmp_path, LIST.replace(' "x" ', "x"))
    assert done.exit_code == 0, done.output
    own = list(csv.reader(io.StringIO(LIST.replace(' "x" ', "x"), newline="")))
    assert [r[:4] for r in rows] == [r or [""] * 4 for r in own]
    assert rows[0][4:] == list(ADDED)
    assert [r[7] for r in rows[1:]] == ["accept", "review", "review", "reject", "review"]
    assert rows[1][4:7] == ["na-windhoek", "close", "1.000"]
    assert rows[2][8] == "in-hyderabad 0.500; pk-hyderabad 0.500"
    assert "5 rows (1 accept, 3 review, 1 reject)" in done.output


def test_a_panel_is_read_by_its_column_of_years(tmp_path):
    panel = "name,country,year\nBarcelona,ES,2010\nBarcelona,ES,2011\n"
    done, rows = run(tmp_path, panel)
    assert "2 rows have a name that stands in the list twice" in done.output
    assert "--period-col names its column of years" in done.output
    assert [r[3] for r in rows[1:]] == ["", ""]
    done, rows = run(tmp_path, panel, "--period-col", "year")
    assert done.exit_code == 0 and "twice" not in done.output
    assert [r[3] for r in rows[1:]] == ["es-barcelona"] * 2
    done, _ = run(tmp_path, panel, "--period-col", "Year")
    assert "no column 'Year'; --period-col names one of: name, country, year" in done.output


@pytest.mark.parametrize("ending", ["csv", "tsv", "json", "parquet", "xlsx"])
def test_the_output_has_the_format_that_its_name_ends_in(tmp_path, ending):
    (tmp_path / "in.csv").write_text("sep=;\nname;country\nLleida;ES\nAMB;ES\n", encoding="utf-8")
    out = tmp_path / f"out.{ending}"
    done = CliRunner().invoke(match, [str(tmp_path / "in.csv"), "-o", str(out)])
    assert done.exit_code == 0, done.output
    if ending == "json":
        made = json.loads(out.read_text("utf-8"))
    elif ending == "parquet":
        made = pq.read_table(out).to_pylist()
    elif ending == "xlsx":
        header, *cells = load_workbook(out).active.iter_rows(values_only=True)
        made = [dict(zip(header, row, strict=True)) for row in cells]
    else:
        between = {"tsv": "\t", "csv": ";"}[ending]
        made = list(csv.DictReader(out.read_text("utf-8").splitlines(), delimiter=between))
    assert [r["metro_id"] for r in made] == ["es-lleida", "es-barcelona"]
    assert [float(r["score"]) > 0.9 for r in made] == [True, True]


def test_an_ending_that_is_no_format_is_a_sentence(tmp_path):
    (tmp_path / "in.csv").write_text("name\nParis\n", encoding="utf-8")
    done = CliRunner().invoke(match, [str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.docx")])
    assert done.exit_code == 1
    assert "name a file that ends in one of .csv, .tsv, .json, .parquet, .xlsx" in done.output


def test_the_same_list_gives_the_same_bytes(tmp_path):
    out = tmp_path / "out.csv"
    run(tmp_path, LIST.replace(' "x" ', "x"))
    first = out.read_bytes()
    run(tmp_path, LIST.replace(' "x" ', "x"))
    assert out.read_bytes() == first
    assert b"\r" not in first


@pytest.mark.parametrize("between", [";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_other_delimiters_line_ends_and_a_byte_order_mark(tmp_path, between, end):
    lines = end.join(between.join(r) for r in (("name", "a,b"), ("Tokyo", "1,5"))) + end
    done, _ = run(tmp_path, b"\xef\xbb\xbf" + lines.encode())
    assert done.exit_code == 0, done.output
    text = (tmp_path / "out.csv").read_text("utf-8").splitlines()
    assert text[0].split(between) == ["name", "a,b", *ADDED]
    assert text[1].split(between)[:3] == ["Tokyo", "1,5", "jp-tokyo"]


def test_columns_are_named_by_the_person(tmp_path):
    content = "ville,pays,y,x,hab\nValencia,,39.47,-0.37,800000\n"
    named = "--name-col ville --country-col pays --lat-col y --lon-col x --population-col hab"
    done, rows = run(tmp_path, content, *named.split())
    assert done.exit_code == 0, done.output
    assert rows[1][5] == "es-valencia"


@pytest.mark.parametrize(
    ("content", "args", "said"),
    [
        (b"", (), "is empty"),
        ("city\nx\n", (), "no column 'name'; --name-col names one of: city."),
        ("name\nx\n", ("--country-col", "pays"), "no column 'pays'"),
        ("name\nx\n", ("--population-col", "hab"), "no column 'hab'"),
        ("name,name\nx,y\n", (), "has 2 columns 'name'"),
        ("name,score\nx,y\n", (), "has a column 'score' already"),
        ("name,country\nParis, Texas,US\n", (), "line 2: it has 3 cells and the header 2"),
        ('name\n"x\n', (), "not valid CSV"),
        ("name\nMünchen\n".encode("latin-1"), (), "is not UTF-8"),
        ("name\nx\n".encode("utf-16")[:-1], (), "UTF-16"),
        (b"name\n\x00\n", (), "zero bytes"),
        (b"PK\x03\x04junk", (), "is not a CSV file"),
        (b"<!doctype html><html></html>", (), "web page"),
    ],
)
def test_a_bad_file_is_one_sentence_and_nothing_is_written(tmp_path, monkeypatch, capsys, content, args, said):  # fmt: skip
    from pipelines import cli

    source, out = tmp_path / "list.csv", tmp_path / "out.csv"
    source.write_bytes(content.encode() if isinstance(content, str) else content)
    monkeypatch.setattr(sys, "argv", ["observatory", "match", str(source), "-o", str(out), *args])
    with pytest.raises(SystemExit) as left:
        cli.main()
    err = capsys.readouterr().err
    assert left.value.code == 1
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == [source]


def test_the_list_itself_is_never_written_over(tmp_path):
    source = tmp_path / "list.csv"
    source.write_text("name\nTokyo\n")
    done = CliRunner().invoke(match, [str(source), "-o", str(source)])
    assert done.exit_code == 1
    assert source.read_text() == "name\nTokyo\n"


def test_latitude_without_longitude_is_a_sentence(tmp_path):
    done, _ = run(tmp_path, "name,y\nTokyo,1\n", "--lat-col", "y")
    assert done.exit_code == 2
    assert "Give --lat-col and --lon-col together." in done.output


def test_the_work_for_a_name_is_bounded():
    metros = list(known.metros().values())
    rows = [
        Row(name, m.row["iso2"] if n % 2 else "")
        for m in metros
        for n, name in enumerate((*m.place.names, f"{m.row['name']}x"))
    ][:2_000]
    match_rows(rows, world())  # reads, once, the towns of the countries that are asked for
    _, work = calls(match_rows, rows, world())
    assert work < 400 * len(rows)  # 170 a name, whatever the number of metropolises


def test_the_answer_that_the_readme_shows(tmp_path):
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    section = text.split("## Match your own list")[1].split("\n## ")[0]
    listed = section.split("printf '")[1].split("' > cities.csv")[0].replace("\\n", "\n")
    shown = section.split("```\n```\n")[1].split("```")[0]
    done, _ = run(tmp_path, listed)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == shown
