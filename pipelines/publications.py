"""What follows from a new release: publications are made, and subscribers are told, once each.

They are no part of a build: they cost minutes and some hundred megabytes, nothing depends on them, and
a fault in one never makes a build fail. The daemon starts both jobs, an analyst may press their button.
"""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from assets.publications import APART
from assets.workspace import Workspace
from warehouse import release
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.publications import place

MAKE, TELL = "make_publications", "tell_subscribers"
INTERVAL = 30  # seconds


def apart(assets: Sequence[dg.AssetsDefinition]) -> set[dg.AssetKey]:
    """The assets that are made once per release and planned by no build."""
    return {spec.key for a in assets for spec in a.specs if APART in spec.tags}


def jobs(assets: Sequence[dg.AssetsDefinition]) -> list:
    """The job that makes what is apart, and the one that tells subscribers; none without publications."""
    keys = apart(assets)
    if not keys:
        return []
    return [
        dg.define_asset_job(
            MAKE,
            selection=dg.AssetSelection.assets(*sorted(keys)),
            description="Makes exports, workbooks, metadata, feeds and briefs of the current release. "
            "Runs by itself after each new release.",
        ),
        telling,
    ]


@dg.op
def tell(context: dg.OpExecutionContext, workspace: Workspace) -> None:
    """Tell each subscriber of the current release."""
    from pipelines import webhooks

    try:
        said = webhooks.tell_of_current(workspace.folder)
    except WarehouseError as error:
        raise dg.Failure(str(error)) from None
    for sentence in said or ["Nobody is to be told: nothing new since the last time."]:
        context.log.info(sentence)


@dg.job(
    name=TELL,
    description="Tells the subscribers in OBSERVATORY_SUBSCRIBERS what the current release changed, by "
    "signed webhooks, each once. Runs by itself after each new release; those that could not be "
    "reached are tried again once a day.",
)
def telling() -> None:
    """The job of one step."""
    tell()


def sensors(home: Home, made: Sequence) -> list:
    """The sensors that start the two jobs."""
    by_name = {j.name: j for j in made}
    if MAKE not in by_name:
        return []
    return [_making(home, by_name[MAKE]), _telling(home, by_name[TELL])]


def _making(home: Home, job):
    @dg.sensor(
        name="publications_after_release",
        job=job,
        description="Makes exports, workbooks, metadata, feeds and briefs once another release is "
        "current.",
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=INTERVAL,
    )
    def make(context: dg.SensorEvaluationContext):
        now = release.current(home)
        if now is None:
            return dg.SkipReason("There is no release yet.")
        last, number = json.loads(context.cursor) if context.cursor else ("", 0)
        if now.name == last:
            return dg.SkipReason(f"{now.name} is still the current release.")
        number += 1  # a release that becomes current again is made again
        context.update_cursor(json.dumps([now.name, number]))
        return dg.RunRequest(run_key=f"{now.name}-{number}")

    return make


def _telling(home: Home, job):
    @dg.sensor(
        name="tell_subscribers_of_release",
        job=job,
        description="Starts the webhooks of a release once its feeds are made.",
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=INTERVAL,
    )
    def look(context: dg.SensorEvaluationContext):
        from pipelines import webhooks

        named = os.environ.get("OBSERVATORY_SUBSCRIBERS", "")
        feeds = place.folder(home, "feeds")
        if not named:
            return dg.SkipReason("OBSERVATORY_SUBSCRIBERS names no file of subscribers.")
        if feeds is None or not feeds.is_dir():
            return dg.SkipReason("The feeds of the current release are not made yet.")
        name = feeds.parent.name
        try:
            if not webhooks.untold(home, name, webhooks.subscribers(Path(named))):
                return dg.SkipReason(f"Everybody was told of {name}.")
        except WarehouseError as error:
            context.log.warning(str(error))  # the job says so to the analyst, too
        return dg.RunRequest(run_key=f"{name} {datetime.now(UTC):%Y-%m-%d}")

    return look
