"""`observatory ui` as an analyst uses it: a real webserver and daemon on a real, small graph.

All in one start, which costs a minute of the processor: a second one is refused, a button pressed twice
launches once, a run that is ended publishes nothing, a mistake in the catalog leaves everything in place.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from tests.flow.observatory import copied
from tests.flow.test_daemon import Receiver

pytestmark = pytest.mark.system

LAUNCH = """
mutation($job: String!) { launchRun(executionParams: {selector: {repositoryLocationName: "observatory",
  repositoryName: "__repository__", jobName: $job}, runConfigData: {}})
  { __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }
"""
RUN = """
query($id: ID!) { runOrError(runId: $id) { ... on Run { status
  eventConnection(limit: 1000) { events { ... on MessageEvent { message eventType } } } } } }
"""
END = "mutation($id: String!) { terminateRun(runId: $id) { __typename } }"
RELOAD = """
mutation { reloadRepositoryLocation(repositoryLocationName: "observatory")
  { __typename ... on WorkspaceLocationEntry { locationOrLoadError { __typename } } } }
"""
NODES = "{ assetNodes { assetKey { path } description groupName tags { key value } } }"
STATES = """
{ repositoryOrError(repositorySelector: {repositoryLocationName: "observatory",
  repositoryName: "__repository__"}) { ... on Repository
  { schedules { name scheduleState { status } } sensors { name sensorState { status } } jobs { name } } } }
"""
OVERVIEW = """
{ repositoryOrError(repositorySelector: {repositoryLocationName: "observatory",
  repositoryName: "__repository__"}) { ... on Repository { jobs { name runs(limit: 5) { runId } } } }
  runsOrError(limit: 50) { ... on Runs { results { runId repositoryOrigin { repositoryLocationName } } } } }
"""
PATIENCE = 240.0  # seconds; a few on a quiet machine


class Ui:
    """The webserver of a home, asked as its pages ask it."""

    def __init__(self, port: int):
        self.url = f"http://127.0.0.1:{port}/graphql"

    def ask(self, query: str, **variables: object) -> dict:
        body = json.dumps({"query": query, "variables": variables}).encode()
        asked = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=60) as answer:
            said = json.load(answer)
        assert "errors" not in said, said
        return said["data"]

    def up(self) -> bool:
        try:
            return bool(self.ask(NODES)["assetNodes"])
        except (urllib.error.URLError, AssertionError, OSError):
            return False

    def assets(self) -> dict[tuple[str, ...], dict]:
        """Every asset by its key."""
        return {tuple(n["assetKey"]["path"]): n for n in self.ask(NODES)["assetNodes"]}

    def launch(self, job: str) -> str:
        said = self.ask(LAUNCH, job=job)["launchRun"]
        assert said["__typename"] == "LaunchRunSuccess", said
        return said["run"]["runId"]

    def run(self, run_id: str) -> tuple[str, str]:
        """Status, and all messages."""
        said = self.ask(RUN, id=run_id)["runOrError"]
        told = [e["message"] for e in said["eventConnection"]["events"] if e.get("message")]
        return said["status"], "\n".join(told)


def until(true, what: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if true():
            return
        time.sleep(0.5)
    pytest.fail(f"{what}: not within {PATIENCE:.0f} s")


@pytest.mark.timeout(1500)
# One story in one start: cut in parts it would cost the start again for each.
def test_the_ui_on_a_day_when_things_go_wrong(small, tmp_path, monkeypatch):  # noqa: PLR0915
    observatory = copied(small, tmp_path / "ui", code=True)
    home, receiver = observatory.home, Receiver()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("OBSERVATORY_WEBHOOK", receiver.url)
    monkeypatch.setenv("OBSERVATORY_OFFLINE", "1")
    serve = observatory.command("ui", "--port", str(port))
    log = (tmp_path / "ui.log").open("w")
    process = subprocess.Popen(
        serve,
        env=observatory.environment,
        cwd=observatory.root,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    ui = Ui(port)
    try:
        until(ui.up, "the pages open")
        before = (home / "releases" / "current").readlink()

        # A second one on the same home is refused, and says who runs.
        second = observatory("ui", "--port", str(port + 1))
        assert second.code == 1
        assert f"runs already: http://127.0.0.1:{port} (process {process.pid})" in second.err

        # The first page lists what the command line ran.
        said = ui.ask(OVERVIEW)
        origins = {
            (r["repositoryOrigin"] or {}).get("repositoryLocationName")
            for r in said["runsOrError"]["results"]
        }
        assert origins == {"observatory"}

        # Search finds an indicator by its name in any of the four languages.
        nodes = ui.assets()
        population = nodes["indicator", "population"]
        words = population["description"]
        assert all(w in words for w in ("Population", "Població", "Población"))
        tags = {t["key"]: t["value"] for t in population["tags"]}
        assert (tags["name_ca"], tags["name_es"]) == ("poblacio", "poblacion")

        # A button pressed twice launches once. A run that is ended publishes nothing.
        first, twice = ui.launch("rebuild_everything"), ui.launch("rebuild_everything")
        until(lambda: ui.run(twice)[0] == "CANCELED", "the second is cancelled")
        assert f"Launched twice: run {first[:8]}" in ui.run(twice)[1]
        until(
            lambda: (
                "STEP_SUCCESS" in ui.run(first)[1]
                or "Finished execution of step" in ui.run(first)[1]
            ),
            "a step ends",
        )
        ui.ask(END, id=first)
        until(lambda: ui.run(first)[0] == "CANCELED", "the first is ended")
        until(lambda: "ended by a person" in observatory("status").out, "the status says so")
        assert (home / "releases" / "current").readlink() == before
        until(lambda: any("ended by a person" in t["text"] for t in receiver.told), "it is told")

        # A mistake in the catalog: everything stays, with the sentence on top.
        area = observatory.root / "catalog" / "indicators" / "area.yaml"
        good = area.read_text(encoding="utf-8")
        area.write_text(good.replace("unit:", "unti:"), encoding="utf-8")
        said = ui.ask(RELOAD)["reloadRepositoryLocation"]
        assert said["locationOrLoadError"]["__typename"] == "RepositoryLocation"
        # Dagster answers from the old definitions until the new ones are loaded.
        until(lambda: ("CATALOG_ERROR",) in ui.assets(), "the mistake is shown")
        bad = ui.assets()
        assert set(bad) - set(nodes) == {("CATALOG_ERROR",)}
        assert set(nodes) <= set(bad)
        assert "indicators/area.yaml" in bad["CATALOG_ERROR",]["description"]
        assert "unti" in bad["CATALOG_ERROR",]["description"]
        running = ui.ask(STATES)["repositoryOrError"]
        assert [s["scheduleState"]["status"] for s in running["schedules"]] == ["RUNNING"]
        assert {s["sensorState"]["status"] for s in running["sensors"]} == {"RUNNING"}
        status = observatory("status")
        assert status.code == 2 and "indicators/area.yaml" in status.out
        until(lambda: any("area.yaml" in t["text"] for t in receiver.told), "the mistake is told")
        assert sum("area.yaml" in t["text"] for t in receiver.told) == 1
        area.write_text(good, encoding="utf-8")
        ui.ask(RELOAD)
        until(lambda: set(ui.assets()) == set(nodes), "all is as it was")
        until(
            lambda: any("Over: The catalog" in t["text"] for t in receiver.told),
            "that it is over is told",
        )

        # A service manager ends everything in the middle of a run.
        third = ui.launch("rebuild_everything")
        until(lambda: "Finished execution of step" in ui.run(third)[1], "a step ends")
    finally:
        end = time.monotonic()
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        print(f"ended in {time.monotonic() - end:.1f} s")
        receiver.server.shutdown()
        log.close()
    assert (home / "releases" / "current").readlink() == before
    run = observatory("build")
    assert run.code == 0, run.out + run.err
    assert "interrupted" in run.err or "killed" in run.err or "ended" in run.err, run.err
    assert observatory("status").code == 0
