"""The sensor of the survey inbox: one run for a set of files, none while a run takes them away."""

from __future__ import annotations

import os
import time
from pathlib import Path

import dagster as dg

from assets import governance
from pipelines import survey
from warehouse.home import Home


def dropped(home: Home, name: str) -> None:
    file = home.inbox / "2027" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("Dear observatory")
    a_minute_ago = time.time() - 60
    os.utime(file, (a_minute_ago, a_minute_ago))


def test_a_wave_that_is_being_read_is_not_asked_for_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (read,) = [j for j in survey.jobs([governance.wave()]) if j.name == survey.READ]
    look = survey._inbox(home, read)

    @dg.job(name=survey.READ)
    def same_name() -> None: ...

    with dg.instance_for_test() as instance:

        def asked() -> list[str]:
            told = look(dg.build_sensor_context(instance))
            return (
                [r.run_key for r in told.run_requests] if isinstance(told, dg.SensorResult) else []
            )

        assert asked() == []
        dropped(home, "a.csv")
        dropped(home, "b.csv")
        [first] = asked()
        assert asked() == [first]
        run = instance.create_run_for_job(
            same_name,
            status=dg.DagsterRunStatus.STARTED,
            tags={"dagster/partition": "2027"},
        )
        (home.inbox / "2027" / "a.csv").unlink()  # the run took it
        assert asked() == []
        instance.report_run_canceled(run)
        [second] = asked()
        assert second != first
