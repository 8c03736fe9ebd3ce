"""`observatory ui`: Dagster's pages and daemon, on the instance that `build` uses."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from warehouse.home import Home

ROOT = Path(__file__).parent.parent.parent


@click.command()
@click.option("--port", default=3000, show_default=True, help="Port to listen on.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
def ui(port: int, host: str) -> None:
    """Open the graph, the runs and the schedule at http://127.0.0.1:3000; Ctrl-C ends it."""
    from pipelines import instance

    home = Home.from_environment()
    instance.prepare(home)
    with instance.open_instance(home) as opened:
        for sentence in instance.bury_dead_runs(opened, home):
            click.echo(sentence, err=True)
    click.echo(f"The observatory opens at http://{host}:{port} (a few seconds); Ctrl-C ends it.")
    os.execve(sys.executable, command(host, port), environment(home))


def command(host: str, port: int) -> list[str]:
    """The command that serves pages and daemon together."""
    workspace = ROOT / "workspace.yaml"
    where = ["-w", str(workspace)] if workspace.exists() else ["-m", "pipelines.definitions"]
    serve = ["-m", "dagster", "dev", *where, "--host", host, "--port", str(port)]
    return [sys.executable, "-W", "ignore", *serve]


def environment(home: Home) -> dict[str, str]:
    """The environment of that command: the same home, the same instance, no telemetry."""
    return os.environ | {
        "OBSERVATORY_HOME": str(home.root),
        "DAGSTER_HOME": str(home.dagster),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
