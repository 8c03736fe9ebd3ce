"""Workbooks as they are written; a spreadsheet program opens them in tests/system."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook
from released import copied

from pipelines.cli import observatory
from warehouse.errors import WarehouseError
from warehouse.publications.model import LANGUAGES, Release
from warehouse.publications.page import words
from warehouse.publications.workbooks import WORDS, Workbooks, _delineation, write


@pytest.fixture(scope="module")
def release(tmp_path_factory) -> Release:
    return Release(copied(tmp_path_factory.mktemp("workbooks")))


@pytest.fixture(scope="module")
def books(release) -> Workbooks:
    return Workbooks(release)


def rows(path: Path, sheet: str) -> list[dict]:
    """The table of a sheet: its frozen head and what is below."""
    ws = load_workbook(path)[sheet]
    head = int("".join(c for c in ws.freeze_panes if c.isdigit())) - 1
    names = [c.value for c in ws[head]]
    return [
        dict(zip(names, [c.value for c in row], strict=True))
        for row in ws.iter_rows(min_row=head + 1)
    ]


def test_figures_have_scale_year_unit_status_rank_and_source(books, tmp_path):
    books.metro("gr-athens", "ca", tmp_path / "a.xlsx")
    found = rows(tmp_path / "a.xlsx", "Xifres")
    (population,) = [r for r in found if r["Indicador"] == "Població"]
    assert population["Valor"] == 2_000_000.0 + 1234.5 * 8
    assert population["Any"] == 2018
    assert population["Escala"] == "Àrea urbana funcional"
    assert population["Delimitació"] == "OCDE, edició 2012"
    assert (population["Posició"], population["Entre"]) == (3, 4)
    missing = [r for r in found if r["Indicador"] == "Taxa d'ocupació"]
    assert {r["Valor"] for r in missing} == {61.3}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_sheet_is_in_the_language_frozen_and_ready_to_print(books, tmp_path, language):
    books.metro("es-barcelona", language, tmp_path / "b.xlsx")
    w = books.words[language]
    book = load_workbook(tmp_path / "b.xlsx")
    assert book.sheetnames == [
        w.sheet_profile,
        w.sheet_figures,
        w.sheet_peers,
        w.sheet_governance,
        w.sheet_sources,
    ]
    ws = book[w.sheet_figures]
    assert ws.freeze_panes
    assert ws.auto_filter.ref
    assert ws.print_title_rows
    assert all(sheet.print_area for sheet in book)
    formats = {c.number_format for c in ws["C"] if isinstance(c.value, (int, float))}
    assert formats == {"#,##0", "#,##0.0"}
    assert any(c.comment for c in ws["B"])


def test_a_delineation_is_in_words():
    w = words(WORDS)
    here = {"system": "eurostat_metro", "vintage": "NUTS2021"}
    assert _delineation(w["fr"], here) == "Eurostat, édition NUTS 2021"
    assert _delineation(w["en"], {"system": "eurostat_fua", "vintage": "current"}) == "Eurostat"
    national = {"system": "unhabitat_city", "vintage": "2024-national"}
    assert _delineation(w["es"], national) == "definición propia del país, 2024"
    unknown = {"system": "another", "vintage": "2030"}
    assert _delineation(w["ca"], unknown) == "another, edició 2030"


def test_what_is_not_known_says_so(books, tmp_path):
    books.metro("na-windhoek", "en", tmp_path / "w.xlsx")
    ws = load_workbook(tmp_path / "w.xlsx")["Governance"]
    assert "is not known to the observatory yet" in str(ws["A3"].value)


def test_a_text_is_never_a_formula(books, tmp_path):
    books.metros["gr-athens"]["name"] = "=cmd|'/c calc'!A1"
    books.theme("demography", "en", tmp_path / "t.xlsx")
    books.metros["gr-athens"]["name"] = "Athens"
    cells = [c for row in load_workbook(tmp_path / "t.xlsx")["Figures"].iter_rows() for c in row]
    (found,) = [c for c in cells if str(c.value).startswith("=cmd")]
    assert found.data_type == "s"


def test_a_theme_has_all_its_figures(books, tmp_path, release):
    books.theme("demography", "es", tmp_path / "t.xlsx")
    found = rows(tmp_path / "t.xlsx", "Cifras")
    latest = [r for r in release.rows("latest") if r["indicator_id"] == "population"]
    assert sorted(r["Valor"] for r in found) == sorted(r["value"] for r in latest)


def test_members_and_themes_are_written_in_each_language(release, tmp_path):
    number = write(release, tmp_path, ("fr",))
    names = {p.stem for p in (tmp_path / "fr").glob("*.xlsx")}
    assert number == len(names) == 2 + len(release.about["themes"])
    assert {"es-barcelona", "gr-athens", "theme-economy"} <= names
    listed = (tmp_path / "fr" / "index.html").read_text("utf-8")
    assert all(f'href="{name}.xlsx"' in listed for name in names)


def test_wrong_names_are_sentences(books, tmp_path):
    with pytest.raises(
        WarehouseError, match=r"no metropolis 'xx-barcelona' .* perhaps es-barcelona"
    ):
        books.metro("xx-barcelona", "ca", tmp_path / "x.xlsx")
    with pytest.raises(WarehouseError, match="no workbook in 'de'"):
        books.metro("es-barcelona", "de", tmp_path / "x.xlsx")
    with pytest.raises(WarehouseError, match="no theme 'nothing'; choose one of governance"):
        books.theme("nothing", "en", tmp_path / "x.xlsx")


def test_the_command_writes_one_workbook(release, tmp_path):
    asked = ["export", "xlsx", str(tmp_path), "--metro", "es-barcelona", "--lang", "ca"]
    done = CliRunner().invoke(observatory, [*asked, "--release", str(release.folder)])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "es-barcelona.ca.xlsx").is_file()
    both = [*asked, "--theme", "economy", "--release", str(release.folder)]
    assert "one of --metro and --theme" in CliRunner().invoke(observatory, both).output
