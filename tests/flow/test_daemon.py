"""A real daemon: a night that was missed is caught up, a failure is told, a survey file is read, and
what follows from a release is made once.

All in one start of the daemon, which costs some seconds of the processor, as each of its runs does.
"""

from __future__ import annotations

import base64
import functools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import dagster as dg
import pyarrow.parquet as pq
import pytest
from survey_files import BODY, TOP, fill

import pipelines
from assets.governance import WAVE, WAVES
from catalog import survey_loader
from pipelines import instance, status, survey
from warehouse.home import Home
from warehouse.surveys.intake import shelves, template
from warehouse.surveys.secrecy import privacy

pytestmark = pytest.mark.system

ROOT = Path(pipelines.__file__).parent.parent
NAME, ANSWERED, HOUR = "observatory_in_a_test", "2026", 3600
# Dagster loads this in place of the real graph: the schedule, the jobs, the sensors and what reads
# a survey are the real ones; the sensors look every other second.
MODULE = """
import standins
from assets import governance
from pipelines import definitions, publications, sensors, survey
from warehouse.home import Home

sensors.INTERVAL = survey.INTERVAL = publications.INTERVAL = 2
plant = standins.Plant()
plant.fail = {"history/alpha/d"}
feeds = standins.publication(plant, "feeds")
assets = [*standins.assets(plant), governance.wave(), governance.register(), feeds]
defs = definitions.make(Home.from_environment(), live=False, assets=assets)
"""
# Dagster's own daemon; only its pauses between two looks, five seconds each, are shorter.
DAEMON = """
from dagster._daemon import cli, sensor

sensor.MIN_INTERVAL_LOOP_TIME = 2
cli.run_command()
"""
QUEUE = """
run_coordinator:
  module: dagster._core.run_coordinator
  class: QueuedRunCoordinator
  config:
    dequeue_interval_seconds: 1
"""


