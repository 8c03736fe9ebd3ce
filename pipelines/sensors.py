"""What follows from a run: build what is out of date, go on past a failure, tell of it."""

from collections.abc import Sequence

import dagster as dg

from pipelines import alerts, failures, instance, plan, publications, status, survey
from pipelines.flow import BECAUSE, stages
from pipelines.jobs import PUBLISH, PUBLISH_ACCEPTED, REBUILD
from pipelines.refreshes import is_refresh
from warehouse.home import Home

INTERVAL = 15  # seconds
PAST = "observatory/past"  # tag of a run: past the failure of which run it goes on


def sensors(home: Home, assets: Sequence[dg.AssetsDefinition], jobs: Sequence) -> list:
    """All sensors, running as soon as the daemon does."""
    rebuild = next(j for j in jobs if j.name == REBUILD)
    refreshes = [j for j in jobs if is_refresh(j.name)]
    noted = (REBUILD, PUBLISH, PUBLISH_ACCEPTED, survey.READ, publications.MAKE, publications.TELL)
    builds = [j for j in jobs if j.name in noted]
    # After a failed refresh as well: one provider that is down never stops the others.
    followers = [
        _follower(home, assets, refreshes, rebuild, dg.DagsterRunStatus.SUCCESS),
        _follower(home, assets, refreshes, rebuild, dg.DagsterRunStatus.FAILURE),
    ]
    return [
        *followers,
        _going_on(assets, rebuild),
        _done(home, builds),
        _noting(home),
        _cancelled(home),
        _alerting(home),
        _tidying(home),
        *survey.sensors(home, jobs),
        *publications.sensors(home, jobs),
    ]


def _follower(home: Home, assets, refreshes, rebuild, outcome: dg.DagsterRunStatus):
    @dg.run_status_sensor(
        run_status=outcome,
        name=f"rebuild_after_{'refresh' if outcome.value == 'SUCCESS' else 'failed_refresh'}",
        description="Builds exactly what is out of date once a refresh has ended.",
        monitored_jobs=refreshes,
        request_job=rebuild,
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=INTERVAL,
    )
    def follow(context: dg.RunStatusSensorContext):
        run = context.dagster_run
        found = plan.out_of_date(
            plan.graph(assets), context.instance, plan.missing_in(home), plan.changed_in(home)
        )
        sentence = f"{run.job_name}: {len(found) or 'nothing'} out of date."
        if outcome == dg.DagsterRunStatus.SUCCESS:  # of a failed one the failure is told
            status.record(home, run.job_name, "done" if found else "nothing new", [sentence])
        if not found:
            return dg.SkipReason(f"{run.job_name}: nothing new.")
        context.log.info("\n".join(found.values()))
        return dg.RunRequest(
            run_key=f"after-{run.run_id}",
            asset_selection=[dg.AssetKey(k) for k in found],
            tags={BECAUSE: sentence},
        )

    return follow


def _going_on(assets, rebuild):
    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.FAILURE,
        name="go_on_past_failure",
        description="One dataset or indicator that failed never stops the others: builds what was "
        "skipped, with the last good table of the one that failed.",
        monitored_jobs=[rebuild],
        request_job=rebuild,
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=INTERVAL,
    )
    def go_on(context: dg.RunStatusSensorContext):
        run = context.dagster_run
        every = {k for a in assets for k in a.keys if k.path[0] != "fetch"}
        keys = run.asset_selection or every - publications.apart(assets)
        planned = [tuple(k.path) for k in keys]
        done, failed = plan.done_and_failed(assets, context.instance.all_logs(run.run_id))
        steps = _failed(context)
        if any(f.kind == failures.INTERRUPTED for f in steps):
            return dg.SkipReason("The run was interrupted: the next build completes it.")
        left = plan.beyond(plan.graph(assets), planned, done, failed)
        if not left:
            return dg.SkipReason("Nothing was skipped that can go on.")
        return dg.RunRequest(
            run_key=f"past-{run.run_id}",
            asset_selection=[dg.AssetKey(k) for k in left],
            tags={PAST: run.run_id, BECAUSE: f"goes on past what failed in {run.run_id[:8]}"},
        )

    return go_on


