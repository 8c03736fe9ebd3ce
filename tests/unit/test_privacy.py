"""A person who answered is found wherever they leak to, and nowhere when they do not."""

import gzip
import json
import sqlite3
import zipfile
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from work import calls

from catalog import survey_loader
from warehouse import tables
from warehouse.home import Home
from warehouse.registry import lookup
from warehouse.surveys.governance import tables as governance
from warehouse.surveys.intake import intake, shelves, wave
from warehouse.surveys.secrecy import privacy

PERSON = {
    "respondent_name": "Núria Planted Prova",
    "respondent_email": "nuria.planted@example.org",
    "phone": "+34 600 111 222",
    "deviceid": "collect:PlAnTeD0device",
    "IP address": "203.0.113.77",
    "_submitted_by": "planted_username",
    "_geolocation": "41.38879 2.15899 12.0 4.5",
    "notes": "Truqueu-me al vespre, sóc la Núria",
}
NEEDLES = [*PERSON.values(), "41.38879 2.15899"]
INSTITUTION = {
    "_id": "7",
    "_uuid": "0b0b-planted",
    "_submission_time": "2026-03-01T10:00:00",
    "metro_id": "es-barcelona",
    "ref_year": "2024",
    "legal_citation": "Escriviu a nuria.planted@example.org",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with one survey file of a planted person read, and its tables made."""
    home = Home(tmp_path_factory.mktemp("home"))
    row = INSTITUTION | PERSON
    file = home.root.parent / "export.csv"
    quoted = [[f'"{v}"' for v in part] for part in (row, row.values())]
    file.write_text("\n".join(";".join(part) for part in quoted) + "\n", encoding="utf-8")
    came = intake.take_in(
        home, file, "2026", survey_loader.survey(), now=datetime(2026, 3, 2, tzinfo=UTC)
    )
    assert came.responses == 1 and came.kept_apart >= len(PERSON)
    wave.write_wave(home, "2026", survey_loader.survey(), lookup.known_metros())
    for statement in [
        t for t in tables.of_group("governance") if t.made_by.endswith("governance.tables")
    ]:
        home.tables.mkdir(exist_ok=True)
        pq.write_table(governance.made(home, statement), home.table(statement.name))
    return home


def test_a_planted_person_stands_in_the_protected_store_and_nowhere_else(home):
    kept = "".join(privacy.known_persons(home))
    assert "nuria.planted@example.org" in kept and PERSON["notes"] in kept
    assert len(pq.read_table(home.table("gov_answer"))) > 0
    assert privacy.scan(home, NEEDLES) == []
    assert (home.protected.stat().st_mode & 0o77) == 0


def _parquet(path, text):
    pq.write_table(pa.table({"x": pa.array([text]).dictionary_encode()}), path, compression="zstd")


def _forgotten_dictionary(path, text):
    whole = pa.array(["a", text]).dictionary_encode()
    pq.write_table(pa.table({"x": whole}), path)


def _database(path, text):
    with duckdb.connect(str(path)) as con:
        con.execute("create table t as select ? as x", [text])


def _events(path, text):
    with sqlite3.connect(path) as con:
        con.execute("create table event_logs (event text)")
        con.execute("insert into event_logs values (?)", [json.dumps({"label": text})])


def _zip(path, text):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", f"<t>{text}</t>")


LEAKS = {
    "tables/planted.parquet": _parquet,
    "snapshots/planted.parquet": _forgotten_dictionary,
    "releases/1/observatory.duckdb": _database,
    "releases/1/export.xlsx": _zip,
    "releases/1/docs/failing_rows.html": lambda p, t: p.write_text(
        "".join(c if c.isascii() else f"&#{ord(c)};" for c in t)
    ),
    "releases/1/docs/samples.json": lambda p, t: p.write_text(json.dumps({"sample": t})),
    "releases/1/table.csv.gz": lambda p, t: p.write_bytes(gzip.compress(t.encode())),
    "dagster/history/runs/planted.db": _events,
    "dagster/storage/compute_logs/1.err": lambda p, t: p.write_text(f"INFO read {t}\n"),
    "logs/survey.log": lambda p, t: p.write_text(t.upper()),
    "survey/2026/planted.answers.parquet": _parquet,
}


@pytest.mark.parametrize("place", LEAKS)
@pytest.mark.parametrize("needle", [PERSON["respondent_name"], PERSON["deviceid"]])
def test_a_planted_leak_is_found(place, needle, tmp_path):
    home = Home(tmp_path)
    path = home.root / place
    path.parent.mkdir(parents=True)
    LEAKS[place](path, needle)
    assert {(str(p), n) for p, n in privacy.scan(home, NEEDLES)} >= {(place, needle)}


def test_a_table_with_a_person_is_not_released(home):
    made = {
        t.name: pq.read_table(home.table(t.name))
        for t in [
            t for t in tables.of_group("governance") if t.made_by.endswith("governance.tables")
        ]
    }
    assert privacy.leaks(home, made) == []
    answers = made["gov_answer"]
    place = answers.schema.get_field_index("value_raw")
    told = pa.array([PERSON["respondent_name"]] * len(answers), pa.string())
    (sentence,) = privacy.leaks(
        home, made | {"gov_answer": answers.set_column(place, "value_raw", told)}
    )
    assert "gov_answer, column value_raw: 1 texts" in sentence
    packed = answers.set_column(place, "value_raw", told.dictionary_encode())
    assert privacy.leaks(home, made | {"gov_answer": packed}) == [sentence]
    assert PERSON["respondent_name"] not in sentence


@pytest.mark.parametrize(
    "text",
    [
        "Ley 5/2010, consultada con NURIA  PLANTED-PROVA en mayo",
        "(Núria.Planted@EXAMPLE.org)",
        "escriviu a nuria.planted@example.org.",
        "tel. 600-111-222",
        "tel. 0034600111222, matins",
        "punt 41.389, 2.159 del mapa",
        "va dir: truqueu-me al vespre soc la nuria!",
    ],
)
def test_a_person_in_another_spelling_or_inside_a_text_is_not_released(home, text):
    made = pa.table({"note": pa.array(["Llei 31/2010", text], pa.string()).dictionary_encode()})
    (sentence,) = privacy.leaks(home, {"gov_plan": made})
    assert "gov_plan, column note: 1 texts" in sentence and text not in sentence


@pytest.mark.parametrize(
    "text",
    [
        "Prova planted",
        "Núria",
        "Truqueu-me",
        "41.5, 2.9 i 41.38 metres",
        "Llei 600/111 de 2022",
        "https://example.org/planted",
        "2026-03-01T10:00:00",
    ],
)
def test_what_only_looks_alike_is_released(home, text):
    assert privacy.leaks(home, {"gov_plan": pa.table({"note": [text]})}) == []


def test_many_texts_are_searched_at_once(home):
    texts = [f"Article {i} of the law on the metropolis number {i * 7}" for i in range(20_000)]
    found, work = calls(privacy.leaks, home, {"gov_answer": pa.table({"value_raw": texts})})
    assert found == []
    assert work < len(texts) / 4  # no Python for each text


def test_the_names_of_files_are_searched_too(tmp_path):
    home = Home(tmp_path)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "planted_username.log").write_text("")
    assert privacy.scan(home, ["planted_username"]) != []


def test_protected_files_are_those_of_their_owner_alone(home):
    for path in [*home.protected.rglob("*"), *shelves.originals(home, "2026").iterdir()]:
        assert path.stat().st_mode & 0o77 == 0, path
