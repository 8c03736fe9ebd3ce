"""Steps of one run run side by side under an executor of several processes: the run holds the lease, not its steps."""

import os
import time
from pathlib import Path

import dagster as dg
import pytest

from pipelines import executor, instance, lease
from warehouse.home import Home

pytestmark = pytest.mark.system

TOGETHER = 120.0  # seconds that a step waits for the others; they meet in a few


@dg.op
def meets(context: dg.OpExecutionContext) -> None:
    """Ends once all three steps are at work at the same time, while the run holds the lease."""
    folder = Path(os.environ["OBSERVATORY_HOME"])
    (folder / f"{context.op_handle.name}.here").touch()
    end = time.monotonic() + TOGETHER
    while len(list(folder.glob("*.here"))) < 3:
        if time.monotonic() > end:
            raise dg.Failure("the others never began")
        time.sleep(0.1)
    holder = lease.holder(lease.of(Home(folder)))
    if holder is None or "of together" not in holder.who:
        raise dg.Failure(f"the lease is held by {holder}")


def together() -> dg.JobDefinition:
    home = Home(Path(os.environ["OBSERVATORY_HOME"]))

    @dg.job(
        executor_def=executor.holding(home, dg.multiprocess_executor),
        config={"execution": {"config": {"max_concurrent": 3}}},
    )
    def together():
        for n in range(3):
            meets.alias(f"meets_{n}")()

    return together


def reconstructable_here():
    """The job as the processes of its steps load it: from this file, whatever pytest calls it."""
    from dagster._core.code_pointer import FileCodePointer
    from dagster._core.definitions.reconstruct import ReconstructableJob, ReconstructableRepository

    pointer = FileCodePointer(__file__, together.__name__, str(Path(__file__).parents[2]))
    return ReconstructableJob(ReconstructableRepository(pointer), "together")


@pytest.mark.timeout(400)
def test_steps_of_one_run_are_at_work_at_the_same_time(tmp_path, monkeypatch):
    monkeypatch.setenv("OBSERVATORY_HOME", str(tmp_path))
    with instance.open_instance(Home(tmp_path)) as opened:
        done = dg.execute_job(reconstructable_here(), instance=opened)
        assert done.success, [e.message for e in done.all_events if e.is_failure]
    assert lease.holder(lease.of(Home(tmp_path))) is None
