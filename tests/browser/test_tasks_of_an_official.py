"""Ten questions of an official, each answered from the start page in at most four steps.

A step is a click on a link, or something typed and sent. Nobody is told an address. The questions are asked
in turn in every language.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

pytestmark = pytest.mark.system
WAIT = 120_000  # milliseconds: a machine may be slow, which is no fault
MOST = 4


class Visitor:
    """Someone at the start page of a language, whose steps are counted."""

    def __init__(self, page):
        self.page, self.steps = page, 0

    def _step(self) -> None:
        self.steps += 1
        assert self.steps <= MOST, f"More than {MOST} steps."

    def follow(self, href: str, inside: str = "main") -> Visitor:
        """Click the first visible link whose address ends so."""
        self._step()
        link = self.page.locator(f'{inside} a[href$="{href}"]:visible').first
        link.click(timeout=WAIT)
        self.page.wait_for_load_state()
        return self

    def search(self, words: str) -> Visitor:
        """Type into the search of the page, and send it."""
        self._step()
        self.page.locator("input[name=q]").first.fill(words)
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("#found a", timeout=WAIT)
        return self

    def add(self, name: str) -> None:
        """Type the name of a metropolis into the page of comparison."""
        self._step()
        self.page.locator("main input[name=q]").fill(name)
        self.page.wait_for_selector("#offers button", timeout=WAIT)
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("#offers button", state="detached", timeout=WAIT)

    def section(self, name: str) -> str:
        """The text from a heading to the next one."""
        return self.page.evaluate(
            """(id) => { let text = "", node = document.getElementById(id).nextElementSibling;
                for (; node && node.tagName !== "H2"; node = node.nextElementSibling) text += node.innerText + "\\n";
                return text; }""",
            name,
        )


@pytest.fixture
def at_the_start(tab) -> Callable[[str], Visitor]:
    return lambda lang: Visitor(tab(f"{lang}/index.html"))


def test_who_governs_torino_and_since_when(at_the_start):
    visitor = at_the_start("ca").search("torino").follow("metro/it-torino.html")
    said = visitor.section("governance")
    assert "Città metropolitana di Torino" in said and "2015" in said


def test_is_housing_dearer_in_lyon_than_here_and_may_i_say_so(at_the_start):
    visitor = at_the_start("fr").follow("compare.html")
    visitor.add("lyon")
    visitor.add("barcelona espagne")
    visitor._step()
    visitor.page.locator("select[name=i]").select_option("rent_to_income")
    answer = visitor.page.locator("#result [data-verdict=yes]")
    answer.wait_for(timeout=WAIT)
    figures = re.findall(r"\d+,\d", answer.locator("table").inner_text())
    assert answer.locator("svg.bars").count() == 1
    assert {"31,5", "36,0"} <= set(figures)


def test_which_metropolises_of_my_size_have_an_elected_mayor(at_the_start):
    visitor = at_the_start("es").follow("governance.html")
    said = visitor.section("direct")
    assert "Lyon" in said and "Torino" not in said
    assert "millones" in said  # the list is by class of size
    visitor.follow("metro/fr-lyon.html#governance")
    assert "2015" in visitor.section("governance")


def test_how_many_people_live_here_and_why_there_are_several_numbers(at_the_start):
    visitor = at_the_start("en").search("barcelona").follow("metro/es-barcelona.html")
    assert "inhabitants" in visitor.page.locator(".lede").inner_text()
    assert visitor.section("territories").strip()


def test_what_is_known_about_housing(at_the_start):
    visitor = at_the_start("ca").follow("theme/access_to_housing.html")
    visitor.follow("indicator/rent_to_income.html")
    text = visitor.page.locator("main").inner_text()
    assert "Lió" in text or "Lyon" in text
    assert "36,0" in text


def test_where_a_figure_comes_from_and_under_which_licence(at_the_start):
    visitor = at_the_start("fr").search("lyon").follow("metro/fr-lyon.html")
    visitor.follow("sources.html#eurostat-met_lfe3emprt", ".figures")
    there = visitor.page.locator("#eurostat-met_lfe3emprt + p").inner_text()
    assert "CC BY 4.0" in there


def test_which_metropolises_are_like_mine_and_why(at_the_start):
    visitor = at_the_start("es").search("torino").follow("metro/it-torino.html")
    said = visitor.section("peers")
    assert "Lyon" in said and "tamaño" in said


def test_on_which_law_the_body_rests(at_the_start):
    visitor = at_the_start("en").follow("governance.html").follow("library.html")
    row = visitor.page.locator("tr", has_text="Città metropolitana di Torino").inner_text()
    assert "Legge 56/2014" in row


def test_where_metropolises_stand_in_the_sustainable_development_goals(at_the_start):
    visitor = at_the_start("ca").follow("sdg.html").follow("indicator/green_area_share.html")
    assert visitor.page.locator(".run a").count() >= 1


def test_the_figures_of_my_metropolis_as_a_file(at_the_start):
    visitor = at_the_start("en").search("torino").follow("metro/it-torino.html")
    visitor._step()
    with visitor.page.expect_download(timeout=WAIT) as got:
        visitor.page.locator('a[href$="metro/it-torino.csv"]').click()
    text = got.value.path().read_text("utf-8")
    assert text.startswith("indicator_id,") and "rent_to_income" in text
