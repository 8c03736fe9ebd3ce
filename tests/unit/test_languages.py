"""Texts in every language: one overlay each, English where a translation lacks, and that is counted."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

import catalog
from catalog import languages, translations
from catalog.languages import one_line
from catalog.models.model import Texts
from catalog.yaml_files import CatalogError
from warehouse.tables import published
from warehouse.tables.statement import in_languages

ROOT = Path(catalog.__file__).parents[1]


@pytest.fixture
def portuguese(tmp_path, monkeypatch):
    """The overlays, and a Portuguese one with a single translation."""
    for code in languages.languages()[:-1]:
        (tmp_path / f"{code}.po").write_bytes((languages.FOLDER / f"{code}.po").read_bytes())
    population = catalog.load().indicators["population"].title.en
    (tmp_path / "pt.po").write_text(
        f'msgid "{population}"\nmsgstr "Popula\u00e7\u00e3o"\n', encoding="utf-8"
    )
    monkeypatch.setattr(languages, "FOLDER", tmp_path)
    return tmp_path


@pytest.mark.parametrize("code", ["ca", "es", "fr"])
def test_the_languages_of_the_observatory_translate_every_text(code):
    lacking = [
        (place, english)
        for place, english, beside in translations.texts(ROOT)
        if not (beside.get(code) or languages.translated(english, code))
    ]
    assert lacking == []


def test_the_meaning_of_every_published_table_is_translated():
    with (languages.FOLDER / "tables.csv").open(encoding="utf-8", newline="") as file:
        columns, *rows = csv.reader(file)
    meanings = {name: table.meaning for name, table in published(catalog.load()).items()}
    assert columns == ["table", *languages.languages()[:-1]]
    assert [row[0] for row in rows] == sorted(meanings), "one row for each table, sorted by table"
    for name, *texts in rows:
        assert all(texts), name
        assert [one_line(t) for t in texts] == texts, name
        assert len({*texts, meanings[name]}) == len(columns), f"{name}: two languages are the same"
        assert texts == [languages.of_table(name, lang) for lang in columns[1:]]
    assert languages.of_table("metro", "pt") is None
    assert languages.of_table("no_such_table", "ca") is None


def test_the_overlays_are_as_the_update_writes_them(tmp_path):
    for code in languages.languages()[:-1]:
        (tmp_path / f"{code}.po").write_bytes((languages.FOLDER / f"{code}.po").read_bytes())
    translations.update(ROOT, tmp_path)
    for code in languages.languages()[:-1]:
        now = (languages.FOLDER / f"{code}.po").read_text(encoding="utf-8")
        assert now == (tmp_path / f"{code}.po").read_text(encoding="utf-8"), (
            f"catalog/languages/{code}.po is not up to date: run make translations"
        )


def test_a_language_is_one_file(portuguese):
    assert languages.languages() == ("ca", "es", "fr", "pt", "en")
    assert [c.name for c in in_languages("title", "Title")][-2:] == ["title_pt", "title_en"]
    population = catalog.load().indicators["population"].title
    gdp = catalog.load().indicators["gdp"].title
    assert population.pt == "Popula\u00e7\u00e3o"
    assert gdp.pt == gdp.en
    assert gdp.translation("pt") is None
    lacking = translations.update(ROOT, portuguese)
    assert lacking["pt"] > 100
    assert lacking["ca"] == 0
    assert "Popula\u00e7\u00e3o" in (portuguese / "pt.po").read_text(encoding="utf-8")


def test_a_translation_beside_the_english_is_of_that_place_alone():
    here = Texts.model_validate({"en": "Never published.", "fr": "Ne sont pas publi\u00e9s."})
    assert here.fr == "Ne sont pas publi\u00e9s."
    assert Texts.model_validate("A text of nobody").fr == "A text of nobody"
    with pytest.raises(AttributeError, match="no language 'xx'"):
        _ = here.xx


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ('one: "Never closed\n', "not valid YAML"),
        ("one: One\none: Again\n", "'one' is given twice"),
        ("one: no\n", "'one' is False, not text"),
        ("one:\n", "'one' is None, not text"),
        ("one: {en: One, ca: }\n", "'one' has no text in ca"),
        ("one: {ca: U}\n", "'one' has no text in en"),
        ("group: {no: No, yes: Yes}\n", "a key in group is read as yes or no"),
        ("- One\n", "not text"),
    ],
)
def test_an_update_with_a_mistake_in_the_texts_is_refused_and_loses_none(tmp_path, words, said):
    place = tmp_path / "warehouse" / "here"
    place.mkdir(parents=True)
    (place / "words.yaml").write_text(words, encoding="utf-8")
    overlays = tmp_path / "languages"
    overlays.mkdir()
    (overlays / "ca.po").write_text('msgid "Kept"\nmsgstr "Desat"\n', encoding="utf-8")
    with pytest.raises(CatalogError, match=said) as mistake:
        translations.update(tmp_path, overlays)
    assert "here/words.yaml" in str(mistake.value)
    assert "Desat" in (overlays / "ca.po").read_text(encoding="utf-8")


@pytest.mark.parametrize("line", ['msgid "Area', "<<<<<<< HEAD", 'msgstring "Area"'])
def test_an_update_refuses_an_overlay_that_is_damaged(tmp_path, line):
    damaged = f'msgid "Population"\nmsgstr "Població"\n\n{line}\nmsgstr "Superfície"\n'
    (tmp_path / "ca.po").write_text(damaged, encoding="utf-8")
    (tmp_path / "es.po").write_text("", encoding="utf-8")
    with pytest.raises(CatalogError, match=r"languages/ca\.po: line 4 is not valid gettext"):
        translations.update(ROOT, tmp_path)
    assert (tmp_path / "ca.po").read_text(encoding="utf-8") == damaged
    assert (tmp_path / "es.po").read_text(encoding="utf-8") == ""


def test_french_texts_keep_their_signs_on_the_line():
    """A plain space before ; : ? ! » or % lets the sign begin a line."""
    loose = re.compile(r"\S [;:?!»%](?=[\s.,)]|$)|« |\d \d{3}(?!\d)")
    found = {
        text
        for place, english, beside in translations.texts(ROOT)
        if loose.search(text := beside.get("fr") or languages.translated(english, "fr") or "")
    }
    found |= {
        text
        for table in published(catalog.load())
        if loose.search(text := languages.of_table(table, "fr") or "")
    }
    assert found == set(), "write a no-break space (U+00A0) before the sign"
