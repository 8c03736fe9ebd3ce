"""The server for assistants: what it answers, what it refuses, and that it changes nothing."""

import asyncio
import json
import shutil
import sys
from pathlib import Path

import pytest
from released import copied

from warehouse import release as releasing
from warehouse.errors import WarehouseError
from warehouse.publications.assistants import answers as answering
from warehouse.publications.assistants import server
from warehouse.publications.assistants.answers import Answers, RefusedQuestion


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return copied(tmp_path_factory.mktemp("assistants"))


@pytest.fixture(scope="module")
def answers(folder) -> Answers:
    return Answers(folder)


def test_indicators_are_found_in_any_language(answers):
    for words in ("gross domestic", "producto interior", "Producte Interior", "gdp"):
        assert [i["indicator_id"] for i in answers.indicators(words)] == ["gdp"]
    assert answers.indicators("població", "ca")[0]["title"] == "Població"
    assert answers.indicators("no such words") == []


def test_metropolises_are_found_by_a_part_of_a_name(answers):
    found = [m["metro_id"] for m in answers.metropolises("barcel")]
    assert found == ["es-barcelona", "ve-barcelona"]
    assert [m["metro_id"] for m in answers.metropolises("Barcelona", "VEN")] == ["ve-barcelona"]


def test_every_figure_has_scale_unit_period_source_licence_and_link(answers):
    said = answers.observations("employment_rate", "Athens")
    assert len(said["figures"]) == 6
    for figure in said["figures"]:
        assert {"scale", "system", "vintage", "unit", "period", "obs_status", "dataset"} <= set(
            figure
        )
    missing = [f for f in said["figures"] if f["obs_status"] == "O"]
    assert [f["value"] for f in missing] == [None, None]
    assert said["sources"][0]["licence"] == "CC BY 4.0 (Eurostat reuse policy)"
    assert said["sources"][0]["link"] == "https://example.org/"
    json.dumps(said)


def test_a_profile_has_one_figure_per_indicator_and_says_what_it_was_preferred_over(answers):
    said = answers.profile("es-barcelona")
    by = {f["indicator_id"]: f for f in said["figures"]}
    assert len(by) == len(said["figures"]) >= 2
    assert by["gdp"]["alternatives"] == 1 and "oecd_fua" in by["gdp"]["preferred_over"]
    assert by["population"]["title"] == "Population" and by["population"]["scale"] == "fua"
    assert "Never rank" in said["rule"] and said["sources"]
    assert {f["indicator_id"] for f in answers.profile("es-barcelona", "economy")["figures"]} == {
        "gdp"
    }
    with pytest.raises(RefusedQuestion, match="no figure about es-barcelona on theme mobility"):
        answers.profile("es-barcelona", "mobility")


def test_figures_are_narrowed_and_never_more_than_the_limit(answers):
    since = answers.observations("population", "es-barcelona", since="2016", until="2018")
    assert [f["period"] for f in since["figures"]] == ["2018", "2017", "2016"]
    assert len(answers.observations("population", "es-barcelona", limit=10**9)["figures"]) == 10
    assert len(answers.observations("population", "es-barcelona", limit=-5)["figures"]) == 1


def test_comparable_figures_are_paired(answers):
    said = answers.compare("population", "es-barcelona", "Athens", "2018")
    assert {(p["scale_a"], p["verdict"]) for p in said["pairs"]} == {("fua", "yes")}


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda a: a.compare("population", "Barcelona", "Athens", "2018"), "several metropolises"),
        (
            lambda a: a.compare("gdp", "es-barcelona", "Athens", "2018"),
            "no figure of gdp about gr-",
        ),
        (
            lambda a: a.compare("green_area_share", "ve-barcelona", "Athens", "2020"),
            "may not be compared",
        ),
        (lambda a: a.compare("gdp", "Athens", "es-barcelona", "soon"), "'soon' is no period"),
        (lambda a: a.observations("gdp", "Athens"), "it is unknown"),
        (lambda a: a.observations("gdp", "Atlantis"), "No metropolis is called 'Atlantis'"),
        (lambda a: a.observations("nothing", "Athens"), "no indicator 'nothing'"),
        (lambda a: a.metropolises(" "), "Give a word"),
        (lambda a: a.metropolises("x" * 1000), "200 characters at most"),
        (lambda a: a.indicators("gdp", "de"), "no language 'de'"),
    ],
)
def test_what_is_not_answered_is_refused_with_the_reason(answers, ask, told):
    with pytest.raises(RefusedQuestion, match=told):
        ask(answers)


@pytest.mark.parametrize("text", ["'; drop table metro; --", "%", "$text", '"', "a' or '1'='1"])
def test_a_question_is_never_read_as_sql(answers, folder, text):
    answers.metropolises(text)
    releasing.verify(folder)


def test_a_question_that_takes_too_long_is_stopped(folder, monkeypatch):
    monkeypatch.setattr(answering, "SECONDS", 0.2)
    slow = "select count(*) as n from range(10000000) as a, range(1000000) as b where a.range < b.range"
    with pytest.raises(RefusedQuestion, match="ask for less"):
        Answers(folder)._ask(slow, {}, 1)


def test_no_other_file_can_be_read(answers):
    import duckdb

    with pytest.raises(duckdb.Error):
        answers._ask("select * from read_text('/etc/hostname')", {}, 1)
    with pytest.raises(duckdb.Error):
        answers._con.cursor().execute("set enable_external_access = true")


def test_a_folder_that_is_no_release_is_a_sentence(folder, tmp_path):
    half = shutil.copytree(folder, tmp_path / "half")
    (half / "observatory.duckdb").unlink()
    with pytest.raises(WarehouseError, match="no whole release"):
        server.make(half)


def test_tools_answer_and_refuse_over_the_protocol(folder):
    from mcp import Client

    async def talk():
        async with Client(server.make(folder)) as client:
            tools = await client.list_tools()
            good = await client.call_tool(
                "get_observations", {"indicator_id": "gdp", "metropolis": "es-barcelona"}
            )
            bad = await client.call_tool(
                "compare",
                {
                    "indicator_id": "green_area_share",
                    "metropolis_a": "ve-barcelona",
                    "metropolis_b": "Athens",
                    "period": "2020",
                },
            )
            return tools.tools, good, bad

    tools, good, bad = asyncio.run(talk())
    assert {t.name for t in tools} == {
        *("about_release", "search_indicators", "search_metropolises", "get_observations"),
        "get_profile",
        "compare",
    }
    assert all(t.annotations and t.annotations.read_only_hint for t in tools)
    assert good.structured_content
    assert len(good.structured_content["figures"]) == 2
    assert bad.is_error
    assert "may not be compared" in bad.content[0].text


def test_without_the_package_the_command_says_what_to_install(folder, monkeypatch):
    for name in [m for m in sys.modules if m == "mcp" or m.startswith("mcp.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mcp", None)
    with pytest.raises(WarehouseError, match=r"world-observatory\[mcp\]"):
        server.make(folder)
