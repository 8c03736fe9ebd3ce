"""Firefox and WebKit read the atlas as Chromium does: SQL, search, refusals, and nobody else is asked."""

from __future__ import annotations

import json

import duckdb
import engines
import pytest

from warehouse.publications.atlas.tools import EXAMPLES

pytestmark = pytest.mark.system

QUERIES = (
    "select count(*) as n from observation",
    "select metro_id, name from metro order by metro_id",
    "select metro_id, value::bigint as v from latest where indicator_id = 'population' order by all",
    "select verdict, scale_a from comparable('population', 'es-barcelona', 'gr-athens', '2014') order by all",
    "select indicator_id, round(avg(value), 2) as mean from latest group by all order by all",
    *EXAMPLES.values(),
)
# Resolves when the page says so; a page that never does is told after the wait.
UNTIL = """const until = async (what) => {
    for (let n = 0; n < 1200; n += 1) {
        const v = what();
        if (v) return v;
        await new Promise((r) => setTimeout(r, 100));
    }
    throw new Error("the page did not answer: " + document.body.innerText.slice(0, 500));
};"""


@pytest.fixture(scope="module", params=["firefox", "webkit"])
def engine(request, tmp_path_factory):
    """One of the two browsers; fails at the end if it asked another host for anything."""
    with engines.strangers() as (proxy, asked):
        folder = tmp_path_factory.mktemp(request.param)
        with getattr(engines, request.param)(folder, proxy) as page:
            yield page
    of_pages = [a for a in asked if not any(host in a for host in OF_BROWSERS)]
    assert of_pages == []


# What Firefox asks of its makers for itself (settings, add-ons, portals), whatever page is open.
OF_BROWSERS = ("mozilla.com", "mozilla.org", "mozilla.net", "firefox.com")


def test_sql_answers_as_in_python(engine, site, planted):
    engine.go(site + "en/data.html")
    engine.run(
        f"""{UNTIL} const start = document.getElementById("start");
        await until(() => !start.disabled);
        start.click();
        await until(() => document.body.dataset.ready !== undefined);"""
    )
    assert len(QUERIES) >= 10
    with duckdb.connect(str(planted / "observatory.duckdb"), read_only=True) as con:
        for sql in QUERIES:
            said = engine.run(
                f"""{UNTIL} delete document.body.dataset.answered;
                document.getElementById("sql").value = {json.dumps(sql)};
                document.getElementById("run").click();
                await until(() => document.body.dataset.answered !== undefined);
                return window.observatory.rows().slice(1);"""
            )
            assert said == json.loads(json.dumps(con.execute(sql).fetchall())), sql


def test_search_finds_a_name_without_its_accents(engine, site):
    engine.go(site + "ca/search.html?q=poblacio")
    found = engine.run(
        f"""{UNTIL} await until(() => document.body.dataset.ready !== undefined);
        return document.getElementById("found").innerHTML;"""
    )
    assert "indicator/population.html" in found


def test_a_comparison_across_scales_is_refused_with_its_reason(engine, site):
    engine.go(site + "fr/compare.html#m=gr-athens,na-windhoek&i=green_area_share&y=2020")
    said = engine.run(
        f"""{UNTIL} await until(() => document.body.dataset.ready !== undefined);
        const box = document.querySelector("#result [data-verdict=no]");
        return [box.innerText, document.querySelectorAll("#result svg").length];"""
    )
    assert "Les territoires sont d'échelles différentes" in said[0]
    assert said[1] == 0
