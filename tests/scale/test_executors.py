"""The executors that `OBSERVATORY_EXECUTOR` chooses, real: processes, and Celery's workers with a broker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest

from pipelines import executor, instance, lease, workers
from tests.scale.services import Process, Redis, until
from warehouse.errors import WarehouseError
from warehouse.home import Home

ROOT = Path(__file__).parents[2]
RUN = """
import json, sys
import dagster as dg
from dagster._core.definitions.reconstruct import ReconstructableJob, ReconstructableRepository
from dagster._core.code_pointer import ModuleCodePointer
from pipelines import instance
from warehouse.home import Home

where = ModuleCodePointer("tests.scale.plant", "defs", sys.argv[2])
job = ReconstructableJob(ReconstructableRepository(where), sys.argv[1])
instance.prepare(Home.from_environment())
with dg.DagsterInstance.get() as opened:
    with dg.execute_job(job, instance=opened, raise_on_error=False) as done:
        ends = [e for e in done.all_events if e.is_failure or e.is_engine_event]
        errors = [getattr(e.event_specific_data, "error", None) for e in ends]
        said = [e.message for e in ends] + [x.to_string() for x in errors if x]
        print(json.dumps({"success": done.success, "said": said}))
"""


@dg.job
def nothing() -> None:
    """A job without steps."""


def environment(tmp_path: Path, chosen: str, **more: str) -> dict[str, str]:
    """What a process of a run or a worker is given."""
    return os.environ | {
        "OBSERVATORY_HOME": str(tmp_path / "home"),
        "DAGSTER_HOME": str(tmp_path / "home" / "dagster"),
        "OBSERVATORY_EXECUTOR": chosen,
        "OBSERVATORY_PROCESSES": "2",
        "PLANT": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        **more,
    }


def started(job: str, given: dict[str, str]) -> subprocess.Popen[str]:
    """A run in a process of its own, as Dagster's launcher starts it."""
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", RUN, job, str(ROOT)],
        env=given,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_step_of_a_run_that_has_ended_is_not_carried_out(tmp_path, monkeypatch):
    from dagster._core.definitions.reconstruct import reconstructable
    from dagster._grpc.types import ExecuteStepArgs
    from dagster._serdes import pack_value, unpack_value

    home = Home(tmp_path / "home")
    monkeypatch.setenv("DAGSTER_HOME", str(home.dagster))
    instance.prepare(home)
    with dg.DagsterInstance.get() as opened:
        run = opened.create_run_for_job(nothing)
        of = reconstructable(nothing).get_python_origin()
        sent = pack_value(ExecuteStepArgs(of, run.run_id, ["x"], None))
        given = unpack_value(workers._of_this_worker(sent), as_type=ExecuteStepArgs)
        assert given.instance_ref == opened.get_ref()
        opened.report_run_failed(run)
    assert workers._of_this_worker(sent) is None


def ended(run: subprocess.Popen[str]) -> dict:
    """What came of it."""
    out, _ = run.communicate(timeout=500)
    assert run.returncode == 0, out
    return json.loads(out.splitlines()[-1])


@pytest.fixture
def broker(tmp_path):
    made = Redis(tmp_path / "redis").start()
    yield made
    made.process.end()


@pytest.fixture
def given(tmp_path, broker):
    instance.prepare(Home(tmp_path / "home"))
    return environment(tmp_path, "celery", OBSERVATORY_BROKER=broker.url)


def worker(given: dict[str, str], folder: Path, name: str) -> Process:
    """A worker in a folder of its own, with its own instance's folder."""
    command = ["-m", "pipelines.cli", "serve", "worker"]
    made = Process([sys.executable, "-W", "ignore", *command], folder / f"{name}.log", given, ROOT)
    made.start()
    until(lambda: "ready." in made.log.read_text(), "the worker is ready")
    return made


def test_the_executor_is_one_step_after_the_other_where_none_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("OBSERVATORY_EXECUTOR", raising=False)
    assert executor.chosen(Home(tmp_path)).name == dg.in_process_executor.name
    for name in ("multiprocess", "celery"):
        monkeypatch.setenv("OBSERVATORY_EXECUTOR", name)
        assert executor.chosen(Home(tmp_path)).name == name


def test_an_executor_of_another_name_is_refused_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("OBSERVATORY_EXECUTOR", "dask")
    with pytest.raises(WarehouseError, match=r"'dask'.*choose one of in_process, multiproc"):
        executor.chosen(Home(tmp_path))


def test_without_a_broker_the_worker_says_what_to_set(monkeypatch):
    monkeypatch.delenv("OBSERVATORY_BROKER", raising=False)
    with pytest.raises(WarehouseError, match=r"OBSERVATORY_BROKER is not set.*redis://"):
        workers.app()


