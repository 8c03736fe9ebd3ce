"""A refresh in this process: ask, decide what is out of date, build exactly that, say what came."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines import failures, instance, lease, plan
from pipelines.failures import Failed
from warehouse import query, store
from warehouse.home import Home

if TYPE_CHECKING:
    import dagster as dg

    from pipelines.complete import LastComplete

BECAUSE = "observatory/because"  # tag of a run: why it was launched
Graph = tuple["dg.Definitions", "Sequence[dg.AssetsDefinition]"]
Tell = Callable[[str, str], None]  # (what happened: plan, start, done, failed, skipped; name)


@dataclass
class Outcome:
    """What a build or refresh did."""

    planned: dict[plan.Key, str] = field(default_factory=dict)
    built: set[plan.Key] = field(default_factory=set)
    failed: list[Failed] = field(default_factory=list)
    red: list[plan.Key] = field(default_factory=list)
    why: dict[plan.Key, str] = field(default_factory=dict)
    buried: list[str] = field(default_factory=list)
    # Datasets by what became of them (new, unchanged, held, failed), and how many were downloaded.
    asked: Counter[str] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)  # seconds by the first part of the key
    published: str = ""  # what the release said where it published nothing
    seconds: float = 0.0

    @property
    def problems(self) -> list[str]:
        """All failures, in sentences."""
        return failures.sentences(self.failed)

    def of_kind(self, *kinds: str) -> list[str]:
        """Failures of these kinds, in sentences."""
        return failures.sentences(f for f in self.failed if f.kind in kinds)

    @property
    def nothing_new(self) -> bool:
        """Whether there was nothing to build."""
        return not self.planned


@dataclass
class Runner:
    """Runs jobs of one home, one after the other, in this process, on the shared instance.

    Where `last` is given, the definitions are those of the jobs that ask alone; `whole` makes all of
    them, where something has changed since the last complete build.
    """

    home: Home
    definitions: dg.Definitions
    assets: Sequence[dg.AssetsDefinition]
    tell: Tell = lambda what, name: None
    because: str = "launched by the command line"
    last: LastComplete | None = None
    whole: Callable[[], Graph] | None = None
    # For the last words of a command that is interrupted: its runs, and the steps that are at work.
    runs: list[str] = field(default_factory=list)
    at_work: list[str] = field(default_factory=list)

    def refresh(self, job: str, *, who: str, on_wait: Callable[[str], None]) -> Outcome:
        """Run the job that asks providers, then everything that is out of date.

        The whole of it holds the lock of the home: what was decided is still true when it runs.
        """
        with lease.hold(lease.of(self.home), who, on_wait):
            return self._refresh(job)

    def rebuild(
        self, job: str, *, who: str, on_wait: Callable[[str], None], ops: Mapping | None = None
    ) -> Outcome:
        """Run one job whole, whatever is out of date; `ops` configures its steps."""
        with (
            lease.hold(lease.of(self.home), who, on_wait),
            instance.open_instance(self.home) as opened,
        ):
            outcome = Outcome(buried=instance.bury_dead_runs(opened, self.home))
            start = time.monotonic()
            resolved = self.definitions.resolve_job_def(job)
            keys = sorted(tuple(k.path) for k in resolved.asset_layer.executable_asset_keys)
            outcome.planned = {k: f"{plan.name(k)} was asked for." for k in keys}
            self._run(opened, job, keys, outcome, ops)
            return self._end(opened, outcome, start)

    def _refresh(self, job: str) -> Outcome:
        start = time.monotonic()
        with instance.open_instance(self.home) as opened:
            outcome = Outcome(buried=instance.bury_dead_runs(opened, self.home))
            self._run(opened, job, None, outcome)
            outcome.built.clear()  # asking is not building
            if self.last is not None:
                if not (outcome.failed or outcome.buried) and self.last.unchanged(opened):
                    outcome.seconds = time.monotonic() - start
                    return outcome
                self.last.forget()
            if self.whole is not None:
                self.definitions, self.assets = self.whole()
            graph = plan.graph(self.assets)
            built, outcome.planned = self._plan(opened, graph)
            left = list(outcome.planned)
            while left:
                failed = self._run(opened, "rebuild_everything", left, outcome)
                left = plan.beyond(graph, left, outcome.built, failed)
            if outcome.planned:
                built, _ = self._plan(opened, graph)
            return self._end(opened, outcome, start, built)

    def _plan(
        self, opened: dg.DagsterInstance, graph: plan.Graph
    ) -> tuple[Mapping[plan.Key, plan.Built], dict[plan.Key, str]]:
        """What was recorded, and what is out of date, each with the reason; notes that nothing is."""
        from pipelines import complete

        built = plan.recorded(opened, graph)
        seen = complete.files(self.home) if self.last else ""
        found = plan.compare(graph, built, plan.missing_in(self.home), plan.changed_in(self.home))
        if self.last and not found:
            self.last.note(graph, built, seen)
        return built, found

    def _run(
        self,
        opened: dg.DagsterInstance,
        job: str,
        keys: Sequence[plan.Key] | None,
        outcome: Outcome,
        ops: Mapping | None = None,
    ) -> set[plan.Key]:
        """Run a job (`keys` of it); answers with what failed, and notes what was built."""
        import dagster as dg

        resolved = self.definitions.resolve_job_def(job)
        run_id = str(uuid.uuid4())
        self.runs.append(run_id)
        steps = len(keys) if keys is not None else len(resolved.nodes)
        self.tell("plan", str(steps))
        opened.add_event_listener(run_id, self._listen)
        silent = {"loggers": {name: {} for name in self.definitions.loggers or {}}}
        with lease.shown(lease.signs(self.home), run_id):
            result = resolved.execute_in_process(
                instance=opened,
                run_id=run_id,
                raise_on_error=False,
                # Without this Dagster writes to the terminal, whatever loggers are defined.
                run_config=silent | ({"ops": dict(ops)} if ops else {}),
                tags={BECAUSE: self.because},
                asset_selection=[dg.AssetKey(k) for k in keys] if keys is not None else None,
            )
        done, failed = plan.done_and_failed(self.assets, result.all_events)
        outcome.stages += stages(result.all_events)
        outcome.built |= done
        for event in result.all_events:
            key = event.asset_key if event.is_step_materialization else None
            if key is not None and key.path[0] == "fetch":
                outcome.asked += _asked(event.materialization.metadata)
            if key is not None and key.path == ["release"]:
                outcome.published = str(event.materialization.metadata["published"].value)
            if event.is_step_failure:
                outcome.failed.append(failures.of(event.step_key, event.step_failure_data))
        if outcome.published.startswith("Nothing new"):
            outcome.built.discard(("release",))
        return failed

    def _listen(self, entry) -> None:
        event = entry.dagster_event
        if event is None or event.step_key is None:
            return
        name = event.step_key.replace("__", "/")
        kinds = {
            "STEP_START": "start",
            "STEP_SUCCESS": "done",
            "STEP_FAILURE": "failed",
            "STEP_SKIPPED": "skipped",
        }
        if event.event_type_value in kinds:
            began = [name] if event.event_type_value == "STEP_START" else []
            self.at_work = [n for n in self.at_work if n != name] + began
            self.tell(kinds[event.event_type_value], name)
        if event.event_type_value == "STEP_SUCCESS":
            # Else what one step used adds to what the next needs.
            query.give_back(store.forget)

    def _end(
        self,
        opened: dg.DagsterInstance,
        outcome: Outcome,
        start: float,
        built: Mapping[plan.Key, plan.Built] | None = None,
    ) -> Outcome:
        """Add what is red at the end; `built` is what was recorded last, where it was read already."""
        if built is None:
            built = plan.recorded(opened, plan.graph(self.assets))
        outcome.red = plan.red(built)
        outcome.why = {k: built[k].failure for k in outcome.red}
        outcome.seconds = time.monotonic() - start
        return outcome


def stages(events: Iterable) -> Counter[str]:
    """Seconds by stage (fetch, raw, history, indicator, tables, release) of the steps that ended."""
    took: Counter[str] = Counter()
    for entry in events:
        event = getattr(entry, "dagster_event", entry)
        if event is not None and event.event_type_value == "STEP_SUCCESS":
            key = failures.named(event.step_key)
            alone = key if key in ("fetch", "release") else "tables"
            stage = key.partition("/")[0] if "/" in key else alone
            took[stage] += event.step_success_data.duration_ms / 1000
    return took


def _asked(metadata) -> Counter[str]:
    """What one provider's answer says of its datasets."""
    found = Counter(
        {n: len(metadata[n].value) for n in ("new", "unchanged", "held", "failed") if n in metadata}
    )
    if "downloads" in metadata:
        found["downloads"] = int(metadata["downloads"].value)
    return found


def file_logger(file: Path) -> dg.LoggerDefinition:
    """A Dagster logger that writes everything to one file, instead of the terminal."""
    import logging

    import dagster as dg

    def to_file(_init: dg.InitLoggerContext) -> logging.Logger:
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(file, encoding="utf-8")
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        log = logging.Logger("observatory", logging.DEBUG)
        log.addHandler(handler)
        return log

    return dg.LoggerDefinition(to_file, description="Writes the log of a run to a file.")
