"""A refresh in this process: what runs, what goes on past a failure, what a killed run leaves."""

from __future__ import annotations

import dagster as dg
import pytest
import standins

from pipelines import definitions, flow, instance, lease
from warehouse.home import Home


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path)


def refresh(home: Home, plant: standins.Plant, job: str = "refresh_everything") -> flow.Outcome:
    plant.made.clear()
    assets = standins.assets(plant)
    made = definitions.make(
        home,
        live=False,
        assets=assets,
        loggers={"to_file": flow.file_logger(home.logs / "run.log")},
    )
    told: list[str] = []
    return flow.Runner(home, made, assets).refresh(job, who="test", on_wait=told.append)


SOURCES = ["fetch/alpha", "fetch/beta", "raw/alpha/d", "raw/beta/d"]


def test_exactly_what_is_out_of_date_runs(home, capfd):
    plant = standins.Plant()
    first = refresh(home, plant)
    assert len(first.planned) == len(first.built) == 6
    assert sorted(plant.made)[:2] == ["fetch/alpha", "fetch/beta"]

    second = refresh(home, plant)
    assert second.nothing_new
    assert sorted(plant.made) == SOURCES

    plant.bytes["beta"] = "2"
    third = refresh(home, plant)
    assert sorted(plant.made) == sorted(
        [*SOURCES, "history/beta/d", "indicator/of_beta", "observation", "release"]
    )
    assert third.planned[("history", "beta", "d")] == "history/beta/d: raw/beta/d changed."

    plant.code = "2"
    fourth = refresh(home, plant, "refresh_alpha")
    assert sorted(fourth.planned) == [
        ("indicator", "of_alpha"),
        ("indicator", "of_beta"),
        ("observation",),
        ("release",),
    ]
    assert "fetch/beta" not in plant.made
    assert capfd.readouterr() == ("", "")
    assert "STEP_START" in (home.logs / "run.log").read_text()


def test_a_removed_file_is_built_again(home):
    plant = standins.Plant()
    refresh(home, plant)
    home.indicator("of_alpha").unlink()
    outcome = refresh(home, plant)
    assert sorted(outcome.planned) == [("indicator", "of_alpha"), ("observation",), ("release",)]
    assert home.indicator("of_alpha").exists()


def test_a_failed_dataset_never_stops_the_others_and_stays_out_of_date(home):
    plant = standins.Plant()
    plant.fail = {"history/alpha/d"}
    outcome = refresh(home, plant)
    assert outcome.problems == [
        "history/alpha/d stopped with ValueError: planted in history/alpha/d"
    ]
    assert {"indicator/of_alpha", "indicator/of_beta", "observation", "release"} <= set(plant.made)
    plant.fail = set()
    again = refresh(home, plant)
    assert next(iter(again.planned)) == ("history", "alpha", "d")
    assert ("indicator", "of_beta") not in again.planned
    assert again.problems == []
    assert refresh(home, plant).nothing_new


def test_a_failed_table_stops_what_depends_on_it(home):
    plant = standins.Plant()
    plant.fail = {"observation"}
    outcome = refresh(home, plant)
    assert "release" not in plant.made
    assert len(outcome.problems) == 1
    plant.fail = set()
    assert sorted(refresh(home, plant).planned) == [("observation",), ("release",)]


def test_a_provider_that_is_down_never_stops_the_others(home):
    plant = standins.Plant()
    refresh(home, plant)
    plant.fail, plant.bytes = {"fetch/alpha"}, {"alpha": "2", "beta": "2"}
    outcome = refresh(home, plant)
    assert len(outcome.problems) == 1
    assert "history/beta/d" in plant.made
    assert "history/alpha/d" not in plant.made
    plant.fail = set()
    assert ("history", "alpha", "d") in refresh(home, plant).planned


def test_a_red_one_is_named_and_tried_again(home):
    plant = standins.Plant()
    plant.red = {"history/alpha/d"}
    outcome = refresh(home, plant)
    assert outcome.red == [("history", "alpha", "d")]
    assert "release" in plant.made
    plant.red = set()
    assert ("history", "alpha", "d") in refresh(home, plant).planned
    assert refresh(home, plant).nothing_new


def test_a_killed_run_is_shown_as_failed(home):
    with instance.open_instance(home) as opened:
        for run_id, sign in (("dead", True), ("young", False)):
            opened.add_run(_started(run_id))
            if sign:
                lease.signs(home).write(run_id, "")  # the sign of life that a killed process leaves
        told = instance.bury_dead_runs(opened, home)
        assert len(told) == 1
        assert "killed" in told[0]
        now = {run.run_id: run.status for run in opened.get_runs()}
    assert now == {"dead": dg.DagsterRunStatus.FAILURE, "young": dg.DagsterRunStatus.STARTED}


def _started(run_id: str) -> dg.DagsterRun:
    return dg.DagsterRun(
        job_name="refresh_everything", run_id=run_id, status=dg.DagsterRunStatus.STARTED
    )


def test_settings_that_an_operator_made_their_own_are_left_alone(home):
    instance.prepare(home)
    file = home.dagster / "dagster.yaml"
    assert "telemetry:\n  enabled: false" in file.read_text()
    assert str(home.root) not in file.read_text()
    file.write_text("telemetry:\n  enabled: false\n")
    instance.prepare(home)
    assert file.read_text() == "telemetry:\n  enabled: false\n"