def test_profiles_are_chosen_by_name_and_name_no_secret(monkeypatch):
    import yaml

    monkeypatch.delenv("OBSERVATORY_PROFILE", raising=False)
    assert "storage" not in yaml.safe_load(instance.settings())
    for name in ("cluster", "kubernetes"):
        monkeypatch.setenv("OBSERVATORY_PROFILE", name)
        said = yaml.safe_load(instance.settings())
        access = said["storage"]["postgres"]["postgres_db"]
        assert access["password"] == {"env": "OBSERVATORY_PG_PASSWORD"}
        assert said["run_monitoring"]["max_runtime_seconds"] > 0
    monkeypatch.setenv("OBSERVATORY_PROFILE", "large")
    with pytest.raises(WarehouseError, match=r"'large'.*cluster, embedded, kubernetes"):
        instance.settings()


class Answers:
    """Workers that answer as told, to a watch over them."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.control = self

    def ping(self, timeout: float) -> list[dict]:
        return [{name: {"ok": "pong"}} for name in self.names]


def test_a_step_is_lost_when_its_worker_or_every_worker_is_silent(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(workers.time, "monotonic", lambda: now[0])
    there = Answers("a@one")
    watch = workers.Watch(there)
    mine, other = {"hostname": "a@one"}, {"hostname": "b@two"}
    assert watch.lost("STARTED", mine) == watch.lost("STARTED", other) == ""
    now[0] += workers.SILENT + 1
    assert watch.lost("STARTED", mine) == watch.lost("PENDING", None) == ""
    assert "b@two" in watch.lost("STARTED", other)
    assert watch.lost("STARTED", mine) == "", "it is waited for"
    assert watch.lost("PENDING", None) == "", "another worker takes it"
    there.names = ()
    now[0] += workers.NOBODY + 1
    assert "observatory serve worker" in watch.lost("PENDING", None)


@pytest.mark.system
@pytest.mark.timeout(600)
def test_steps_in_processes_are_at_work_together_and_the_graph_is_built(tmp_path):
    given = environment(tmp_path, "multiprocess")
    home = Home(tmp_path / "home")
    instance.prepare(home)
    assert ended(started("meeting", given))["success"]
    assert (tmp_path / "meets").read_text() != (tmp_path / "met").read_text()
    assert ended(started("refresh_everything", given))["success"]
    assert ended(started("rebuild_everything", given))["success"]
    assert (home.releases / "current" / "observatory.duckdb").exists()
    assert lease.holder(lease.of(home)) is None


@pytest.mark.system
@pytest.mark.timeout(900)
def test_steps_on_workers_are_at_work_together_and_the_graph_is_built(tmp_path, given):
    home = Home(tmp_path / "home")
    both = [worker(given, tmp_path, name) for name in ("one", "two")]
    try:
        assert ended(started("meeting", given))["success"]
        assert (tmp_path / "meets").read_text() != (tmp_path / "met").read_text()
        assert ended(started("refresh_everything", given))["success"]
        assert ended(started("rebuild_everything", given))["success"]
        assert (home.releases / "current" / "observatory.duckdb").exists()

        # The process of the step alone: Celery itself says so.
        run = started("dying", given)
        until((tmp_path / "dies").exists, "the step is at work")
        os.kill(int((tmp_path / "dies").read_text().split()[0]), signal.SIGKILL)
        assert not ended(run)["success"]
        assert ended(started("rebuild_everything", given))["success"]
        assert lease.holder(lease.of(home)) is None
    finally:
        for one in both:
            one.end()
    for log in tmp_path.glob("*.log"):
        assert "planted-broker-secret" not in log.read_text(), log


@pytest.mark.system
@pytest.mark.timeout(600)
def test_a_step_whose_worker_was_killed_fails_and_the_rest_goes_on(tmp_path, given):
    both = [worker(given, tmp_path, name) for name in ("one", "two")]
    try:
        run = started("losing", given)
        until((tmp_path / "dies").exists, "the step is at work")
        theirs = os.getpgid(int((tmp_path / "dies").read_text().split()[0]))
        victim = next(w for w in both if w.running and w.running.pid == theirs)
        victim.kill()  # the worker with all its processes: nobody can tell what became of the step
        time.sleep(workers.SILENT + 3 * workers.LOOK)
        (tmp_path / "go").touch()  # only now: a step becomes ready after another was lost
        done = ended(run)
    finally:
        for one in both:
            one.end()
    assert not done["success"]
    assert any("has not answered for" in said for said in done["said"]), done["said"]
    assert (tmp_path / "followed").exists() and not (tmp_path / "depended").exists()


@pytest.mark.system
@pytest.mark.timeout(600)
def test_a_run_that_no_worker_takes_fails(tmp_path, given):
    said = ended(started("dying", given | {"PYTHONUNBUFFERED": "1"}))
    assert not said["success"]
    assert any("No worker has answered" in s for s in said["said"]), said["said"]
