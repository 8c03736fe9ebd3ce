"""The executor of every job: any of Dagster's own, for as long as the run holds the lease of its home."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import dagster as dg

from pipelines import instance, lease
from warehouse.home import Home

if TYPE_CHECKING:
    from dagster._core.execution.context.system import PlanOrchestrationContext


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

    def execute(
        self, plan_context: PlanOrchestrationContext, execution_plan: Any
    ) -> Iterator[dg.DagsterEvent]:
        """Called by Dagster once a run, in the process that leads it."""
        run = plan_context.dagster_run
        who = f"the run {run.run_id[:8]} of {run.job_name}"
        with (
            lease.shown(instance.signs(self.home), run.run_id),
            lease.held(lease.of(self.home.lock), who, plan_context.log.warning),
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
