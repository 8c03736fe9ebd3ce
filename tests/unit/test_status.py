"""The status names causes, heals when its cause is over, and never because somebody built offline."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import duckdb
import pytest
import standins

from pipelines import instance, plan, status
from pipelines.definitions import make
from pipelines.flow import Runner
from sources.refresh import asked
from sources.refresh.fetch import Report
from warehouse.home import Home


@pytest.fixture
def home(tmp_path) -> Home:
    home = Home(tmp_path / "home")
    standins._publish(home)
    status.record(home, "build", status.DONE, ["3 tables were built anew."])
    return home


def keys(home: Home) -> list[str]:
    return [t.key for t in status.health(home).troubles]


def later(home: Home) -> None:
    """The current release was published after whatever was noted before."""
    file = home.releases / "current" / "observatory.duckdb"
    moment = (datetime.now(UTC) + timedelta(seconds=5)).timestamp()
    os.utime(file, (moment, moment))


@pytest.mark.parametrize("job", ["publish", "publish_accepted", "build", "rebuild_everything"])
def test_a_later_release_clears_a_failed_publication_whatever_its_job_is_called(home, job):
    status.record(home, job, status.FAILURE, ["release: no space."], steps=["release"])
    assert keys(home) == [f"failed:{job}"]
    later(home)
    assert keys(home) == []


def test_a_later_release_clears_nothing_else(home):
    status.record(home, "build", status.FAILURE, ["x"], steps=["release", "indicator/area"])
    later(home)
    assert keys(home) == ["failed:build"]


def test_a_step_that_succeeded_since_clears_its_failure(tmp_path):
    home, plant = Home(tmp_path), standins.Plant()
    assets = standins.assets(plant)
    runner = Runner(home, make(home, live=False, assets=assets, loggers={}), assets)
    plant.fail = {"indicator/of_alpha"}
    told = runner.refresh("refresh_everything", who="test", on_wait=print)
    steps = [f.name for f in told.failed]
    status.record(home, "rebuild_everything", status.FAILURE, told.problems, steps=steps)
    assert keys(home) == ["failed:rebuild_everything"]
    plant.fail = set()
    # Another job, of one asset alone, as a person launches it in the UI.
    with instance.open_instance(home) as opened:
        runner._run(opened, "rebuild_everything", [("indicator", "of_alpha")], told)
    assert keys(home) == []


def test_an_interrupt_is_told_until_a_build_completes(home):
    said = "observatory build was interrupted by Ctrl-C (2026-11-30 03:31 UTC)."
    status.record(home, "refresh", status.INTERRUPTED, [said])
    (trouble,) = status.health(home).troubles
    assert (trouble.level, trouble.sentence) == (status.STALE, said)
    assert status.interrupted(home) == [said]
    status.record(home, "build", status.NOTHING_NEW, [])
    assert status.interrupted(home) == [] and keys(home) == []


def test_an_upstream_that_is_silent_is_told_until_it_answers(home):
    now = datetime.now(UTC)
    silent = Report("eurostat", failed=(("met_d3area", "eurostat/met_d3area: no answer."),))
    asked.note(home.asked, [silent], now, "run1")
    (trouble,) = status.health(home).troubles
    assert trouble.key == "unanswered:eurostat" and trouble.level == status.STALE
    assert "eurostat did not answer: eurostat/met_d3area: no answer." in trouble.sentence
    status.record(home, "build", status.NOTHING_NEW, [])  # offline: nobody was asked
    assert keys(home) == ["unanswered:eurostat"]
    held = Report("eurostat", held=(("met_d3area", "it is held."),))
    asked.note(home.asked, [held], now, "run2")  # what it sent is held, but it answered
    assert keys(home) == []


def test_two_nights_without_any_answer_are_told_however_often_one_builds(home):
    long_ago = datetime.now(UTC) - timedelta(days=4)
    answered = Report("eurostat", held=(("met_d3area", "held"),))
    asked.note(home.asked, [answered], long_ago, "run1")
    status.record(home, "build", status.DONE, ["offline"])
    assert keys(home) == ["upstreams"]


def test_what_an_edit_of_ours_made_red_names_the_file_and_the_rule():
    said = status.red_sentence(
        ("indicator", "area"),
        "area must be above 0. First case: x.",
        "catalog/indicators/area.yaml",
    )
    assert "catalog/indicators/area.yaml" in said and "area must be above 0" in said
    assert "newer edition" not in said


def test_an_edit_is_told_from_news():
    import pyarrow as pa

    from warehouse.fates import brings_news

    def table(ids, ended=()):
        times = pa.array([*ended, *[None] * (len(ids) - len(ended))], pa.timestamp("us"))
        return pa.table({"snapshot_id": ids, "recorded_to": times})

    before = table(["a", "b"])
    assert not brings_news(before, table(["a"]))
    assert brings_news(before, table(["a", "c"]))
    assert brings_news(before, table(["a", "b"], [datetime(2026, 1, 1)]))


def test_stale_figures_name_their_cause(home, monkeypatch):
    file = (home.releases / "current").resolve() / "observatory.duckdb"
    with duckdb.connect(str(file)) as con:
        con.execute("update observation set stale_since = '2026-02-03' where metro_id = 'lv-riga'")
    red = plan.Built("1", "v", verdict="red", failure="area must be above 0.")
    edited = plan.Built(
        "1", "v", {}, "red", "area must be above 0.", "catalog/indicators/area.yaml"
    )
    history = {("history", "beta", "d"): red}
    for built, said in (
        ({}, "rejected or held when the release was made"),
        (history, "its newest edition was rejected: area must be above 0."),
        ({("indicator", "area"): edited}, "because of an edit of catalog/indicators/area.yaml"),
    ):
        monkeypatch.setattr(status, "_built", lambda _, built=built: built)
        stale = [t for t in status.health(home).troubles if t.key == "stale:beta/d"]
        assert len(stale) == 1 and said in stale[0].sentence
        assert "1 figures of beta/d are stale since 2026-02-03" in stale[0].sentence


def test_only_jobs_that_ask_are_refreshes():
    from pipelines import jobs, refreshes, survey

    assert refreshes.is_refresh("refresh_everything") and refreshes.is_refresh(survey.REFRESH)
    for name in (jobs.REBUILD, jobs.PUBLISH, jobs.PUBLISH_ACCEPTED, survey.READ):
        assert not refreshes.is_refresh(name)
