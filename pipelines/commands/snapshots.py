"""`observatory snapshots`: the bytes that upstreams served."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from warehouse.home import Home

if TYPE_CHECKING:
    from sources.snapshots import Store


@click.group()
def snapshots() -> None:
    """List, verify and accept the files that upstreams served; pack the bundled vintage."""


@snapshots.command("list")
def list_() -> None:
    """List every snapshot: dataset, id, status, edition, dates, size."""
    from pipelines.commands.query import _show

    found = _store().all()
    if not found:
        click.echo("There is no snapshot yet: run `observatory build`.")
        return
    _show(
        ["dataset", "id", "status", "origin", "edition", "published", "retrieved", "bytes"],
        [
            [
                f"{s.provider}/{s.dataset}",
                s.snapshot_id[:12],
                s.status,
                s.origin,
                s.upstream_vintage or "",
                f"{s.published_at:%Y-%m-%d}" if s.published_at else "",
                f"{s.retrieved_at:%Y-%m-%d}" if s.retrieved_at else "",
                str(s.size),
            ]
            for s in found
        ],
    )


@snapshots.command()
def verify() -> None:
    """Read every snapshot again and say which are damaged."""
    store = _store()
    problems = store.verify()
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise click.exceptions.Exit(1)
    click.echo(f"All {len(store.all())} snapshots are whole.")


@snapshots.command()
@click.argument("snapshot_id")
def accept(snapshot_id: str) -> None:
    """Accept a snapshot that is held back; the next build uses it."""
    for s in _store().accept(snapshot_id):
        click.echo(f"{s.provider}/{s.dataset}: snapshot {s.snapshot_id[:12]} is accepted.")


@snapshots.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False, exists=True))
def pack(directory: Path) -> None:
    """Write the bundled vintage from the files in DIRECTORY."""
    from sources.pack import pack as write

    made = write(directory)
    size = sum(s.size for s in made) / 2**20
    click.echo(f"{len(made)} datasets packed, {size:.1f} MB.")


@snapshots.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--provider", required=True, help="The provider that published it.")
@click.option("--dataset", required=True, help="The dataset, as the catalog names it.")
@click.option(
    "--published-at",
    required=True,
    type=click.DateTime(("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S")),
    help="When upstream published this edition (UTC).",
)
@click.option("--url", default="", help="Where the file was found.")
@click.option("--vintage", default="", help="What upstream calls the edition.")
@click.option("--sql", default="", help="Keep the answer of this query over $file, as tidy CSV.")
def add(
    file: Path,
    provider: str,
    dataset: str,
    published_at: datetime,
    url: str,
    vintage: str,
    sql: str,
) -> None:
    """Add FILE as an edition with its own date; history takes it in where that date falls."""
    from catalog import load
    from sources.added import add as keep

    known = load().providers
    if provider not in known:
        raise click.ClickException(
            f"There is no provider '{provider}'; use one of {', '.join(sorted(known))}."
        )
    store = _store()
    kept, records = keep(
        store,
        known[provider],
        dataset,
        file,
        published_at=published_at,
        url=url,
        vintage=vintage,
        sql=sql,
    )
    if kept.origin != "added" or kept.published_at != published_at:
        click.echo(
            f"{provider}/{dataset}: these bytes are kept already, as the edition of "
            f"{kept.recorded_from:%Y-%m-%d} (snapshot {kept.snapshot_id[:12]}); nothing was added."
        )
        return
    click.echo(
        f"{provider}/{dataset}: the edition of {kept.recorded_from:%Y-%m-%d} is kept as snapshot "
        f"{kept.snapshot_id[:12]}, {records} records; `observatory build` takes it into history."
    )


def _store() -> Store:
    from sources.snapshots import Store

    return Store(Home.from_environment().snapshots)
