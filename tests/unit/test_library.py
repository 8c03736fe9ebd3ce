"""The library: every item agrees with the registry, is found and cited, and a wrong row is a sentence."""

import csv
import json
import re
import shutil

import pytest
from click.testing import CliRunner

import catalog
from catalog import bibliography
from catalog.loader import FOLDER, CatalogError
from pipelines.commands.library import library as command
from warehouse.errors import WarehouseError
from warehouse.library import cite, rows, tables


@pytest.fixture(scope="module")
def library():
    return bibliography.load()


def copied(folder):
    """A catalog of its own, so that an item may be added."""
    for name in ("surveys", "metros", "themes.yaml"):
        (folder / name).symlink_to(FOLDER / name)
    shutil.copytree(FOLDER / "library", folder / "library")
    return folder


@pytest.fixture
def folder(tmp_path):
    return copied(tmp_path)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """For rows that add nothing: it is read once."""
    return copied(tmp_path_factory.mktemp("catalog"))


NEW = {
    "kind": "plan",
    "title": "Pla de prova",
    "title_en": "A plan for a test",
    "date": "2024-05",
    "languages": "ca",
    "publisher": "Àrea Metropolitana de Barcelona",
    "address": "https://www.amb.cat/a-plan-for-a-test",
    "source_kind": "official",
    "metro_ids": "es-barcelona",
    "themes": "mobility",
    "what": "Plans something",
}


def test_the_library_is_large_and_its_networks_are_many(library):
    assert len(library.items) >= 380
    networks = [i for i in library.items if i.kind == "network"]
    assert len(networks) >= 12
    dated = [m for m in library.memberships if m.member_since or m.year_seen]
    assert len(dated) >= 200
    assert {n.coverage for n in library.networks} == {"whole", "partial", "none"}


def test_no_membership_is_claimed_by_a_network_of_which_nothing_is_known(library):
    unknown = {n.network for n in library.networks if n.coverage == "none"}
    assert not unknown & {m.network for m in library.memberships}


def test_items_are_found_without_accents_and_by_what_they_are_tied_to(library):
    found = bibliography.find(library, ["area", "BARCELONA", "llei"], kind="law")
    assert "es-amb-law-2010" in [i.id for i in found]
    by_code = bibliography.find(library, code="11.2")
    assert by_code and all("mobility" in i.themes for i in by_code)
    dates = [i.date for i in bibliography.find(library, kind="plan") if i.date]
    assert dates == sorted(dates, reverse=True)


def test_every_item_is_cited_in_three_formats(library):
    bib = cite.bibtex(library.items)
    assert bib.count("\n@") + 1 == len(library.items) == len(re.findall(r"^@", bib, re.M))
    for entry in bib.split("\n\n"):
        unescaped = re.sub(r"\\[{}]", "", entry)
        assert unescaped.count("{") == unescaped.count("}")
    made = json.loads(cite.csl(library.items))
    assert len(made) == len(library.items)
    assert all(m["title"] and m["URL"].startswith("http") and m["type"] for m in made)
    ris = cite.ris(library.items)
    assert ris.count("TY  - ") == ris.count("ER  - ") == len(library.items)
    assert all(re.match(r"^[A-Z][A-Z0-9]  - ", line) for line in ris.splitlines() if line)


def test_what_is_not_known_is_not_cited(library):
    undated = next(i for i in library.items if not i.date)
    assert "year" not in cite.bibtex([undated]) and "PY  -" not in cite.ris([undated])
    assert "issued" not in json.loads(cite.csl([undated]))[0]


def test_a_line_in_four_languages_for_every_item(library):
    names = {"es-barcelona": dict.fromkeys(tables.LANGUAGES, "Barcelona")}
    made = list(tables.items(library, catalog.load(), names))
    assert all(r[f"line_{lang}"] for r in made for lang in tables.LANGUAGES)
    law = next(r for r in made if r["item_id"] == "es-amb-law-2010")
    assert law["line_ca"].startswith("Llei, 2010-08-03 · Barcelona · governança")
    assert law["line_fr"].startswith("Loi, 2010-08-03 · Barcelona · gouvernance")


def test_links_say_whether_they_are_stated_or_follow_from_the_theme(library):
    made = [r for r in tables.links(library) if r["item_id"] == "es-amb-law-2010"]
    assert ("metro", "es-barcelona", "stated") in {(r["to"], r["target"], r["basis"]) for r in made}
    assert ("nua", "90", "theme") in {(r["to"], r["target"], r["basis"]) for r in made}
    keys = [(r["item_id"], r["to"], r["target"]) for r in tables.links(library)]
    assert len(keys) == len(set(keys))


