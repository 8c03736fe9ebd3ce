"""`observatory serve`: the parts of an installation on several machines, each a process of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import click

from pipelines import LOCATION, MODULE
from warehouse.home import Home

ROOT = Path(__file__).parent.parent.parent
CODE = "OBSERVATORY_CODE"  # host:port of the code location; without it each part loads the code


@click.group()
def serve() -> None:
    """Run one part of an installation on several machines (docs/several-machines.md)."""


@serve.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=3000, show_default=True, help="Port to listen on.")
@click.option("--path-prefix", default="", help="Path under which a proxy shows it.")
def web(host: str, port: int, path_prefix: str) -> None:
    """Dagster's pages. They have no login of their own: put a proxy with one before them."""
    more = ["--path-prefix", path_prefix] if path_prefix else []
    listen = ["--host", host, "--port", str(port), *more]
    _become("pipelines.webserver", "-w", str(_workspace()), *listen)


@serve.command()
def daemon() -> None:
    """Dagster's daemon: schedules, sensors, the queue of runs and their monitoring. One at a time."""
    _become("dagster._daemon", "run", "-w", str(_workspace()))


@serve.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=4000, show_default=True, help="Port to listen on.")
def code(host: str, port: int) -> None:
    """The code location: tells the other parts what the graph is, and leads the runs."""
    listen = ["--host", host, "--port", str(port)]
    loads = ["--module-name", MODULE, "--location-name", LOCATION]
    _become("dagster", "api", "grpc", *listen, *loads, "--inject-env-vars-from-instance")


@serve.command()
@click.option("--concurrency", default=1, show_default=True, help="Steps at a time.")
def worker(concurrency: int) -> None:
    """A worker of Celery for OBSERVATORY_EXECUTOR=celery; as many as wanted, on any machine."""
    from pipelines import workers

    # A name of its own, so that one that was started again is not taken for the one that was killed.
    name = ["--hostname", f"{uuid.uuid4().hex[:8]}@%h"]
    work = ["--concurrency", str(concurrency), "--queues", workers.QUEUE, "--loglevel", "INFO"]
    _become("celery", "--app", "pipelines.workers:application", "worker", *name, *work)


@serve.command()
def prepare() -> None:
    """Make what the parts share, where it is not there yet: the buckets, and Dagster's tables."""
    import botocore.exceptions
    import dagster as dg

    from pipelines import instance

    home = Home.from_environment()
    if (place := home.elsewhere) is not None:
        client = place.objects.client()
        for name in {place.objects.bucket, os.environ.get("OBSERVATORY_LOGS_BUCKET", "")} - {""}:
            try:
                client.head_bucket(Bucket=name)
            except botocore.exceptions.ClientError:
                client.create_bucket(Bucket=name)
                click.echo(f"Bucket {name} was made.")
    instance.prepare(home)
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    with dg.DagsterInstance.get() as opened:
        click.echo(f"Dagster has {opened.get_runs_count()} runs in its storage.")


@serve.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--every", default=60.0, show_default=True, help="Seconds between two looks.")
@click.option("--once", is_flag=True, help="Look once and end.")
def pages(folder: Path, every: float, once: bool) -> None:
    """Keep in FOLDER/current what is for everybody: the atlas and the files of the current release."""
    from warehouse.errors import WarehouseError
    from warehouse.publications import shown

    while True:
        try:
            if name := shown.renew(Home.from_environment(), folder):
                click.echo(f"{folder / 'current'} is of {name}.")
        except (OSError, WarehouseError) as error:
            if once:
                raise
            click.echo(str(error), err=True)  # it stays as it was, and is tried again
        if once:
            return
        time.sleep(every)


@serve.command()
@click.argument("part", required=False)
def health(part: str | None) -> None:
    """Say whether PART (or $OBSERVATORY_PART: web, code, daemon, worker) on this machine is well."""
    found = part or os.environ.get("OBSERVATORY_PART") or ""
    known: dict[str, Callable[[], bool]] = {
        "web": _web_is_well,
        "code": lambda: _says_yes("dagster", "api", "grpc-health-check", "--port", "4000"),
        "daemon": lambda: _says_yes("dagster._daemon", "liveness-check"),
        "worker": _worker_is_well,
        "pages": lambda: True,
        "": lambda: True,  # a command that ends by itself
    }
    if found not in known:
        raise click.ClickException(
            f"'{found}' is no part; choose one of {', '.join(n for n in known if n)}."
        )
    if not known[found]():
        raise click.ClickException(f"{found} does not answer; look at its log.")


def _web_is_well() -> bool:
    from urllib.request import urlopen

    for prefix in ("/dagster", ""):
        try:
            with urlopen(f"http://127.0.0.1:3000{prefix}/server_info", timeout=10):
                return True
        except OSError:
            continue
    return False


def _worker_is_well() -> bool:
    from pipelines import workers

    host = f"@{socket.gethostname()}"
    answers = workers.app().control.ping(timeout=5) or []
    return any(name.endswith(host) for answer in answers for name in answer)


def _says_yes(module: str, *arguments: str) -> bool:
    from pipelines.commands.ui import environment

    command = [sys.executable, "-W", "ignore", "-m", module, *arguments]
    done = subprocess.run(
        command, env=environment(Home.from_environment()), capture_output=True, check=False
    )
    return done.returncode == 0


def _workspace() -> Path:
    """The file that tells Dagster where the code is."""
    home = Home.from_environment()
    home.dagster.mkdir(parents=True, exist_ok=True)
    path = home.dagster / "workspace.yaml"
    address = os.environ.get(CODE, "")
    if address:
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit():
            raise click.ClickException(f"{CODE} is '{address}'; write it like code:4000.")
        at = {"host": host, "port": int(port), "location_name": LOCATION}
        loads = [{"grpc_server": at}]
    else:
        of = {"module_name": MODULE, "working_directory": str(ROOT), "location_name": LOCATION}
        loads = [{"python_module": of}]
    path.write_text(json.dumps({"load_from": loads}), encoding="utf-8")  # JSON is YAML
    return path


def _become(module: str, *arguments: str) -> None:
    """Prepare the instance, then turn this process into a part of Dagster, so that signals reach it."""
    from pipelines import instance
    from pipelines.commands.ui import environment

    home = Home.from_environment()
    instance.prepare(home)
    command = [sys.executable, "-W", "ignore", "-m", module, *arguments]
    os.execve(sys.executable, command, environment(home))
