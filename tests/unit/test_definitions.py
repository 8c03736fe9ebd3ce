"""What Dagster loads: jobs, schedule, sensors, keys; and what loading it does not import."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import standins

import pipelines
from pipelines import definitions
from warehouse.home import Home

ROOT = Path(pipelines.__file__).parent.parent


@pytest.fixture
def made(tmp_path) -> dg.Definitions:
    return definitions.make(Home(tmp_path), live=False, assets=standins.assets(standins.Plant()))


LOADS = """
import json, sys
from pipelines import definitions, refreshes
assets = definitions.all_assets()
definitions.make(definitions.Home.from_environment(), live=False, assets=assets)
print(json.dumps({
    "heavy": [m for m in ("great_expectations", "pandas", "requests") if m in sys.modules],
    "keys": [k.path for a in assets for k in a.keys],
    "providers": refreshes.providers(assets),
    "without a version": [str(s.key) for a in assets for s in a.specs if not s.code_version],
}))
"""


@pytest.fixture(scope="module")
def loaded() -> dict[str, Any]:
    """What the whole graph is, loaded in a process of its own as Dagster does."""
    done = subprocess.run(
        [sys.executable, "-c", LOADS], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_loading_the_definitions_imports_neither_great_expectations_nor_pandas(loaded):
    assert loaded["heavy"] == []


def test_jobs_are_named_by_what_an_analyst_wants(made):
    names = [j.name for j in made.jobs or []]
    assert names == [
        "refresh_everything",
        "refresh_alpha",
        "refresh_beta",
        "publish",
        "publish_accepted",
        "rebuild_everything",
    ]


def test_each_job_selects_what_its_name_says(made):
    def keys(name: str) -> set[str]:
        layer = made.resolve_job_def(name).asset_layer
        return {k.to_user_string() for k in layer.executable_asset_keys}

    assert keys("refresh_alpha") == {"fetch/alpha", "raw/alpha/d"}
    assert keys("publish") == {"release"}
    assert keys("refresh_everything") == {"fetch/alpha", "raw/alpha/d", "fetch/beta", "raw/beta/d"}
    assert "fetch/alpha" not in keys("rebuild_everything")
    assert {"raw/alpha/d", "indicator/of_alpha", "release"} <= keys("rebuild_everything")


def test_the_night_is_at_half_past_three_in_madrid_and_running(made):
    schedule = made.resolve_schedule_def("every_night")
    assert schedule.cron_schedule == "30 3 * * *"
    assert schedule.execution_timezone == "Europe/Madrid"
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert schedule.job_name == "refresh_everything"


def test_every_sensor_is_running(made):
    sensors = made.get_repository_def().sensor_defs
    assert {s.name for s in sensors} == {
        "rebuild_after_refresh",
        "rebuild_after_failed_refresh",
        "go_on_past_failure",
        "note_success",
        "note_failure",
        "note_interrupt",
        "tell_of_trouble",
        "bury_dead_runs",
    }
    assert all(s.default_status == dg.DefaultSensorStatus.RUNNING for s in sensors)


def test_the_real_graph_has_a_job_for_each_provider_and_known_keys(loaded):
    first = {path[0] for path in loaded["keys"] if len(path) > 1}
    assert first == {"fetch", "raw", "history", "indicator", "wave", "publication"}
    tables = {path[0] for path in loaded["keys"] if len(path) == 1}
    assert {"observation", "latest", "ranking", "trend", "coverage", "quarantine"} <= tables
    assert "release" in tables
    assert {"eurostat", "oecd", "un_sdg", "un_habitat", "ghsl", "wup"} <= set(loaded["providers"])
    assert loaded["without a version"] == []