def test_an_item_is_added_and_found(folder):
    (item,) = bibliography.add({2: NEW}, folder)
    assert item.id == "es-plan-test-2024"
    again = bibliography.load(folder)
    assert bibliography.find(again, ["prova"])[0].id == item.id
    with pytest.raises(CatalogError, match="the address is already that of 'es-plan-test-2024'"):
        bibliography.add({2: NEW}, folder)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"address": "htp:/amb"}, "does not begin with http"),
        ({"address": "https://www amb cat/x"}, "holds a space"),
        ({"address": "https://es.scribd.com/document/1"}, "cite the text itself in 'document'"),
        ({"address": "https://ca.wikipedia.org/wiki/AMB"}, "an encyclopaedia"),
        ({"metro_ids": "es-nowhere"}, "no metropolis 'es-nowhere'"),
        ({"body_ids": "es-nobody"}, "has the body 'es-nobody'"),
        ({"kind": "novel"}, "'novel' is not allowed"),
        ({"date": "May 2024"}, "'May 2024' is no date of the calendar; write"),
        ({"date": "31/02/2020"}, "'31/02/2020' is no date of the calendar"),
        ({"date": "2020-02-31"}, "'2020-02-31' is no date of the calendar"),
        ({"date": "2020-13"}, "'2020-13' is no date of the calendar"),
        ({"title": ""}, "title: it is empty; fill it in"),
        ({"languages": "Catalan"}, "languages: 'Catalan' cannot be read; write ISO 639"),
        ({"themes": "magic"}, "there is no theme 'magic'"),
        ({"colour": "red"}, "there is no column 'colour'"),
        ({"id": "es-amb-law-2010"}, "is taken"),
        ({"what": ""}, "what: it is empty; fill it in"),
        ({"what": "x" * 500}, "it has 500 signs and may have 400"),
        ({"what_fr": "x" * 500}, "fr: it has 500 signs and may have 400"),
    ],
)
def test_a_wrong_row_is_a_sentence_and_nothing_is_written(untouched, wrong, says):
    with pytest.raises(CatalogError, match="row 3: .*" + says):
        bibliography.add(
            {2: NEW, 3: NEW | {"address": "https://www.amb.cat/other"} | wrong}, untouched
        )
    assert not (untouched / bibliography.ADDED).exists()


def test_a_form_is_written_filled_and_read(tmp_path):
    from openpyxl import load_workbook

    path = tmp_path / "form.xlsx"
    rows.write_form(path)
    with pytest.raises(WarehouseError, match="has no row below"):
        rows.read(path)
    book = load_workbook(path)
    sheet = book.active
    for column, name in enumerate(bibliography.COLUMNS, start=1):
        sheet.cell(3, column, NEW.get(name, ""))
    sheet.cell(3, 5, 2024)
    book.save(path)
    assert rows.read(path) == {3: NEW | {"date": "2024"}}


