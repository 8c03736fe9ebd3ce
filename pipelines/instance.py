"""The one Dagster instance of a home, shared by `build`, `refresh` and `ui`."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines import LOCATION, MODULE, lease
from warehouse.errors import WarehouseError
from warehouse.home import Home

if TYPE_CHECKING:
    import dagster as dg

MARK = "# Written by `observatory`; without this line the file is yours and is left alone."
PROFILES = Path(__file__).parent / "profiles"
GRACE = 300.0  # seconds in which a started run must have shown a sign of life


def settings() -> str:
    """The text of dagster.yaml: the file of `pipelines/profiles` that `OBSERVATORY_PROFILE` names.

    `embedded` where nothing is named. Raises `WarehouseError` where there is no such profile.
    """
    name = os.environ.get("OBSERVATORY_PROFILE") or "embedded"
    known = {p.stem: p for p in sorted(PROFILES.glob("*.yaml"))}
    if name not in known:
        raise WarehouseError(
            f"OBSERVATORY_PROFILE is '{name}', which is no profile; choose one of {', '.join(known)}."
        )
    return f"{MARK}\n{known[name].read_text(encoding='utf-8')}"


def prepare(home: Home) -> None:
    """Make the instance's folder and settings; settings that an operator made their own stay."""
    home.dagster.mkdir(parents=True, exist_ok=True)
    path, wanted = home.dagster / "dagster.yaml", settings()
    text = path.read_text(encoding="utf-8") if path.exists() else MARK
    if text.startswith(MARK) and text != wanted:
        part = path.with_name("dagster.yaml.part")
        part.write_text(wanted, encoding="utf-8")
        part.replace(path)


def load() -> None:
    """Load the libraries of an instance, with our changes; an instance that is opened does it itself."""
    from pipelines import patches

    patches.write_lazily()
    patches.keep_engines()
    patches.know_columns()
    patches.read_inputs_once()


def open_instance(home: Home) -> dg.DagsterInstance:
    """The instance of this home, made where there is none; use it as a context manager.

    For commands: what this process prints goes to its terminal and not to Dagster's files, which
    the runs of the daemon write.
    """
    import dagster as dg
    from dagster._core.instance.ref import InstanceRef

    from pipelines import patches

    prepare(home)
    load()
    settings = {"compute_logs": patches.SILENT_LOGS}
    reference = InstanceRef.from_dir(str(home.dagster), overrides=settings)
    opened = dg.DagsterInstance.from_ref(reference)
    patches.of_the_location(opened, MODULE, LOCATION)
    return opened


def cancel_unfinished(instance: dg.DagsterInstance, run_ids: list[str], why: str) -> None:
    """Mark these runs as cancelled where they have not ended."""
    for run_id in run_ids:
        run = instance.get_run_by_id(run_id)
        if run is not None and not run.is_finished:
            instance.report_run_canceled(run, why)


def bury_dead_runs(instance: dg.DagsterInstance, home: Home) -> list[str]:
    """Mark as failed the runs whose process was killed, so that none is shown as running for ever.

    Answers with one sentence a run. A run that has shown no sign of life is left alone for five
    minutes: it may just be starting.
    """
    import dagster as dg

    running = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
    told = []
    for record in instance.get_run_records(filters=dg.RunsFilter(statuses=running)):
        run = record.dagster_run
        sign = lease.is_shown(lease.signs(home), run.run_id)
        started = record.start_time or record.create_timestamp.timestamp()
        if sign or (sign is None and time.time() - started < GRACE):
            continue
        sentence = (
            f"Run {run.run_id[:8]} of {run.job_name} was killed before its end; what it had not "
            "finished is built by the next build."
        )
        instance.report_run_failed(run, sentence)
        told.append(sentence)
    return told
