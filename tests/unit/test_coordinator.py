"""A button pressed twice launches once: the queue of runs."""

from __future__ import annotations

import dagster as dg
import pytest
from dagster._core.run_coordinator import SubmitRunContext

from pipelines import coordinator, instance
from warehouse.home import Home


@pytest.fixture
def opened(tmp_path):
    with instance.open_instance(Home(tmp_path)) as found:
        assert isinstance(found.run_coordinator, coordinator.OneOfEach)
        yield found


@dg.job
def refresh_everything():
    pass


def press(opened: dg.DagsterInstance, **given) -> dg.DagsterRun:
    """What becomes of a run that is asked for."""
    run = opened.create_run_for_job(refresh_everything, **given)
    return opened.run_coordinator.submit_run(SubmitRunContext(run, workspace=None))  # ty: ignore[invalid-argument-type]


def test_the_second_press_is_cancelled_and_says_who_does_it(opened):
    first, second = press(opened), press(opened)
    assert (first.status.value, second.status.value) == ("QUEUED", "CANCELED")
    (said,) = [
        e.message for e in opened.all_logs(second.run_id) if "Launched twice" in (e.message or "")
    ]
    assert f"run {first.run_id[:8]} of refresh_everything" in said


def test_another_request_and_one_of_a_sensor_are_queued(opened):
    press(opened)
    assert press(opened, tags={"dagster/partition": "2026"}).status.value == "QUEUED"
    assert press(opened, tags={"dagster/sensor_name": "follow"}).status.value == "QUEUED"
    assert press(opened, run_config={"loggers": {}}).status.value == "QUEUED"


def test_what_has_ended_or_runs_for_long_may_be_asked_for_again(opened, monkeypatch):
    first = press(opened)
    opened.report_run_canceled(first)
    second = press(opened)
    assert second.status.value == "QUEUED"
    monkeypatch.setattr(coordinator, "TWICE", 0.0)
    assert press(opened).status.value == "CANCELED"  # the second still waits in the queue
