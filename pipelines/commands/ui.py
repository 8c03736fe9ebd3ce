"""`observatory ui`: Dagster's pages and daemon, on the instance that `build` uses."""

from __future__ import annotations

import fcntl
import json
import os
import sys
from pathlib import Path

import click

from pipelines import LOCATION, MODULE
from warehouse.home import Home

ROOT = Path(__file__).parent.parent.parent


@click.command()
@click.option("--port", default=3000, show_default=True, help="Port to listen on.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
def ui(port: int, host: str) -> None:
    """Open the graph, the runs and the schedule at http://127.0.0.1:3000; Ctrl-C ends it."""
    from pipelines import instance

    home = Home.from_environment()
    _only_one(home)
    instance.prepare(home)
    with instance.open_instance(home) as opened:
        for sentence in instance.bury_dead_runs(opened, home):
            click.echo(sentence, err=True)
    click.echo(f"The observatory opens at http://{host}:{port} (a few seconds); Ctrl-C ends it.")
    if any(home.publications.glob("*/atlas/index.html")):
        click.echo("The pages for officials: observatory atlas --serve, http://127.0.0.1:8022.")
    os.execve(sys.executable, command(host, port, workspace(home)), environment(home))


def _only_one(home: Home) -> None:
    """Refuse a second one on the same home, whose daemon would do everything twice.

    The lock is one of the operating system on a file that stays open when this process becomes
    Dagster's, and is freed however that ends.
    """
    home.dagster.mkdir(parents=True, exist_ok=True)
    file = os.open(home.dagster / "ui.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        said = os.pread(file, 1000, 0).decode(errors="replace") or "another process"
        raise click.ClickException(
            f"The UI of {home.root} runs already: {said}. Open that one, or end it first."
        ) from None
    os.set_inheritable(file, True)
    context = click.get_current_context().params
    said = f"http://{context['host']}:{context['port']} (process {os.getpid()})"
    os.ftruncate(file, 0)
    os.pwrite(file, said.encode(), 0)


def workspace(home: Home) -> Path:
    """The file that tells Dagster what to load, under the name by which runs of the command go."""
    path = home.dagster / "workspace.yaml"
    module = {
        "module_name": MODULE,
        "working_directory": str(ROOT),
        "location_name": LOCATION,
    }
    # JSON is YAML.
    path.write_text(json.dumps({"load_from": [{"python_module": module}]}), encoding="utf-8")
    return path


def command(host: str, port: int, workspace: Path) -> list[str]:
    """The command that serves pages and daemon together."""
    serve = ["-m", "dagster", "dev", "-w", str(workspace), "--host", host, "--port", str(port)]
    return [sys.executable, "-W", "ignore", *serve]


def environment(home: Home) -> dict[str, str]:
    """The environment of that command: the same home, the same instance, no telemetry."""
    path = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    return os.environ | {
        # Dagster's processes load our queue of runs by name.
        "PYTHONPATH": os.pathsep.join(p for p in path if p),
        "OBSERVATORY_HOME": home.address,
        "DAGSTER_HOME": str(home.dagster),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
