"""When things run by themselves."""

import os

import dagster as dg

NIGHTLY = "30 3 * * *"


def nightly(job) -> dg.ScheduleDefinition:
    """Every night at 03:30 in Madrid, running as soon as the daemon does.

    OBSERVATORY_CRON holds another time, as five cron fields.
    """
    return dg.ScheduleDefinition(
        name="every_night",
        job=job,
        cron_schedule=os.environ.get("OBSERVATORY_CRON") or NIGHTLY,
        execution_timezone="Europe/Madrid",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Asks every provider for what is new, builds what is out of date, publishes.",
    )
