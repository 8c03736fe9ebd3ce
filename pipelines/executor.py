"""The executor of every job: any of Dagster's own, for as long as the run holds the lease of its home.

`OBSERVATORY_EXECUTOR` chooses it, here and nowhere else: `in_process` (the default: one step after
the other, small ones two at a time), `multiprocess` (each step a process of this machine, `OBSERVATORY_PROCESSES` at once) or
`celery` (each step on a worker of any machine, `pipelines.workers`). No asset knows which it is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast

import dagster as dg

from pipelines import lease, patches, workers
from warehouse.errors import WarehouseError
from warehouse.home import Home

if TYPE_CHECKING:
    from dagster._core.execution.context.system import PlanOrchestrationContext


# Loaded once in the process from which those of the steps are forked.
PRELOADED = ["pipelines.definitions", "great_expectations", "duckdb", "pyarrow.parquet"]


class Holding(dg.Executor):
    """Carries a run out as `inner` does; its steps begin once the run holds the lease.

    The lease belongs to the run and not to its steps, so an executor that has several at work may.
    Runs of the command never come here: the command holds the lease for all of them.
    """

    def __init__(self, home: Home, inner: dg.Executor):
        self.home, self.inner = home, inner

    @property
    def retries(self) -> Any:
        """As `inner` has them."""
        return self.inner.retries

    @property
    def step_dependency_config(self) -> Any:
        """As `inner` has it."""
        return self.inner.step_dependency_config

    def __getattr__(self, name: str) -> Any:
        """What loops of Dagster ask of an executor of their own kind."""
        return getattr(self.inner, name)

    def execute(
        self, plan_context: PlanOrchestrationContext, execution_plan: Any
    ) -> Iterator[dg.DagsterEvent]:
        """Called by Dagster once a run, in the process that leads it."""
        run = plan_context.dagster_run
        who = f"the run {run.run_id[:8]} of {run.job_name}"
        with (
            lease.shown(lease.signs(self.home), run.run_id),
            lease.hold(lease.of(self.home), who, plan_context.log.warning),
        ):
            yield from self.inner.execute(plan_context, execution_plan)


def holding(home: Home, inner: dg.ExecutorDefinition) -> dg.ExecutorDefinition:
    """The executor `inner`, with its own configuration, for runs that hold the lease of `home`."""
    create = inner.executor_creation_fn
    assert create is not None

    def created(context: dg.InitExecutorContext) -> Holding:
        return Holding(home, create(context))

    return dg.ExecutorDefinition(
        name=inner.name,
        config_schema=cast(Any, inner.config_schema),
        requirements=inner._requirements_fn,
        executor_creation_fn=created,
        description=inner.description,
    )


def chosen(home: Home) -> dg.ExecutorDefinition:
    """The executor that `OBSERVATORY_EXECUTOR` names, for runs that hold the lease of `home`.

    Raises `WarehouseError` where there is none of that name.
    """
    known: dict[str, Callable[[], dg.ExecutorDefinition]] = {
        "in_process": _one_process,
        "multiprocess": _processes,
        "celery": workers.executor,
    }
    name = os.environ.get("OBSERVATORY_EXECUTOR") or "in_process"
    if name not in known:
        raise WarehouseError(
            f"OBSERVATORY_EXECUTOR is '{name}', which is no executor; choose one of {', '.join(known)}."
        )
    try:
        return holding(home, known[name]())
    except ModuleNotFoundError as error:
        raise WarehouseError(
            f"OBSERVATORY_EXECUTOR is '{name}', but {error.name} is not installed; install the optional "
            "dependencies: pip install 'world-observatory[scale]'."
        ) from None


def _one_process() -> dg.ExecutorDefinition:
    """Dagster's executor of one process, which two threads share where there are two processors."""
    if (os.cpu_count() or 1) > 1:
        patches.two_steps_at_once()
    return dg.in_process_executor


def _processes() -> dg.ExecutorDefinition:
    """Dagster's executor of several processes, forked from one that has loaded everything."""
    from dagster._core.definitions.executor_definition import multiple_process_executor_requirements
    from dagster._core.execution.retries import RetryMode
    from dagster._core.executor.multiprocess import MultiprocessExecutor

    def create(_context: dg.InitExecutorContext) -> dg.Executor:
        return MultiprocessExecutor(
            RetryMode.ENABLED,
            max_concurrent=int(os.environ.get("OBSERVATORY_PROCESSES") or os.cpu_count() or 1),
            start_method="forkserver",
            explicit_forkserver_preload=PRELOADED,
        )

    return dg.ExecutorDefinition(
        name="multiprocess",
        requirements=multiple_process_executor_requirements(),
        executor_creation_fn=create,
        description="Each step in a process of this machine.",
    )
