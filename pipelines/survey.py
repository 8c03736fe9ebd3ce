"""Survey waves in Dagster: a job of their own, the sensor of the inbox, one run from the command."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import dagster as dg

from assets.workspace import Workspace
from pipelines import failures, instance, lease, status
from warehouse.home import Home

READ, REFRESH = "read_survey_wave", "refresh_survey"
INTERVAL = 30  # seconds
_UNFINISHED = [
    *(dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING),
    *(dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING),
]


def jobs(assets: Sequence[dg.AssetsDefinition]) -> list:
    """The job that reads one wave (a partition), and the one that registers all waves."""
    keys = {tuple(k.path): k for a in assets for k in a.keys}
    waves = [k for p, k in keys.items() if p[0] == "wave"]
    registers = [k for p, k in keys.items() if p[:2] == ("raw", "survey")]
    if not waves:
        return []
    return [
        dg.define_asset_job(
            REFRESH,
            selection=dg.AssetSelection.assets(*registers),
            description="Looks which survey waves were read. What depends on them is built anew right "
            "after, and a new release is published.",
        ),
        dg.define_asset_job(
            READ,
            selection=dg.AssetSelection.assets(*waves),
            description="Reads the files of one survey wave (a partition), also those that wait in "
            "the inbox.",
        ),
    ]


def sensors(home: Home, made: Sequence) -> list:
    """The sensor of the inbox, and what follows from a wave that was read."""
    by_name = {j.name: j for j in made}
    if READ not in by_name:
        return []
    return [_inbox(home, by_name[READ]), _after(by_name[READ], by_name[REFRESH])]


def _inbox(home: Home, job):
    @dg.sensor(
        name="survey_inbox",
        job=job,
        description="Files dropped in inbox/<wave> are read into that wave.",
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=INTERVAL,
    )
    def look(context: dg.SensorEvaluationContext):
        from assets.governance import WAVES
        from warehouse.surveys.intake import inbox

        inbox.prepare(home)
        # A run that reads a wave takes its files away one by one: that is no other set of files.
        reading = context.instance.get_runs(dg.RunsFilter(job_name=READ, statuses=_UNFINISHED))
        busy = {run.tags.get("dagster/partition") for run in reading}
        found = {w: mark for w, mark in inbox.waiting(home).items() if w not in busy}
        if not found:
            return dg.SkipReason("Nothing waits in the inbox that is not being read.")
        return dg.SensorResult(
            run_requests=[
                dg.RunRequest(run_key=f"{wave}-{mark}", partition_key=wave)
                for wave, mark in found.items()
            ],
            dynamic_partitions_requests=[WAVES.build_add_request(sorted(found))],
        )

    return look


def _after(read, refresh):
    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.SUCCESS,
        name="register_after_wave",
        description="A wave that was read is registered; what depends on it follows.",
        monitored_jobs=[read],
        request_job=refresh,
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=INTERVAL,
    )
    def follow(context: dg.RunStatusSensorContext):
        return dg.RunRequest(run_key=f"wave-{context.dagster_run.run_id}")

    return follow


def read_wave(home: Home, wave: str) -> dict[str, object]:
    """Run the partition of one wave in this process; answers with what its run said.

    The caller holds the lease of the home, from before the files of the wave were taken in.

    Raises `click`-free `dg.Failure` with a sentence where the wave could not be read.
    """

    from assets import governance
    from pipelines.flow import file_logger

    wave_asset = governance.wave()
    made = dg.Definitions(
        assets=[wave_asset],
        jobs=[dg.define_asset_job(READ, selection=dg.AssetSelection.assets(governance.WAVE))],
        resources={"workspace": Workspace(home=home.address)},
        executor=dg.in_process_executor,
        loggers={"to_file": file_logger(home.logs / "survey.log")},
    )
    with instance.open_instance(home) as opened:
        opened.add_dynamic_partitions(governance.WAVES.name or "", [wave])
        run_id = str(uuid.uuid4())
        with lease.shown(lease.signs(home), run_id):
            result = made.resolve_job_def(READ).execute_in_process(
                instance=opened,
                run_id=run_id,
                partition_key=wave,
                raise_on_error=False,
                run_config={"loggers": {"to_file": {}}},
            )
    if not result.success:
        errors = [e.step_failure_data.error for e in result.all_events if e.is_step_failure]
        raise dg.Failure(
            failures.sentence("wave/governance", errors[0])
            if errors
            else f"Wave {wave} could not be read; see {home.logs / 'survey.log'}."
        )
    status.record(home, f"{READ} {wave}", "done", [f"Wave {wave} was read."])
    (event,) = result.get_asset_materialization_events()
    return {k: v.value for k, v in event.materialization.metadata.items()}
