"""The atlas in a browser: refusals, SQL, accessibility, and what can be found by links and search alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pytest

from warehouse.publications.atlas.tools import EXAMPLES

pytestmark = pytest.mark.system
ROOT = Path(__file__).parents[2]
WAIT = 120_000  # milliseconds: a machine may be slow, which is no fault
PAGES = (
    *("index.html", "places.html", "country/ESP.html", "metro/gr-athens.html", "indicators.html"),
    *(
        "indicator/population.html",
        "compare.html",
        "governance.html",
        "library.html",
        "themes.html",
    ),
    *("metro/it-torino.html", "brief/five-models.html", "indicator/rent_to_income.html"),
    *("theme/demography.html", "sdg.html", "nua.html", "stories.html", "story/one.html"),
    *("search.html", "data.html", "sources.html", "about.html", "design.html", "issues.html"),
)
SAYS = {
    "ca": (
        "Els territoris són d'escales diferents",
        "Els límits del territori van canviar",
        "la mateixa xifra s'atribueix a la majoria de ciutats del país",
    ),
    "es": (
        "Los territorios son de escalas distintas",
        "Los límites del territorio cambiaron",
        "la misma cifra se atribuye a la mayoría de las ciudades del país",
    ),
    "fr": (
        "Les territoires sont d'échelles différentes",
        "Les limites du territoire ont changé",
        "le même chiffre est attribué à la plupart des villes du pays",
    ),
    "en": (
        "The territories are of different scales",
        "The territory was redrawn",
        "the same figure is given to most cities of the country",
    ),
}


def ready(page, name: str = "ready") -> None:
    page.wait_for_selector(f"body[data-{name}]", timeout=WAIT, state="attached")


@pytest.mark.parametrize("lang", sorted(SAYS))
def test_what_may_not_be_compared_is_refused_with_the_reason_and_no_chart(tab, lang):
    scale, redrawn, national = SAYS[lang]
    for where, reason in (
        ("m=gr-athens,na-windhoek&i=green_area_share&y=2020", scale),
        ("m=gr-athens&i=population&y=2012&z=2017", redrawn),
        ("m=na-windhoek,ve-barcelona&i=green_area_share&y=2020", national),
    ):
        page = tab(f"{lang}/compare.html#{where}")
        ready(page)
        box = page.locator("#result [data-verdict=no]")
        assert reason in box.inner_text(), where
        assert page.locator("#result svg").count() == 0, where


def test_what_may_be_compared_is_drawn_with_a_table(tab):
    page = tab("en/compare.html#m=es-barcelona,na-windhoek&i=population&y=2018")
    ready(page)
    assert page.locator("#result [data-verdict=yes] svg.bars").count() == 1
    assert page.locator("#result table tbody tr").count() == 2
    assert page.locator("#result [data-verdict=no]").count() == 0


def test_a_metropolis_is_added_by_its_name_with_the_keyboard_alone(tab):
    page = tab("ca/compare.html")
    ready(page)
    for name in ("barcelona", "athens"):
        page.locator("main input[name=q]").focus()
        page.keyboard.type(name)
        page.wait_for_selector("#offers button", timeout=WAIT)
        page.keyboard.press("Enter")
        page.wait_for_selector("#offers button", state="detached", timeout=WAIT)
    assert page.locator("#chosen li").count() == 2


def test_the_page_judges_as_the_release_does(tab, planted):
    page = tab("en/compare.html")
    ready(page)
    ids = ("es-barcelona", "gr-athens", "ve-barcelona", "na-windhoek")
    with duckdb.connect(str(planted / "observatory.duckdb"), read_only=True) as con:
        for indicator, year in (("population", 2016), ("green_area_share", 2020), ("gdp", 2018)):
            for n, a in enumerate(ids):
                for b in ids[n + 1 :]:
                    rows = con.execute(
                        f"select verdict, reasons, unit_a, unit_b from comparable('{indicator}', '{a}', '{b}', '{year}') "
                        "where unit_a is not null and unit_b is not null"
                    ).fetchall()
                    said = page.evaluate(
                        """async ([indicator, a, b, year]) => {
                            const [{ figures, verdict, read }, ...both] = await Promise.all([import("../static/compare.js"),
                                ...[a, b].map(async (id) => (await fetch(`../api/v1/metro/${id}.json`)).json())]);
                            const [x, y] = both.map(read);
                            return figures(x, indicator, year).flatMap((f) => figures(y, indicator, year).map((o) => {
                                const v = verdict(f, o);
                                return [v.verdict, v.reasons.map((r) => r.code).sort().join("; "), f.unit_id, o.unit_id];
                            }));
                        }""",
                        [indicator, a, b, year],
                    )
                    wanted = [
                        [v, "; ".join(sorted(filter(None, r.split("; ")))), x, y]
                        for v, r, x, y in rows
                    ]
                    assert sorted(said) == sorted(wanted), (indicator, a, b)


def documented() -> list[str]:
    """The queries of the README and of the documentation."""
    files = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return [
        block.strip().rstrip(";")
        for file in files
        for block in re.findall(r"```sql\n(.*?)```", file.read_text("utf-8"), re.DOTALL)
    ]


def test_sql_runs_in_the_browser_and_answers_as_in_python(tab, planted):
    page = tab("en/data.html")
    page.locator("#start").click()
    ready(page)
    queries = (
        "select count(*) as n from observation",
        "select metro_id, name from metro order by metro_id",
        "select metro_id, value::bigint as v from latest where indicator_id = 'population' order by all",
        "select verdict, scale_a from comparable('population', 'es-barcelona', 'gr-athens', '2014') order by all",
        "select indicator_id, round(avg(value), 2) as mean from latest group by all order by all",
        *EXAMPLES.values(),
        *documented(),
    )
    assert len(queries) >= 10
    with duckdb.connect(str(planted / "observatory.duckdb"), read_only=True) as con:
        for sql in queries:
            page.locator("#sql").fill(sql)
            page.evaluate("() => { delete document.body.dataset.answered; }")
            page.locator("#run").click()
            ready(page, "answered")
            said = page.evaluate("() => window.observatory.rows().slice(1)")
            assert said == json.loads(json.dumps(con.execute(sql).fetchall())), sql
    page.locator("#sql").fill("select nonsense")
    page.evaluate("() => { delete document.body.dataset.answered; }")
    page.locator("#run").click()
    ready(page, "answered")
    assert "nonsense" in page.locator("#status").inner_text()


def test_search_finds_names_of_any_language_without_accents(tab):
    for asked, found in (
        ("athen", "metro/gr-athens.html"),
        ("poblacio", "indicator/population.html"),
        ("namib", "metro/na-windhoek.html"),
    ):
        page = tab(f"ca/search.html?q={asked}")
        ready(page)
        assert found in page.locator("#found").inner_html(), asked


def test_a_flag_prepares_a_message_with_the_key_of_the_figure(tab):
    page = tab("en/metro/gr-athens.html")
    page.wait_for_selector(".figures a[href^=mailto]", timeout=WAIT)
    href = page.locator(".figures a[href^=mailto]").first.get_attribute("href")
    assert href and "subject=gr-athens%2F" in href and "%2F2020%2F" in href


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", sorted(SAYS))
def test_no_page_hinders_anybody(tab, lang, scheme):
    from axe_playwright_python.sync_playwright import Axe

    axe, faults = Axe(), []
    for path in PAGES:
        page = tab(f"{lang}/{path}", width=320, scheme=scheme)
        wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        faults += [f"{path}: {wide} px too wide"] if wide > 0 else []
        for v in axe.run(
            page,
            options={
                "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
            },
        ).response["violations"]:
            faults.append(f"{path}: {v['id']} {v['nodes'][0]['html'][:200]}")
        page.context.close()
    assert not faults, "\n".join(faults)
