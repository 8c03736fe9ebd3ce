"""Dagster's queue of runs, in which a button that is pressed twice launches once."""

from __future__ import annotations

import time

from dagster import DagsterRun, DagsterRunStatus, RunsFilter
from dagster._core.run_coordinator import QueuedRunCoordinator, SubmitRunContext

TWICE = 120.0  # seconds after which the same request is taken as meant
BY_ITSELF = ("dagster/schedule_name", "dagster/sensor_name")
WAITING = [DagsterRunStatus.QUEUED, DagsterRunStatus.NOT_STARTED, DagsterRunStatus.STARTING]


class OneOfEach(QueuedRunCoordinator):
    """Queues a run, unless the same one waits already or was begun a moment ago.

    Such a run is cancelled, and says which one does its work.
    """

    def submit_run(self, context: SubmitRunContext) -> DagsterRun:
        """Called by Dagster for each run that a person, a schedule or a sensor asks for."""
        run = context.dagster_run
        # What a sensor asks for follows from something new, also where the same is at work already.
        by_a_person = not any(tag in run.tags for tag in BY_ITSELF)
        new = run.status == DagsterRunStatus.NOT_STARTED
        first = self._first(run) if by_a_person and new else None
        if first is None:
            return super().submit_run(context)
        self._instance.report_run_canceled(
            run,
            f"Launched twice: run {first.run_id[:8]} of {first.job_name} does the same and has not "
            "ended; this one was not begun.",
        )
        return self._instance.get_run_by_id(run.run_id) or run

    def _first(self, run: DagsterRun) -> DagsterRun | None:
        """The run that does the same; None where there is none."""
        same_job = RunsFilter(job_name=run.job_name, statuses=[*WAITING, DagsterRunStatus.STARTED])
        for record in self._instance.get_run_records(same_job, limit=20):
            other = record.dagster_run
            young = time.time() - record.create_timestamp.timestamp() < TWICE
            if other.run_id == run.run_id or not _same(run, other):
                continue
            if young or other.status == DagsterRunStatus.QUEUED:
                return other
        return None


def _same(run: DagsterRun, other: DagsterRun) -> bool:
    return all(
        one == two
        for one, two in (
            (run.asset_selection, other.asset_selection),
            (run.asset_check_selection, other.asset_check_selection),
            (run.run_config, other.run_config),
            (run.tags.get("dagster/partition"), other.tags.get("dagster/partition")),
        )
    )
