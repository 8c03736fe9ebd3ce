"""Two steps of a run at once, in one process: a second thread carries out small ones beside the main one.

DuckDB, Arrow and the disk let another thread work meanwhile, which is half of what a small step does (ADR 22).
A step that an asset does not call small takes much memory or both processors, and is alone. The main thread
goes on as in Dagster, so that an interrupt, and what a step may not do in a thread, are as before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from assets.judged import SMALL
from warehouse import query

if TYPE_CHECKING:
    import dagster as dg
    from dagster._core.execution.context.system import PlanExecutionContext, StepExecutionContext
    from dagster._core.execution.plan.active import ActiveExecution
    from dagster._core.execution.plan.plan import ExecutionPlan
    from dagster._core.execution.plan.step import ExecutionStep

AHEAD = 2  # small steps given to the second thread, so that it need not wait for the main one
ROOM = 10**9  # bytes in memory from which on it gets none: figures may be many


def steps(
    job_context: PlanExecutionContext, execution_plan: ExecutionPlan, concurrency: Any = None
) -> Iterator[dg.DagsterEvent]:
    """The events of all steps of a run, in place of Dagster's `inner_plan_execution_iterator`.

    Each step begins once those that it needs have ended; the events of one step come in their order.
    """
    from dagster._core.events import DagsterEvent
    from dagster._core.execution.compute_logs import create_compute_log_file_key
    from dagster._core.execution.plan.execute_plan import dagster_event_sequence_for_step

    logs = job_context.instance.compute_log_manager
    log_key = logs.build_log_key_for_run(job_context.run_id, create_compute_log_file_key())
    keys = [step.key for step in execution_plan.get_steps_to_execute_in_topo_order()]
    ready: deque[ExecutionStep] = deque()
    with ExitStack() as stack:
        active = stack.enter_context(
            execution_plan.start(
                job_context.retry_mode,
                instance_concurrency_context=concurrency,
                step_dependency_config=job_context.step_dependency_config,
            )
        )
        captured = stack.enter_context(logs.capture_logs(log_key))
        yield DagsterEvent.capture_logs(job_context, keys, log_key, captured)
        second = stack.enter_context(_Second(job_context, active))
        while not active.is_complete:
            yield from second.told()
            yield from active.plan_events_iterator(job_context)  # what is skipped
            ready += active.get_steps_to_execute()
            yield from active.concurrency_event_iterator(job_context)
            if not ready:
                if not active.is_complete:
                    yield from second.told(wait=True)
                    active.sleep_til_ready()
                continue
            step = ready.popleft()
            while second.busy and not _is_small(step):
                yield from second.told(wait=True)
            context = job_context.for_step(step, active.get_known_state())
            second.take(ready if _is_small(step) else deque())
            for event in dagster_event_sequence_for_step(context):
                yield event
                active.handle_event(event)
                yield from second.told()
            active.verify_complete(job_context, step.key)


def _is_small(step: ExecutionStep) -> bool:
    return SMALL.items() <= step.tags.items()


class _Second:
    """The second thread; its events are handed out in the main one, to which Dagster's state belongs."""

    def __init__(self, job_context: PlanExecutionContext, active: ActiveExecution):
        self.job_context, self.active = job_context, active
        self.pool = ThreadPoolExecutor(1, "beside")
        self.heard: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        self.busy: set[str] = set()

    def __enter__(self) -> _Second:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for the step at work; one that has not begun is left out."""
        self.pool.shutdown(cancel_futures=True)

    def take(self, ready: deque[ExecutionStep]) -> None:
        """Take the small steps that come next, while there is room."""
        if query.resident() > ROOM:
            return
        while ready and _is_small(ready[0]) and len(self.busy) < AHEAD:
            step = ready.popleft()
            self.busy.add(step.key)
            context = self.job_context.for_step(step, self.active.get_known_state())
            self.pool.submit(self._carry_out, context)

    def _carry_out(self, context: StepExecutionContext) -> None:
        from dagster._core.execution.plan.execute_plan import dagster_event_sequence_for_step

        last: BaseException | None = None
        try:
            for event in dagster_event_sequence_for_step(context):
                self.heard.put((context.step.key, event))
        except BaseException as error:  # raised in the main thread
            last = error
        self.heard.put((context.step.key, last))

    def told(self, *, wait: bool = False) -> Iterator[dg.DagsterEvent]:
        """What the second thread has told so far; wait: at least one thing, where it is at work."""
        while not self.heard.empty() or (wait and self.busy):
            wait = False
            key, said = self.heard.get()
            if isinstance(said, BaseException):
                raise said
            if said is not None:
                yield said
                self.active.handle_event(said)
            else:
                self.busy.discard(key)
                self.active.verify_complete(self.job_context, key)
