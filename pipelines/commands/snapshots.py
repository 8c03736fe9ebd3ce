"""`observatory snapshots`: the bytes that upstreams served."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.commands.listing import Whole
from warehouse.home import Home

if TYPE_CHECKING:
    from sources.store.snapshots import Snapshot, Store


@click.group(cls=Whole)
def snapshots() -> None:
    """List, verify and accept the files that upstreams served; pack the bundled vintage."""


@snapshots.command("list")
@click.option("--json", "as_json", is_flag=True, help="The same for scripts.")
def list_(as_json: bool) -> None:
    """List every snapshot: dataset, id, status, edition, dates, size."""
    from pipelines.commands.query import _show

    found = _store().all()
    if as_json:
        from dataclasses import asdict

        from pipelines.commands.files import print_json

        print_json([asdict(s) | {"why": _why(s)} for s in found])
        return
    if not found:
        click.echo("There is no snapshot yet: run `observatory build`.")
        return
    _show(
        [
            *("dataset", "id", "status", "origin", "edition", "published", "retrieved", "bytes"),
            "why",
        ],
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
                _why(s),
            ]
            for s in found
        ],
    )


def _who() -> str:
    """The name of the account; in a container there may be none."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "an account without a name"


def _why(s: Snapshot) -> str:
    """Why it is held, or who accepted it and why, or what of it waits in quarantine."""
    if s.status != "accepted":
        return s.held_because
    said = [f"accepted by {s.accepted_by}: {s.accepted_because}"] if s.accepted_because else []
    said += [f"in quarantine: {c} '{code}'" for c, code in s.unknown]
    return "; ".join(said)


@snapshots.command()
def verify() -> None:
    """Read every snapshot again and say which are damaged."""
    store = _store()
    problems = store.verify()
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise click.exceptions.Exit(1)
    found = store.all()
    pruned = sum(1 for s in found if s.pruned_at)
    click.echo(
        f"All {len(found) - pruned} snapshots are whole"
        + (f"; the bytes of {pruned} more were pruned." if pruned else ".")
    )


@snapshots.command()
@click.option(
    "--keep", type=click.IntRange(1), required=True, help="Editions to keep of each dataset."
)
@click.option(
    "--older-than",
    type=click.IntRange(0),
    required=True,
    metavar="DAYS",
    help="Only what was retrieved more than so many days ago.",
)
@click.option("--dry-run", is_flag=True, help="Say what would go, and leave it.")
def prune(keep: int, older_than: int, dry_run: bool) -> None:
    """Take away the bytes of old snapshots whose records are in the history.

    Their sidecars stay and say when that was. The newest accepted edition never goes, nor what is
    held and not judged yet, nor what came with the software, nor what the history has not taken in.
    """
    from datetime import timedelta

    from sources.store.snapshots import now

    pruned = _store().prune(
        keep=keep,
        before=now() - timedelta(days=older_than),
        taken=_taken(Home.from_environment()),
        dry_run=dry_run,
    )
    for s in pruned:
        click.echo(f"{s.provider}/{s.dataset}: {s.snapshot_id[:12]} of {s.recorded_from:%Y-%m-%d}")
    size = sum({s.snapshot_id: s.size for s in pruned}.values()) / 2**20
    click.echo(f"{len(pruned)} snapshots {'would go' if dry_run else 'pruned'}, {size:.1f} MB.")


def _taken(home: Home) -> Callable[[Snapshot], bool]:
    """Whether the history of its dataset holds what a snapshot says."""
    import json
    from functools import cache

    from warehouse import store

    @cache
    def ids(provider: str, dataset: str) -> frozenset[str]:
        path = home.history(provider, dataset)
        said = store.metadata(path) if path.exists() else {}
        return frozenset(edition[1] for edition in json.loads(said.get("editions") or "[]"))

    return lambda s: s.snapshot_id in ids(s.provider, s.dataset)


@snapshots.command()
@click.argument("dataset")
@click.argument("snapshot_id", default="")
@click.option("--reason", required=True, help="Why it is right although it was found suspicious.")
def accept(dataset: str, snapshot_id: str, reason: str) -> None:
    """Use the held snapshot of DATASET (provider/dataset, or its name alone) from now on.

    Without SNAPSHOT_ID it is the one that is held, else the newest: then what it lost, and what was
    never served before, is taken as meant. The reason and your name are kept with it.
    """
    store = _store()
    named = sorted(
        {
            (s.provider, s.dataset)
            for s in store.all()
            if dataset in (s.dataset, f"{s.provider}/{s.dataset}")
        }
    )
    if len(named) != 1:
        found = "; ".join("/".join(n) for n in named) or "none"
        raise click.ClickException(
            f"'{dataset}' is not the name of one dataset with snapshots (found: {found}); "
            "`observatory snapshots list` shows them."
        )
    s = store.accept(*named[0], snapshot_id, because=reason, by=_who())
    click.echo(
        f"{s.provider}/{s.dataset}: snapshot {s.snapshot_id[:12]} is accepted; `observatory refresh` "
        "or `observatory build` uses it."
    )


@snapshots.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False, exists=True))
def pack(directory: Path) -> None:
    """Write the bundled vintage from the files in DIRECTORY."""
    from sources.store.pack import pack as write

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
    from sources.refresh.added import add as keep

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
    from sources.store.snapshots import Store

    home = Home.from_environment()
    return Store(home.snapshots, home.copies)
