"""`observatory snapshots`: the bytes that upstreams served."""

from __future__ import annotations

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


def _store() -> Store:
    from sources.snapshots import Store

    return Store(Home.from_environment().snapshots)
