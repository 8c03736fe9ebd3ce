"""The run launcher of the profile `kubernetes`, against a played API server: one Job a run, closed, no secret in it."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import dagster as dg
import pytest
import yaml

from pipelines import instance
from warehouse.home import Home

pytestmark = pytest.mark.system

ROOT = Path(__file__).parents[2]
GIVEN = {
    "OBSERVATORY_PROFILE": "kubernetes",
    "OBSERVATORY_K8S_ACCOUNT": "observatory",
    "OBSERVATORY_K8S_NAMESPACE": "data",
    "OBSERVATORY_K8S_CONFIG": "observatory",
    "OBSERVATORY_K8S_SECRET": "observatory-secret",
    "OBSERVATORY_IMAGE": "registry.example.org/observatory@sha256:0",
    "OBSERVATORY_PG_PASSWORD": "planted-pg-secret",
}


class Played:
    """An API server that keeps what is posted to it."""

    def __init__(self) -> None:
        posted: list[tuple[str, dict]] = []
        self.posted = posted

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                posted.append((self.path, json.loads(body)))
                self.send_response(201)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def api():
    played = Played()
    yield played
    played.server.shutdown()


@dg.job
def nothing() -> None:
    """A job without steps."""


def test_a_run_is_a_job_with_a_closed_pod_that_takes_its_secrets_by_reference(
    api, tmp_path, monkeypatch
):
    from dagster._core.definitions.reconstruct import reconstructable
    from dagster._core.launcher import LaunchRunContext
    from dagster._core.remote_origin import RemoteJobOrigin, RemoteRepositoryOrigin
    from dagster._core.workspace.load_target import ModuleTarget

    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)
    said = yaml.safe_load(instance.settings())
    del said["storage"], said["compute_logs"]  # here SQLite and files
    cluster = {"clusters": [{"name": "a", "cluster": {"server": api.url}}]}
    users = {"users": [{"name": "a", "user": {}}], "current-context": "a"}
    contexts = {"contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}]}
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(cluster | users | contexts))
    here = {"load_incluster_config": False, "kubeconfig_file": str(tmp_path / "kubeconfig")}
    said["run_launcher"]["config"] |= here
    home = Home(tmp_path / "home")
    home.dagster.mkdir(parents=True)
    (home.dagster / "dagster.yaml").write_text(yaml.safe_dump(said))

    (location,) = ModuleTarget("pipelines.definitions", None, None, "observatory").create_origins()
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, "__repository__"), "nothing")
    monkeypatch.setenv("DAGSTER_HOME", str(home.dagster))
    with dg.DagsterInstance.get() as opened:
        run = opened.create_run_for_job(
            nothing,
            remote_job_origin=origin,
            job_code_origin=reconstructable(nothing).get_python_origin(),
        )
        opened.run_launcher.launch_run(LaunchRunContext(dagster_run=run, workspace=None))

    ((path, job),) = api.posted
    assert path.startswith("/apis/batch/v1/namespaces/data/jobs")
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["image"] == GIVEN["OBSERVATORY_IMAGE"]
    assert {e["secretRef"]["name"] for e in container["envFrom"] if "secretRef" in e} == {
        "observatory-secret"
    }
    assert "planted-pg-secret" not in json.dumps(job)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]
    assert container["resources"]["limits"]["memory"] == "8Gi"
    assert {"/data", "/tmp"} <= {m["mountPath"] for m in container["volumeMounts"]}
    assert job["spec"]["backoffLimit"] == 0
    # For the strict validation that `make check-deploy` does with the schemas of Kubernetes.
    (tmp_path / "job.json").write_text(json.dumps(job))
    kept = ROOT / "tests" / "deployment" / "job.json"
    assert _without_names(job) == _without_names(json.loads(kept.read_text())), (
        f"the Job of a run is another now: look at {tmp_path / 'job.json'}, then copy it to {kept}"
    )


def _without_names(job: dict) -> dict:
    """The job without the id of its run and what Dagster names after it."""
    text = json.dumps(job["spec"]["template"]["spec"]["securityContext"])
    pod = job["spec"]["template"]["spec"]
    return {
        "security": text,
        "volumes": pod["volumes"],
        "mounts": pod["containers"][0]["volumeMounts"],
        "from": pod["containers"][0]["envFrom"],
        "resources": pod["containers"][0]["resources"],
    }
