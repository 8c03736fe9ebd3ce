"""`observatory build`, `refresh` and `publish`: the main job, in this process.

Exit codes: 0 done or nothing new, 1 something failed, 2 the command line is wrong, 3 done but an
upstream did not answer or a table was judged red, 4 the release waits for a person, 130 and 143
interrupted (SIGINT, SIGTERM).
"""

from __future__ import annotations

import contextlib
import gc
import signal
import sys
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from warehouse.home import Home

if TYPE_CHECKING:
    from pipelines.commands.progress import Progress
    from pipelines.flow import Outcome, Runner

FAULTS, INCOMPLETE, WAITS = 1, 3, 4


class AtOnce(int):
    """An exit code with which the process may end as it is (`pipelines.cli.command`)."""


@click.command()
def build() -> None:
    """Build everything that is out of date, offline, from the figures at hand.

    On a fresh home these are the figures that come with the software.

    Exit codes: 0 done or nothing new, 1 something failed, 2 wrong command line, 3 done but an
    upstream did not answer or a table was judged red, 4 the release waits for a person, 130 or 143
    interrupted.
    """

    def job(_: Runner) -> str:
        from pipelines import refreshes

        return refreshes.EVERYTHING

    _carry_out("build", live=False, job=job)


@click.command()
@click.argument("provider", required=False)
@click.option("--live/--offline", default=None, help="Ask upstreams (default), or do not.")
def refresh(provider: str | None, live: bool | None) -> None:
    """Ask all providers, or PROVIDER (such as eurostat), for what is new; build and publish it.

    Exit codes as of `build`.
    """

    def job(runner: Runner) -> str:
        from pipelines import refreshes

        known = refreshes.providers(runner.assets)
        if provider is not None and provider not in known:
            raise click.ClickException(
                f"There is no provider '{provider}' to refresh; use one of {', '.join(known)}."
            )
        return refreshes.name(provider)

    if live is None:
        from pipelines.resources import live_by_default

        live = live_by_default()
    _carry_out("refresh" if provider is None else f"refresh {provider}", live=live, job=job)


@click.command()
@click.option("--accept", "reason", help="Why a release that differs much is meant; publishes it.")
def publish(reason: str | None) -> None:
    """Judge all tables as they are once more and publish them; nothing red is published.

    A release that differs more from the current one than catalog/release.yaml allows waits until
    a person says, with --accept, why it is meant. Exit codes as of `build`.
    """
    if reason is not None and not reason.strip():
        raise click.ClickException("Give a reason: it is in the release's CHANGES.md.")
    ops = {"release": {"config": {"accept": reason.strip()}}} if reason else {}
    _carry_out("publish", live=False, job=lambda _: "publish", ops=ops)


def _carry_out(
    name: str, *, live: bool, job: Callable[[Runner], str], ops: dict | None = None
) -> None:
    """Run the job and what follows from it, or, where `ops` is given, the job alone and whole."""
    import warnings

    last_words = LastWords(Home.from_environment(), name)
    with _until_it_listens(last_words):
        from pipelines.commands.progress import Progress
        from pipelines.interrupts import stopping

    warnings.simplefilter("ignore")  # Dagster's words on its own beta features are for developers
    home = last_words.home
    file = home.logs / f"{name.replace(' ', '-')}-{datetime.now(UTC):%Y%m%dT%H%M%S}.log"
    with Progress() as progress:
        last_words.progress = progress
        with stopping(last_words):
            progress("prepare", "the graph")
            with _nothing_to_collect():
                from pipelines import instance, status
                from pipelines.flow import file_logger

                for sentence in status.interrupted(home):
                    progress.say(f"{sentence} What it had not finished is built now.")
                loggers = {"to_file": file_logger(file)}
                runner = _runner(home, live, ops is not None, loggers)
                instance.load()
            runner.tell, runner.because = progress, f"observatory {name}"
            last_words.runner = runner
            how = {"who": f"observatory {name}", "on_wait": progress.say}
            chosen = job(runner)
            outcome = (
                runner.refresh(chosen, **how)
                if ops is None
                else runner.rebuild(chosen, ops=ops, **how)
            )
            code, state, told = _judged(outcome)
            steps = [f.name for f in outcome.failed]
            words = told or [_in_words(outcome)]
            status.record(home, name, state, words, steps=steps, stages=outcome.stages)
    _report(home, outcome, told, file)
    nothing = runner.last is not None and outcome.nothing_new
    raise click.exceptions.Exit(AtOnce(code) if nothing else code)


