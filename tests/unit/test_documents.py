"""A release folder that is copied elsewhere is understood without us."""

import csv
import json
import re

import pyarrow.parquet as pq
import pytest
import yaml
from released import STATEMENTS, copied

from warehouse import release
from warehouse.errors import WarehouseError
from warehouse.publications import citation
from warehouse.publications.documents import FILES
from warehouse.publications.model import Release, spdx


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return copied(tmp_path_factory.mktemp("documents"))


def test_the_model_says_what_the_statements_say(folder):
    read = Release(folder)
    assert set(read.tables) == set(STATEMENTS)
    for name, statement in STATEMENTS.items():
        table = read.tables[name]
        assert (table.meaning, table.key) == (statement.meaning, statement.key)
        assert [(f.name, f.type, f.meaning, f.unit, f.among, f.null) for f in table.fields] == [
            (c.name, c.type, c.meaning, c.unit, c.among, c.null) for c in statement.columns
        ]


def test_columns_are_described_inside_the_parquet_files(folder):
    field = pq.read_schema(folder / "parquet" / "latest.parquet").field("value")
    assert field.metadata[b"description"].decode().startswith("The figure; null where")
    assert field.metadata[b"unit"] == b"unit"


def test_every_file_that_the_guide_names_is_there(folder):
    for name in FILES:
        if name != "data_docs/":
            assert (folder / name).exists(), name
    assert re.findall(r"\[([^]]+)\]\(\1\)", (folder / "llms.txt").read_text())[: len(FILES)] == [
        *FILES
    ]
    release.verify(folder)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("README.md", ("How to cite", "unknown", "sha256sum -c")),
        ("README.ca.md", ("Com citar-la", "desconegut", "sha256sum -c")),
        ("README.es.md", ("Cómo citarla", "desconocido", "sha256sum -c")),
        ("README.fr.md", ("Comment la citer", "inconnue", "sha256sum -c")),
    ],
)
def test_the_guide_is_in_four_languages(folder, name, words):
    text = (folder / name).read_text(encoding="utf-8")
    assert all(word in text for word in words)
    assert "release 2026.11.23.1" in text or "2026.11.23.1" in text
    assert citation.sentence(Release(folder)) in text


def test_the_python_example_of_the_guide_runs(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    code = re.search(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.S)
    assert code
    exec(code[1], {})
    assert "es-barcelona" in capsys.readouterr().out


def test_each_dataset_has_its_licence_and_a_credit_to_paste(folder):
    with (folder / "licences.csv").open(encoding="utf-8", newline="") as file:
        listed = {r["dataset"]: r for r in csv.DictReader(file)}
    assert set(listed) == {"cities_population", "cities_gdp", "met_lfe3emprt", "green"}
    assert listed["cities_population"]["spdx"] == ""
    assert listed["cities_gdp"]["spdx"] == "CC-BY-4.0"
    credit = listed["green"]["credit"]
    assert credit == (
        "Source: un_habitat: Table green (green), retrieved 2024-05-01. CC BY 4.0 "
        "(https://example.org/licence). Figures harmonised by World Observatory of Metropolitan "
        "Areas, release 2026.11.23.1."
    )
    assert credit in (folder / "LICENCES.md").read_text(encoding="utf-8")


def test_the_dictionary_is_there_as_data(folder):
    listed = json.loads((folder / "dictionary.json").read_text(encoding="utf-8"))
    assert {t["table"] for t in listed["tables"]} == set(STATEMENTS)
    with (folder / "dictionary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(len(t.columns) for t in STATEMENTS.values())
    latest = {r["column"]: r for r in rows if r["table"] == "latest"}
    assert latest["metro_id"]["null"] == "false"
    assert latest["unit"]["among"] == "unit.unit"


def test_the_citation_names_the_release_and_its_sources(folder):
    read = yaml.safe_load((folder / "CITATION.cff").read_text(encoding="utf-8"))
    assert read["version"] == "2026.11.23.1"
    assert read["date-released"] == "2026-11-23"
    assert len(read["references"]) == 4
    assert "url" not in read  # no address is made up


@pytest.mark.parametrize(
    ("licence", "identifier"),
    [
        ("CC BY 4.0 (Eurostat reuse policy)", "CC-BY-4.0"),
        ("CC-BY-4.0", "CC-BY-4.0"),
        ("CC BY 3.0 IGO", "CC-BY-3.0-IGO"),
        ("CC BY-NC-SA 3.0 IGO", "CC-BY-NC-SA-3.0-IGO"),
        ("United Nations terms of use (reuse with citation)", None),
    ],
)
def test_an_spdx_identifier_is_read_off_a_licence_and_never_guessed(licence, identifier):
    assert spdx(licence) == identifier


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda f: (f / "release.json").unlink(), "release.json is missing"),
        (lambda f: (f / "release.json").write_text("{"), "cannot be read"),
        (lambda f: [p.unlink() for p in (f / "parquet").iterdir()], "no Parquet table"),
        (lambda f: (f / "parquet" / "latest.parquet").write_bytes(b"x"), "not a readable Parquet"),
    ],
)
def test_a_damaged_folder_is_a_sentence(tmp_path, spoil, told):
    folder = copied(tmp_path)
    spoil(folder)
    with pytest.raises(WarehouseError, match=told):
        Release(folder)


def test_an_unknown_table_is_a_sentence(folder):
    with pytest.raises(WarehouseError, match="has no table 'nothing'; it has accounting"):
        Release(folder).read("nothing")
