"""`observatory doctor`: is everything here that a night needs, and does every provider answer as known?"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from warehouse.home import Home

if TYPE_CHECKING:
    from sources.refresh.examine import Examined

LOOK = 3
SPACE = 5  # GB that a night may need


@click.command()
@click.argument("providers", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="The same for scripts.")
def doctor(providers: tuple[str, ...], as_json: bool) -> None:
    """Ask every provider, or PROVIDERS, one small thing, and say what a person must look at.

    For each: whether it is reached, its certificate, its address, what it answered, and what changed
    against what is known. Nothing that comes is kept. The exit code is 0 where all is well, 3 where
    something must be looked at.
    """
    import catalog
    from assets.asking import needs_of
    from sources.refresh.examine import examine
    from sources.refresh.fetch import client_for
    from sources.store.snapshots import Store

    known = catalog.load()
    home = Home.from_environment()
    wanted = list(providers) or sorted(known.providers)
    if strange := [p for p in wanted if p not in known.providers]:
        listed = ", ".join(sorted(known.providers))
        raise click.ClickException(f"There is no provider '{strange[0]}'; use one of {listed}.")
    store = Store(home.snapshots, home.copies)
    found: list[Examined] = []
    with client_for([known.providers[p] for p in wanted]) as client:
        for p in wanted:
            click.echo(f"asking {p}", err=True)
            needs = {d: needs_of(known, p, d) for d in known.providers[p].datasets}
            tls = not os.environ.get("OBSERVATORY_UPSTREAM")
            found.append(examine(known.providers[p], store, client, needs, tls=tls))
    here = _here(home)
    if as_json:
        from dataclasses import asdict

        from pipelines.commands.files import print_json

        print_json({"here": here, "providers": [asdict(f) for f in found]})
    else:
        _print(found, here)
    bad = any(f.look for f in found) or any(not ok for _, ok in here.values())
    raise click.exceptions.Exit(LOOK if bad else 0)


def _print(found: list[Examined], here: dict[str, tuple[str, bool]]) -> None:
    from pipelines.commands.query import _show

    _show(
        ["", "this machine", "what it is"],
        [["ok" if ok else "LOOK", name, said] for name, (said, ok) in here.items()],
    )
    click.echo()
    _show(
        ["", "provider", "asked for", "certificate", "answer", "change", "seconds"],
        [
            [
                "LOOK" if f.look else "ok",
                f.provider,
                f.dataset,
                f.certificate,
                f.answer or "none",
                f.change,
                f"{f.seconds:.1f}" if f.dataset else "",
            ]
            for f in found
        ],
    )
    for f in found:
        if f.look:
            click.echo(f"\n{f.provider} ({f.address or 'no address'}): {f.look}")


def _here(home: Home) -> dict[str, tuple[str, bool]]:
    """What a night needs of this machine: name to (what it is, whether that is well)."""
    folder = home.root
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / 1e9
    writable = os.access(folder, os.W_OK)
    told = [
        name
        for name, variable in (("webhook", "OBSERVATORY_WEBHOOK"), ("e-mail", "OBSERVATORY_SMTP"))
        if os.environ.get(variable)
    ]
    offline = os.environ.get("OBSERVATORY_OFFLINE", "").lower() in ("1", "true", "yes")
    return {
        "home": (f"{home.address}{'' if writable else ' (it cannot be written)'}", writable),
        "free space": (f"{free:.0f} GB", free > SPACE),
        "alerts": (", ".join(told) or "nobody is told of a failed night", bool(told)),
        "asks upstreams": ("no: OBSERVATORY_OFFLINE is set" if offline else "yes", not offline),
        "zone of the schedule": (_zone(), True),
    }


def _zone() -> str:
    known = Path("/usr/share/zoneinfo").exists()
    return "Europe/Madrid" + ("" if known else " (from the package tzdata)")
