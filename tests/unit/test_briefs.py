"""Briefs: each in every language, with the figures of a release, and a query that fails is a sentence."""

import re

import pytest
from markdown_it import MarkdownIt

from catalog.languages import languages
from warehouse.errors import WarehouseError
from warehouse.publications import briefs


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    from governed import released

    return released(tmp_path_factory.mktemp("briefs"))


def test_there_are_six_briefs_each_in_every_language():
    assert len(briefs.names()) == 6
    there = {p.name for p in briefs.FOLDER.glob("*.md")}
    assert there == {f"{n}.{lang}.md" for n in briefs.names() for lang in languages()}


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("name", briefs.names())
def test_a_brief_is_a_page_with_figures_of_the_release(release, name, lang):
    text = briefs.render(release, name, lang)
    assert text.startswith("# ") and "2026.11.30.1" in text
    assert not re.search(r"\{\{|\{%|\bNone\b|\bnan\b|– %", text)
    html = MarkdownIt().enable("table").render(text)
    assert html.count("<h1>") == 1
    for table in re.findall(r"<table>.*?</table>", html, re.S):
        widths = {
            row.count("<td") + row.count("<th") for row in re.findall(r"<tr>.*?</tr>", table, re.S)
        }
        assert len(widths) == 1 and "<td" in table


@pytest.mark.parametrize("name", briefs.names())
def test_the_languages_of_a_brief_say_the_same_figures(release, name):
    def figures(lang):
        body = briefs.render(release, name, lang).rpartition("---\n")[0]
        plain = re.sub(r"(?<=\d)[.,  \s](?=\d{3}\b)", "", body)
        return sorted(n.replace(",", ".") for n in re.findall(r"\d+(?:[.,]\d+)?", plain))

    english = figures("en")
    assert all(figures(lang) == english for lang in languages())


def test_barcelona_governs_two_thirds_of_its_functional_urban_area(release):
    text = briefs.render(release, "metropolitan-authority", "ca")
    assert "| Àrea Metropolitana de Barcelona | 36 | 3.291.654 | 65,4 % |" in text


def test_all_are_written(release, tmp_path):
    made = briefs.write(release, tmp_path)
    assert len(made) == 6 * len(languages())
    assert (tmp_path / "fr" / "five-models.md").read_text(encoding="utf-8").startswith("# Cinq")


def test_a_brief_that_is_not_there_is_a_sentence(release):
    with pytest.raises(WarehouseError, match="There is no brief 'gone'"):
        briefs.render(release, "gone", "en")


def test_a_query_that_cannot_be_answered_is_a_sentence(release, tmp_path, monkeypatch):
    (tmp_path / "x.sql").write_text("-- rows\nselect nothing_there from metro;\n")
    (tmp_path / "x.en.md").write_text("# X {{ rows }}")
    monkeypatch.setattr(briefs, "FOLDER", tmp_path)
    with pytest.raises(WarehouseError, match=r"catalog/briefs/x\.sql: the query 'rows' cannot"):
        briefs.render(release, "x", "en")
