"""Steps on Celery workers: the executor of a run, and the application that the workers run.

`OBSERVATORY_BROKER` is the address of the broker (`redis://host:6379/0`), for both. Dagster's own
executor waits for ever for a worker that was killed, or for one where none listens, and for ever again
where Celery itself tells of a lost step; here such a step fails like any other, what does not depend
on it goes on, and the run ends as failed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import dagster as dg

from pipelines import patches
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from celery import Celery

BROKER = "OBSERVATORY_BROKER"
QUEUE = "dagster"
LOOK = 10.0  # seconds between two questions to all workers
ANSWER = 3.0  # seconds that workers have for their answer
SILENT = 60.0  # seconds after which a worker that did not answer is taken as lost
NOBODY = 120.0  # seconds for which a step waits where no worker at all answers


def app() -> Celery:
    """The application of Celery, with Dagster's task; `celery --app pipelines.workers:application` runs it.

    Results are kept for a day. Raises `WarehouseError` where no broker is named.
    """
    from dagster_celery.make_app import make_app
    from dagster_celery.tasks import create_task

    address = broker()
    made = make_app({"broker": address, "backend": address})
    made.conf.update(
        task_track_started=True,  # so that the run knows which worker has a step
        worker_disable_prefetch=True,  # what a killed worker had not begun stays in the queue
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        result_expires=86_400,
    )
    patches.keep_definitions()
    task: Any = create_task(made)
    carry_out = task.run

    def here(execute_step_args_packed: Any, executable_dict: Any) -> Any:
        given = _of_this_worker(execute_step_args_packed)
        return [] if given is None else carry_out(given, executable_dict)

    task.run = here
    return made


def __getattr__(name: str) -> Celery:
    """`application`, made when Celery asks for it: importing this module needs no broker."""
    if name == "application":
        return app()
    raise AttributeError(name)


def broker() -> str:
    """The address of the broker. Raises `WarehouseError` where none is named."""
    address = os.environ.get(BROKER, "")
    if not address:
        raise WarehouseError(
            f"{BROKER} is not set: give the address of the broker, such as redis://host:6379/0."
        )
    return address


def _of_this_worker(packed: Any) -> Any:
    """What a step is given, with the instance of this worker: the run's folders are on another machine.

    None where its run has ended meanwhile: nobody waits for the step, and another run may be writing.
    """
    from dagster._grpc.types import ExecuteStepArgs
    from dagster._record import replace
    from dagster._serdes import pack_value, unpack_value

    given = unpack_value(packed, as_type=ExecuteStepArgs)
    with dg.DagsterInstance.get() as own:
        run = own.get_run_by_id(given.run_id)
        if run is None or run.is_finished:
            return None
        return pack_value(replace(given, instance_ref=own.get_ref()))


class Watch:
    """Which workers answered when, asked at most every `LOOK` seconds for all steps of a run."""

    def __init__(self, application: Any):
        self.application = application
        self.any = time.monotonic()
        self.asked = 0.0
        self.seen: dict[str, float] = {}

    def lost(self, state: str, info: Any) -> str:
        """Why a step in this state of Celery will never end, in a sentence; empty where it may."""
        self._ask()
        now = time.monotonic()
        if state == "STARTED" and isinstance(info, dict) and info.get("hostname"):
            name = str(info["hostname"])
            if now - self.seen.setdefault(name, now) > SILENT:
                return (
                    f"Worker {name}, which had a step, has not answered for {SILENT:.0f} s: it was "
                    "killed, or its machine or network failed. Run the job again."
                )
        elif state == "PENDING" and now - self.any > NOBODY:
            return (
                f"No worker has answered at the broker for {NOBODY:.0f} s; start one with "
                "`observatory serve worker` and run the job again."
            )
        return ""

    def _ask(self) -> None:
        if time.monotonic() - self.asked < LOOK:
            return
        for answer in self.application.control.ping(timeout=ANSWER) or []:
            self.any = time.monotonic()
            self.seen |= dict.fromkeys(answer, self.any)
        self.asked = time.monotonic()


class Watched:
    """The result of one step, as Celery gives it; ready, as a failure, when nobody will bring it.

    `failed` makes the failure of the step from a sentence, as Dagster's loop takes it.
    """

    def __init__(self, result: Any, watch: Watch, failed: Callable[[str], Any]):
        self.result, self.watch, self.failed, self.why = result, watch, failed, ""

    def ready(self) -> bool:
        """Whether the step has ended, or never will."""
        if self.why or self.result.ready():
            return True
        found = self.result._get_task_meta()
        self.why = self.watch.lost(found["status"], found.get("result"))
        return bool(self.why)

    def get(self) -> list[Any]:
        """The events of the step, serialised. Raises `TaskRevokedError` where the run was stopped."""
        from celery.exceptions import TaskRevokedError

        if self.why and not self.result.ready():
            self.revoke()
            return [self.failed(self.why)]
        try:
            return self.result.get()
        except TaskRevokedError:
            raise
        except (
            Exception
        ) as error:  # not of the step, whose errors are events: its process was killed
            return [self.failed(f"The process of the step was lost ({error}). Run the job again.")]

    def revoke(self) -> None:
        """Take the step from the queue."""
        self.result.revoke()


class OnWorkers(dg.Executor):
    """Dagster's executor for Celery, with our broker, and with a watch over the workers."""

    def __init__(self, inner: Any):
        self.inner = inner

    @property
    def retries(self) -> Any:
        """As Dagster's executor has them."""
        return self.inner.retries

    def app_args(self) -> dict[str, Any]:
        """What Dagster's loop makes its application of."""
        return self.inner.app_args()

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[dg.DagsterEvent]:
        """Called once a run, in the process that leads it."""
        from dagster_celery.core_execution_loop import core_celery_execution_loop
        from dagster_celery.executor import _submit_task

        watches: list[Watch] = []

        def submit(application: Any, context: Any, step: Any, *more: Any) -> Watched:
            if not watches:
                watches.append(Watch(application))
            sent = _submit_task(application, context, step, *more)
            return Watched(sent, watches[0], lambda why: _failure(context.for_step(step), why))

        return core_celery_execution_loop(plan_context, execution_plan, step_execution_fn=submit)


def _failure(step_context: Any, why: str) -> str:
    """The failure of a step as an event, logged and serialised."""
    from dagster._core.execution.plan.objects import StepFailureData
    from dagster._serdes import serialize_value
    from dagster._utils.error import SerializableErrorInfo

    error = SerializableErrorInfo(why, [], "Lost")
    data = StepFailureData(error=error, user_failure_data=None)
    return serialize_value(dg.DagsterEvent.step_failure_event(step_context, data))


def executor() -> dg.ExecutorDefinition:
    """The executor definition; the address of the broker never enters the configuration of a run."""
    from dagster._core.definitions.executor_definition import multiple_process_executor_requirements
    from dagster._core.execution.retries import RetryMode
    from dagster_celery.executor import CeleryExecutor

    def create(_context: dg.InitExecutorContext) -> OnWorkers:
        address = broker()
        return OnWorkers(CeleryExecutor(RetryMode.ENABLED, broker=address, backend=address))

    return dg.ExecutorDefinition(
        name="celery",
        requirements=multiple_process_executor_requirements(),
        executor_creation_fn=create,
        description="Each step on a Celery worker.",
    )