def test_a_file_that_is_no_form_is_a_sentence(tmp_path):
    for name, content, says in (
        ("a.txt", b"x", "from a workbook"),
        ("a.xlsx", b"no workbook", "cannot be read as a workbook"),
        ("a.csv", b"", "empty"),
        ("a.csv", "kind,title\nplan,Planificació".encode("latin-1"), "is not UTF-8"),
        ("a.csv", b"kind,title\nplan,\0", "holds zero bytes|ends in 1 zero byte"),
        ("a.csv", b"kind,kind\nplan,law", "has two columns 'kind'"),
        ("a.csv", b"kind,title\nplan,a,b", "row 2: 'b' is in column 3, which has no name"),
        ("a.csv", b"kind,title\n", "has no row below"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(WarehouseError, match=says):
            rows.read(path)


def test_a_csv_of_a_spreadsheet_is_read_and_its_rows_keep_their_numbers(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("\ufeffkind;title\n\nplan;A, B\n;\nlaw;C\n", "utf-8")
    assert rows.read(path) == {
        3: {"kind": "plan", "title": "A, B"},
        5: {"kind": "law", "title": "C"},
    }


def test_the_sentence_in_other_languages_is_added_too(folder):
    given = {
        2: NEW | {"kind": "Plan", "metro_ids": "es-barcelona, es-madrid", "what_ca": "Ho planifica"}
    }
    (item,) = bibliography.add(given, folder)
    assert item.kind == "plan" and item.metro_ids == ["es-barcelona", "es-madrid"]
    again = bibliography.load(folder)
    assert again.what(item, "ca") == "Ho planifica" and again.what(item, "fr") == NEW["what"]


def test_the_command_finds_cites_and_checks(tmp_path):
    run = CliRunner().invoke
    found = run(command, ["find", "Barcelona", "llei"])
    assert found.exit_code == 0 and "es-amb-law-2010" in found.output
    assert "Nothing was found" in run(command, ["find", "xyzzy"]).output
    assert "no metropolis 'es-x'" in run(command, ["find", "--metro", "es-x"]).output
    out = tmp_path / "library.bib"
    assert run(command, ["cite", "--all", "-o", str(out)]).exit_code == 0
    assert out.read_text(encoding="utf-8").count("@") >= 380
    assert "has no item 'gone'" in run(command, ["cite", "gone"]).output
    path = tmp_path / "new.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(NEW))
        writer.writeheader()
        writer.writerow(NEW)
    checked = run(command, ["add", "--check", str(path)])
    assert checked.exit_code == 0 and "1 item would be added" in checked.output
    assert not (FOLDER / bibliography.ADDED).exists()


def test_every_item_says_what_it_is_in_every_language(library):
    missing = {
        (item.id, lang)
        for item in library.items
        for lang in ("ca", "es", "fr")
        if not getattr(library.sentences.get(item.id), lang, "")
    }
    assert not missing, "add these to catalog/library/sentences.csv"


def test_the_sentences_are_written_as_each_language_is(library):
    for s in library.sentences.values():
        for text in (s.ca, s.es, s.fr):
            assert text == " ".join(text.split()) and text[-1] not in ".;:,", (s.id, text)
            assert not re.search(r"\d{4}-\d{2}-\d{2}", text), (s.id, "a day is in words")
        assert not re.search(r"\S[;:!?](\s|$)", s.fr), (s.id, "French has a space before")
        assert not re.search(r"\s[;:!?](\s|$)", s.ca + " " + s.es), (s.id, "no space before")


def test_the_sentences_have_the_numbers_of_the_english_one(library):
    def numbers(text):
        return set(re.findall(r"\d+", re.sub(r"(\d)[.,](?=\d)", r"\1", text)))

    differ = {
        item.id
        for item in library.items
        for lang in ("ca", "es", "fr")
        if not re.search(r"\d-\d\d|\d0s|billion", item.what)
        and numbers(library.what(item, lang)) != numbers(item.what)
    }
    assert not differ


def test_an_item_is_found_and_cited_in_the_language(library):
    found = bibliography.find(library, ["trobada", "metropolitanes"])
    assert [i.id for i in found] == ["ema-turin-2016"]
    run = CliRunner().invoke
    done = run(command, ["find", "ema-turin-2016", "--lang", "ca"])
    assert "Segona trobada; una trentena d'àrees metropolitanes" in done.output
    assert "Second meeting" in run(command, ["find", "ema-turin-2016", "--lang", "en"]).output
    for form in ("bibtex", "csl", "ris"):
        cited = run(command, ["cite", "ema-turin-2016", "--as", form, "--lang", "fr"]).output
        assert "Deuxième rencontre ; une trentaine" in cited


def test_a_sentence_of_no_item_is_told(tmp_path):
    shutil.copytree(bibliography.FOLDER, tmp_path / "catalog")
    path = tmp_path / "catalog" / "library" / "sentences.csv"
    path.write_text(path.read_text("utf-8") + "no-such-item,a,b,c\n", "utf-8")
    with pytest.raises(CatalogError, match=r"sentences\.csv line \d+: the library has no item"):
        bibliography.load(tmp_path / "catalog")


def test_signs_that_tex_reads_as_commands_are_escaped(library):
    wild = library.items[0].model_copy(
        update={"title": r"50 % & more: a_b #1 $2 {x} ~ ^ \end", "what": "東京 100 %"}
    )
    entry = cite.bibtex([wild])
    assert (
        r"title = {{50 \% \& more: a\_b \#1 \$2 \{x\} \textasciitilde{} \textasciicircum{} "
        r"\textbackslash{}end}}"
    ) in entry
    assert r"abstract = {東京 100 \%}" in entry


def test_csl_has_the_fields_and_types_of_its_standard(library):
    types = {"legislation", "report", "webpage", "article-newspaper"}
    fields = {"id", "type", "title", "publisher", "URL", "language", "abstract", "issued", "note"}
    for one in json.loads(cite.csl(library.items)):
        assert one["type"] in types and set(one) <= fields
        for part in one.get("issued", {}).get("date-parts", []):
            assert 1 <= len(part) <= 3 and all(isinstance(n, int) for n in part)
