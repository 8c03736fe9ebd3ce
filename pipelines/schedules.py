"""When things run by themselves."""

import os

import dagster as dg

from catalog.models import publication


def nightly(job) -> dg.ScheduleDefinition:
    """At the time that `catalog/publication.yaml` states, running as soon as the daemon does.

    OBSERVATORY_CRON holds another time, as five cron fields.
    """
    calendar = publication.load().calendar
    return dg.ScheduleDefinition(
        name="every_night",
        job=job,
        cron_schedule=os.environ.get("OBSERVATORY_CRON") or calendar.cron,
        execution_timezone=calendar.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Asks every provider for what is new, builds what is out of date, publishes.",
    )