def _done(home: Home, builds):
    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.SUCCESS,
        name="note_success",
        description="Notes each build, survey wave and publication that succeeded, for "
        "`observatory status`.",
        monitored_jobs=builds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=INTERVAL,
    )
    def note(context: dg.RunStatusSensorContext):
        run = context.dagster_run
        if PAST in run.tags:
            return dg.SkipReason("What failed before has not changed since.")
        name = _named(run)
        took = stages(context.instance.all_logs(run.run_id))
        status.record(home, name, status.DONE, [f"{name} succeeded."], stages=took)
        return dg.SkipReason("Noted.")

    return note


def _named(run: dg.DagsterRun) -> str:
    """The job of a run, with its wave: one that was read mends nothing in another."""
    wave = run.tags.get("dagster/partition")
    return f"{run.job_name} {wave}" if wave else run.job_name


def _failed(context) -> list[failures.Failed]:
    """The steps of a run that failed."""
    kind = {dg.DagsterEventType.STEP_FAILURE}
    entries = context.instance.all_logs(context.dagster_run.run_id, of_type=kind)
    events = [entry.dagster_event for entry in entries if entry.dagster_event]
    return [failures.of(e.step_key, e.step_failure_data) for e in events]


def _noting(home: Home):
    @dg.run_failure_sensor(
        name="note_failure",
        description="Writes a failed run to the status.",
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=INTERVAL,
    )
    def note(context: dg.RunFailureSensorContext):
        run, failed = context.dagster_run, _failed(context)
        kinds = {f.kind for f in failed}
        outcome = status.FAILURE
        if failures.INTERRUPTED in kinds:
            outcome = status.INTERRUPTED
        elif kinds and kinds <= {failures.WAITS, failures.UNANSWERED}:
            outcome = status.WAITS if failures.WAITS in kinds else status.UNANSWERED
        message = context.failure_event.message or "It failed before its first step."
        told = failures.sentences(failed) or [message]
        steps = [f.name for f in failed]
        status.record(home, _named(run), outcome, told, run.run_id, steps)

    return note


def _cancelled(home: Home):
    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.CANCELED,
        name="note_interrupt",
        description="Writes a run that a person ended to the status; the next build completes it.",
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=INTERVAL,
    )
    def note(context: dg.RunStatusSensorContext):
        run = context.dagster_run
        if not context.instance.get_run_stats(run.run_id).start_time:
            return dg.SkipReason("It had not begun.")
        told = f"The run {run.run_id[:8]} of {run.job_name} was ended by a person."
        status.record(home, _named(run), status.INTERRUPTED, [told], run.run_id)
        return dg.SkipReason("Noted.")

    return note


def _alerting(home: Home):
    @dg.sensor(
        name="tell_of_trouble",
        description="Tells of each trouble once, by OBSERVATORY_WEBHOOK and by e-mail, and once when "
        "it is over; writes metrics.prom.",
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=INTERVAL,
    )
    def tell(context: dg.SensorEvaluationContext):
        seen = alerts.seen(home)
        if seen == context.cursor:
            return dg.SkipReason("Nothing has changed.")
        context.update_cursor(seen)
        told = alerts.tell(home)
        for problem in told.problems:
            context.log.warning(problem)
        return dg.SkipReason(" ".join(told.sent) or "No trouble is new or over.")

    return tell


def _tidying(home: Home):
    @dg.sensor(
        name="bury_dead_runs",
        description="Marks as failed the runs whose process was killed.",
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=60,
    )
    def tidy(context: dg.SensorEvaluationContext):
        told = instance.bury_dead_runs(context.instance, home)
        return dg.SkipReason(" ".join(told) or "No run was killed.")

    return tidy
