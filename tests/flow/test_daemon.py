"""A real daemon: one tick of the schedule refreshes, builds what is out of date, and tells."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

import pipelines
from pipelines import instance, status
from warehouse.home import Home

ROOT = Path(pipelines.__file__).parent.parent
# Dagster loads this in place of the real graph: the schedule, jobs and sensors are the real ones.
MODULE = """
import json, os
from pathlib import Path
import dagster as dg
import standins
from pipelines import definitions
from warehouse.home import Home

plant = standins.Plant()
planted = json.loads(Path(os.environ["PLANTED"]).read_text())
plant.fail = set(planted["fail"])
defs = definitions.make(Home.from_environment(), live=False, assets=standins.assets(plant))
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


@pytest.fixture
def daemon(tmp_path, webhook):
    """Starts a daemon whose schedule ticks every minute; ends it and its children after."""
    home = Home(tmp_path / "home")
    instance.prepare(home)
    started: list[subprocess.Popen] = []

    def start(fail: list[str]) -> Home:
        (tmp_path / "planted.json").write_text(json.dumps({"fail": fail}))
        (tmp_path / "observatory_in_a_test.py").write_text(MODULE)
        paths = [str(tmp_path), str(ROOT), str(ROOT / "tests")]
        environment = os.environ | {
            "OBSERVATORY_HOME": str(home.root),
            "DAGSTER_HOME": str(home.dagster),
            "OBSERVATORY_CRON": "* * * * *",
            "OBSERVATORY_WEBHOOK": webhook.url,
            "PLANTED": str(tmp_path / "planted.json"),
            "PYTHONPATH": os.pathsep.join(paths),
        }
        with (tmp_path / "daemon.log").open("w") as log:
            started.append(
                subprocess.Popen(
                    [sys.executable, "-m", "dagster._daemon", "run", "-m", "observatory_in_a_test"],
                    cwd=tmp_path,
                    env=environment,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )
        return home

    yield start
    for process in started:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def until(true, seconds: float, what) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return
        if "Daemon threads shut down" in what():
            pytest.fail(f"the daemon was stopped from outside: {what()}")
        time.sleep(1)
    pytest.fail(f"not within {seconds:.0f} s: {what()}")


@pytest.mark.timeout(400)
def test_one_tick_refreshes_goes_on_past_a_failure_publishes_and_tells(daemon, webhook, tmp_path):
    home = daemon(["history/alpha/d"])
    log = tmp_path / "daemon.log"

    def last_lines() -> str:
        return log.read_text()[-4000:]

    until((home.releases / "current").exists, 300, last_lines)
    until(lambda: webhook.told, 60, last_lines)
    assert "history/alpha/d stopped with ValueError" in webhook.told[0]["text"]
    assert webhook.told[0]["job"] == "rebuild_everything"
    noted = json.loads((home.root / "status.json").read_text())
    assert noted["failures"][0]["sentences"] == [
        "history/alpha/d stopped with ValueError: planted in history/alpha/d"
    ]
    # What was skipped has been built since; the failure stands all the same.
    assert noted["runs"]["rebuild_everything"]["outcome"] == "failed"
    assert status.health(home).code == status.FAILED
    with instance.open_instance(home) as opened:
        runs = opened.get_runs()
    by_schedule = [r for r in runs if r.tags.get("dagster/schedule_name") == "every_night"]
    assert by_schedule
    assert by_schedule[0].job_name == "refresh_everything"
    assert "secret-token" not in log.read_text()