class Receiver:
    """A webhook on this machine that keeps what it is told."""

    def __init__(self) -> None:
        told: list[dict] = []
        self.told = told

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers["Content-Length"])
                told.append(json.loads(self.rfile.read(size)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/secret-token"


@pytest.fixture
def webhook():
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()


def missed(opened: dg.DagsterInstance, cron: str) -> None:
    """Note that the schedule was seen an hour ago: its tick since then was missed."""
    from dagster._core.definitions.run_request import InstigatorType
    from dagster._core.remote_origin import RemoteRepositoryOrigin
    from dagster._core.scheduler.instigation import (
        InstigatorState,
        InstigatorStatus,
        ScheduleInstigatorData,
    )
    from dagster._core.workspace.load_target import ModuleTarget

    (module,) = ModuleTarget(NAME, None, None, None).create_origins()
    schedule = RemoteRepositoryOrigin(module, "__repository__").get_instigator_origin("every_night")
    seen = ScheduleInstigatorData(cron, time.time() - HOUR)
    opened.add_instigator_state(
        InstigatorState(schedule, InstigatorType.SCHEDULE, InstigatorStatus.DECLARED_IN_CODE, seen)
    )


def drop(home: Home, folder: Path) -> None:
    """A filled template, one with a mistake, and a file of no known tool, in the inbox for a while."""
    blank = folder / "blank.xlsx"
    template.write(survey_loader.survey(), "ca", blank)
    come = folder / ANSWERED
    come.mkdir()
    fill(blank, come / "barcelona.xlsx", TOP, [BODY])
    fill(blank, come / "mistaken.xlsx", TOP | {"ref_year": "nuria@example.org"}, [BODY])
    (come / "letter.csv").write_text("Dear observatory,\nplease find attached\n")
    a_minute_ago = time.time() - 60
    for path in come.iterdir():
        os.utime(path, (a_minute_ago, a_minute_ago))
    home.inbox.mkdir(parents=True, exist_ok=True)
    come.rename(home.inbox / ANSWERED)


@pytest.fixture
def daemon(tmp_path, webhook):
    """A daemon on a home where a tick was missed, and how to end it; it is ended after."""
    home = Home(tmp_path / "home")
    home.dagster.mkdir(parents=True)
    settings = instance.settings().removeprefix(instance.MARK) + QUEUE
    (home.dagster / "dagster.yaml").write_text(settings)
    cron = "0 * * * *"
    with instance.open_instance(home) as opened:
        missed(opened, cron)
        (tmp_path / f"{NAME}.py").write_text(MODULE)
        secret = base64.b64encode(b"k" * 32).decode()
        (tmp_path / "subscribers.yaml").write_text(
            f"- {{url: https://example.org/hook, secret: {secret}}}\n"
        )
        environment = os.environ | {
            "OBSERVATORY_HOME": str(home.root),
            "DAGSTER_HOME": str(home.dagster),
            "OBSERVATORY_CRON": cron,
            "OBSERVATORY_WEBHOOK": webhook.url,
            "OBSERVATORY_SUBSCRIBERS": str(tmp_path / "subscribers.yaml"),
            "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT), str(ROOT / "tests")]),
        }
        with (tmp_path / "daemon.log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", DAEMON, "-m", NAME],
                cwd=tmp_path,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield home, opened, functools.partial(end, process)
        finally:
            end(process)


def end(process: subprocess.Popen) -> None:
    """End a daemon and its children; one that has ended is left alone."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.timeout(300)
def test_a_daemon_catches_up_goes_on_past_a_failure_tells_and_reads_a_survey(
    daemon, webhook, tmp_path
):
    home, opened, end_daemon = daemon
    log = tmp_path / "daemon.log"

    def until(true, what: str) -> None:
        end = time.monotonic() + 120
        while time.monotonic() < end:
            if true():
                return
            if "Daemon threads shut down" in log.read_text():
                pytest.fail(f"the daemon was stopped from outside: {log.read_text()[-4000:]}")
            time.sleep(0.25)
        pytest.fail(f"{what}, not within 120 s: {log.read_text()[-4000:]}")

    def runs(job: str) -> list[dg.DagsterRun]:
        return opened.get_runs(dg.RunsFilter(job_name=job))

    def noted() -> dict:
        return status.read(home)["runs"]

    # The night: its refresh, what is out of date after it, and the rest past what failed.
    until((home.releases / "current").exists, "published")
    until(lambda: webhook.told, "told")
    failed = "failed:rebuild_everything"
    until(lambda: any(failed in t["new"] for t in webhook.told), "the failure is told")
    (told,) = [t for t in webhook.told if failed in t["new"]]
    assert "history/alpha/d stopped with ValueError" in told["text"]
    assert status.read(home)["failures"][0]["sentences"] == [
        "history/alpha/d stopped with ValueError: planted in history/alpha/d"
    ]
    # What was skipped has been built since; the failure stands all the same.
    assert noted()["rebuild_everything"]["outcome"] == "failed"
    assert status.health(home).code == status.FAILED
    (night,) = runs("refresh_everything")
    assert night.tags["dagster/schedule_name"] == "every_night"
    assert "secret-token" not in log.read_text()

    # What follows from a release, once: the first one changed nothing of which to tell.
    until(lambda: "tell_subscribers" in noted(), "publications are made, then subscribers told")
    assert (
        noted()["make_publications"]["outcome"] == noted()["tell_subscribers"]["outcome"] == "done"
    )
    assert (home.publications / (home.releases / "current").resolve().name / "feeds").exists()
    assert [len(runs(job)) for job in ("make_publications", "tell_subscribers")] == [1, 1]

    # The survey: what is dropped in the inbox is a partition of a run of its own.
    drop(home, tmp_path)
    until(lambda: runs(survey.REFRESH), "the wave is read and what follows is asked for")
    (read,) = runs(survey.READ)
    until(lambda: noted().get(f"{survey.READ} {ANSWERED}"), "the wave is noted")
    assert noted()[f"{survey.READ} {ANSWERED}"]["outcome"] == "done"
    assert read.status == dg.DagsterRunStatus.SUCCESS
    assert read.tags["dagster/sensor_name"] == "survey_inbox"
    assert read.tags["dagster/partition"] == ANSWERED
    assert opened.get_dynamic_partitions(WAVES.name or "") == [ANSWERED]
    assert opened.get_materialized_partitions(WAVE) == {ANSWERED}
    (answered,) = pq.read_table(shelves.read_wave(home, ANSWERED, "responses")).to_pylist()
    # What came through the inbox counts once a person has accepted it.
    assert answered["metro_id"] == "es-barcelona" and not answered["standing"]
    left = sorted(p.name for p in (home.inbox / ANSWERED).rglob("*") if p.is_file())
    assert left == ["letter.csv", "letter.csv.txt", "mistaken.xlsx", "mistaken.xlsx.txt"]
    refused = home.inbox / ANSWERED / "refused"
    assert "letter.csv" in (refused / "letter.csv.txt").read_text()
    assert (
        "1 answers are to be mended (Qüestionari!D4)" in (refused / "mistaken.xlsx.txt").read_text()
    )

    end_daemon()
    # Neither Dagster nor the log has heard of the person who answered.
    assert privacy.scan(home, ["nuria@example.org", "Núria Prova"]) == []
    assert "Núria" not in log.read_text()
