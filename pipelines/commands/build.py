"""`observatory build`, `refresh` and `publish`: the main job, in this process."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from warehouse.home import Home

if TYPE_CHECKING:
    from pipelines.flow import Outcome, Runner


@click.command()
def build() -> None:
    """Build everything that is out of date, offline, from the figures at hand.

    On a fresh home these are the figures that come with the software.
    """
    _carry_out("build", live=False, job=lambda _: "refresh_everything")


@click.command()
@click.argument("provider", required=False)
@click.option("--live/--offline", default=None, help="Ask upstreams (default), or do not.")
def refresh(provider: str | None, live: bool | None) -> None:
    """Ask all providers, or PROVIDER (such as eurostat), for what is new; build and publish it."""

    def job(runner: Runner) -> str:
        from pipelines import jobs

        known = jobs.providers(runner.assets)
        if provider is not None and provider not in known:
            raise click.ClickException(
                f"There is no provider '{provider}' to refresh; use one of {', '.join(known)}."
            )
        return jobs.refresh_name(provider)

    if live is None:
        live = os.environ.get("OBSERVATORY_OFFLINE", "").lower() not in ("1", "true", "yes")
    _carry_out("refresh" if provider is None else f"refresh {provider}", live=live, job=job)


@click.command()
@click.option("--accept", "reason", help="Why a release that differs much is meant; publishes it.")
def publish(reason: str | None) -> None:
    """Judge all tables as they are once more and publish them; nothing red is published.

    A release that differs more from the current one than catalog/release.yaml allows waits until
    a person says, with --accept, why it is meant.
    """
    from warehouse import release

    home = Home.from_environment()
    if reason is not None:
        if not reason.strip():
            raise click.ClickException("Give a reason: it stands in the release's CHANGES.md.")
        release.accept(home, reason.strip())
    try:
        _carry_out("publish", live=False, job=lambda _: "publish", whole=True)
    finally:
        release.settled(home)


def _carry_out(name: str, *, live: bool, job: Callable[[Runner], str], whole: bool = False) -> None:
    import warnings

    from pipelines.commands.progress import Progress

    warnings.simplefilter("ignore")  # Dagster's words on its own beta features are for developers
    home = Home.from_environment()
    file = home.logs / f"{name.replace(' ', '-')}-{datetime.now(UTC):%Y%m%dT%H%M%S}.log"
    with Progress() as progress:
        progress("prepare", "the graph")
        from pipelines import definitions, status
        from pipelines.flow import Runner, file_logger

        assets = definitions.all_assets()
        made = definitions.make(
            home, live=live, assets=assets, loggers={"to_file": file_logger(file)}
        )
        runner = Runner(home, made, assets, progress)
        run = runner.rebuild if whole else runner.refresh
        outcome = run(job(runner), who=f"observatory {name}", on_wait=progress.say)
    state = "failed" if outcome.problems else "nothing new" if outcome.nothing_new else "done"
    told = outcome.problems or [_in_words(outcome)]
    status.record(home, name, state, told)
    _report(home, outcome, file)
    raise click.exceptions.Exit(1 if outcome.problems else 0)


def _report(home: Home, outcome: Outcome, log: Path) -> None:
    from rich.console import Console

    from pipelines.status import red_sentence

    for sentence in outcome.buried:
        click.echo(sentence, err=True)
    release = home.releases / "current"
    if (release / "observatory.duckdb").exists():
        console = Console(highlight=False)
        console.print(_summary(release, outcome))
        click.echo(f"The file: {release / 'observatory.duckdb'}")
    else:
        click.echo("Nothing is published yet.", err=True)
    for key in outcome.red:
        click.echo(red_sentence(key, outcome.why.get(key, "")), err=True)
    if outcome.problems:
        for sentence in outcome.problems:
            click.echo(sentence, err=True)
        click.echo(f"The full log is {log}.", err=True)
        return
    click.echo(_in_words(outcome))
    click.echo("Try next:")
    click.echo(
        '  observatory query "select indicator_id, scale, system, period, value, unit from latest '
        "where metro_id = 'es-barcelona' order by all\""
    )
    click.echo("  observatory status")
    click.echo("  observatory ui")


def _in_words(outcome: Outcome) -> str:
    said = _asked(outcome)
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