@contextlib.contextmanager
def _nothing_to_collect() -> Generator[None]:
    """What is loaded in the block lasts to the end: to look in it for garbage is in vain, then and later."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextlib.contextmanager
def _until_it_listens(last_words: LastWords) -> Generator[None]:
    """A Ctrl-C while what listens to it is still being loaded says the same; a second one ends at once."""
    try:
        yield
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        from pipelines.interrupts import NAMES

        last_words(NAMES[signal.SIGINT])
        raise click.exceptions.Exit(128 + signal.SIGINT) from None


@dataclass
class LastWords:
    """What a command does when it is interrupted, in a thread beside the one that works."""

    home: Home
    name: str
    progress: Progress | None = None
    runner: Runner | None = None

    def __post_init__(self) -> None:
        """Remember which release is current."""
        self.before = _current(self.home)

    def __call__(self, by: str) -> None:
        """Say what was interrupted, note it, and mark the runs as cancelled."""
        from warehouse.release import SWAP

        SWAP.acquire(timeout=1)  # never given back: nothing is published from here on
        now = _current(self.home)
        steps = self.runner.at_work if self.runner else []
        at = f" while building {' and '.join(steps)}" if steps else ""
        said = f"observatory {self.name} was interrupted by {by}{at} ({datetime.now(UTC):%Y-%m-%d %H:%M} UTC)."
        if self.progress:
            self.progress.__exit__()
        published = (
            "nothing was published" if now == self.before else f"release {now} had been published"
        )
        click.echo(
            f"Stopped by {by}{at}: {published}; what was not finished is built by the next "
            "`observatory build`.",
            err=True,
        )
        from pipelines import instance, status

        status.record(self.home, self.name, status.INTERRUPTED, [said])
        if self.runner and self.runner.runs:
            with instance.open_instance(self.home) as opened:
                instance.cancel_unfinished(opened, self.runner.runs, said)


def _runner(home: Home, live: bool, whole: bool, loggers: dict) -> Runner:
    """Who runs the jobs: with all definitions, or at first with those alone that ask providers."""
    from pipelines import complete, flow

    def every() -> flow.Graph:
        from pipelines import definitions

        with _noted(home):
            assets = definitions.all_assets()
            return definitions.make(home, live=live, assets=assets, loggers=loggers), assets

    # On an object store nothing is known of the files before they are asked for.
    if whole or home.elsewhere is not None:
        return flow.Runner(home, *every())
    last = complete.LastComplete(home)
    from pipelines import refreshes

    with _noted(home):
        asking = refreshes.asking(home, live=live, loggers=loggers)
    return flow.Runner(home, *asking, last=last, whole=every)


@contextlib.contextmanager
def _noted(home: Home) -> Generator[None]:
    """A mistake in the catalog is noted, for the status and the alerts; that there is none, too."""
    from catalog import CatalogError
    from pipelines import last_good

    try:
        yield
    except CatalogError as error:
        last_good.note(home, str(error))
        raise
    home.catalog_error.unlink(missing_ok=True)


def _current(home: Home) -> str:
    link = home.releases / "current"
    return link.resolve().name if link.exists() else ""


def _judged(outcome: Outcome) -> tuple[int, str, list[str]]:
    """Exit code, outcome for the status, and what went wrong, in sentences."""
    from pipelines import failures, status
    from pipelines.status import red_sentence

    faults = outcome.of_kind(failures.FAULT, failures.INTERRUPTED)
    waits, silent = outcome.of_kind(failures.WAITS), outcome.of_kind(failures.UNANSWERED)
    red = [
        red_sentence(k, why) for k, why in outcome.why.items() if not (k[0] == "fetch" and silent)
    ]
    told = [*faults, *waits, *silent, *red]
    if faults:
        return FAULTS, status.FAILURE, told
    if waits:
        return WAITS, status.WAITS, told
    if silent:
        return INCOMPLETE, status.UNANSWERED, told
    nothing = outcome.nothing_new or (outcome.published != "yes" and not outcome.built)
    state = status.NOTHING_NEW if nothing else status.DONE
    return (INCOMPLETE if red else 0), state, told


def _report(home: Home, outcome: Outcome, told: list[str], log: Path) -> None:
    from rich.console import Console

    for sentence in outcome.buried:
        click.echo(sentence, err=True)
    release = home.releases / "current"
    if (release / "observatory.duckdb").exists():
        console = Console(highlight=False)
        console.print(_summary(release, outcome))
        click.echo(f"The file: {release / 'observatory.duckdb'}")
        pages = home.publications / release.resolve().name / "atlas"
        if pages.is_dir():
            click.echo(f"The pages: {pages} (observatory atlas --serve)")
    else:
        click.echo("Nothing is published yet.", err=True)
    for sentence in told:
        click.echo(sentence, err=True)
    if any(f.kind == "fault" for f in outcome.failed):
        click.echo(f"The full log is {log}.", err=True)
        return
    click.echo(_in_words(outcome))
    click.echo("Try next:")
    us = _called()
    click.echo(
        f'  {us} query "select indicator_id, scale, system, period, value, unit from latest '
        "where metro_id = 'es-barcelona' order by all\""
    )
    click.echo(f"  {us} status")
    click.echo(f"  {us} ui")


def _called() -> str:
    """How this command was called, so that a line that is pasted works in the same place."""
    import shutil

    first = sys.argv[0]
    if shutil.which("observatory") and Path(first).name == "observatory":
        found = Path(str(shutil.which("observatory"))).resolve()
        return "observatory" if found == Path(first).resolve() else first
    return first if Path(first).name == "observatory" else f"{sys.executable} -m pipelines.cli"


def _in_words(outcome: Outcome) -> str:
    said = _asked(outcome)
    if outcome.published.startswith("Nothing new") and not outcome.built:
        return outcome.published
    if outcome.nothing_new:
        return f"{said}Nothing new: everything is up to date."
    return f"{said}{len(outcome.built)} tables were built anew in {outcome.seconds:.0f} s."


def _asked(outcome: Outcome) -> str:
    """What became of the datasets that were asked for; empty where nobody was asked."""
    asked = outcome.asked
    kinds = ("new", "unchanged", "held", "failed")
    if not asked.total():
        return ""
    told = ", ".join(f"{asked[k]} {k}" for k in kinds if asked[k] or k in ("new", "unchanged"))
    n = sum(asked[k] for k in kinds)
    return f"{n} datasets asked for: {told}; {asked['downloads']} downloaded. "


COUNTS = {
    "Observations": "select count(*) from observation",
    "  as the provider serves them": "select count(*) from observation where provenance = 'upstream'",
    "  derived by a third party": "select count(*) from observation where provenance = 'carrier'",
    "  computed by a stated formula": "select count(*) from observation where provenance = 'computed'",
    "  of all these, projections": "select count(*) from observation where obs_status = 'F'",
    "Metropolises with figures": "select count(distinct metro_id) from observation",
    "Indicators with figures": "select count(distinct indicator_id) from observation",
    "Country and regional context": "select count(*) from country_context",
    "Quarantined records": "select count(*) from quarantine",
    "Stale figures": "select count(*) from observation where stale_since is not null",
}


def _summary(release: Path, outcome: Outcome):
    import duckdb
    from rich.table import Table

    table = Table(
        title=f"Release {release.resolve().name}", show_header=False, title_justify="left"
    )
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    with duckdb.connect(str(release / "observatory.duckdb"), read_only=True) as con:
        for label, sql in COUNTS.items():
            row = con.execute(sql).fetchone()
            table.add_row(label, f"{row[0]:,}" if row else "")
    table.add_row("Red datasets and indicators", str(len(outcome.red)))
    table.add_row("Tables built anew", str(len(outcome.built)))
    table.add_row("Seconds", f"{outcome.seconds:.1f}")
    return table
