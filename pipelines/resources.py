"""The workspace that every asset asks for, held by one run at a time."""

import contextlib
import os
from collections.abc import Generator
from pathlib import Path

import dagster as dg

from assets.workspace import Workspace
from pipelines import instance, lock
from warehouse.home import Home


class HeldWorkspace(Workspace):
    """The workspace of a run: for as long as it lasts, the run holds the lock of its home.

    A second run waits and its log says who holds the lock. Each run shows that it lives, so that
    one that was killed is never shown as running for ever.
    """

    @contextlib.contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Generator["HeldWorkspace"]:
        """Called by Dagster at the start and the end of a run."""
        home = Home(Path(self.home))
        run = context.run
        if run is None:  # asked for outside of a run, as by a sensor: nothing is written
            yield self
            return

        def waiting(sentence: str) -> None:
            if context.log is not None:
                context.log.warning(sentence)

        who = f"the run {run.run_id[:8]} of {run.job_name}"
        with (
            lock.alive(instance.signs(home), run.run_id),
            lock.held(home.lock, who, waiting),
        ):
            yield self


def live_by_default() -> bool:
    """Whether refreshes ask upstreams: yes, unless OBSERVATORY_OFFLINE is set."""
    return os.environ.get("OBSERVATORY_OFFLINE", "").lower() not in ("1", "true", "yes")
