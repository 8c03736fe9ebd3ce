"""The command on a checkout of its own whose upstreams are played on this machine.

The tests of the flow use it on a few indicators, `tests.upstreams.rehearse` on all of them.
"""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from pipelines import instance
from sources.providers import eurostat
from sources.transport import http
from tests.flow.observatory import Observatory, Run
from tests.upstreams.server import Upstreams
from warehouse.home import Home

COUNTS = re.compile(r"(\d+) datasets asked for: (.+?); (\d+) downloaded\.")


class Live(Observatory):
    """The command line on one home and one checkout; every upstream is at `url`."""

    def __init__(self, home: Path, guard: Path, root: Path, url: str):
        super().__init__(home, guard, root)
        self.url = url

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"OBSERVATORY_UPSTREAM": self.url, "OBSERVATORY_OFFLINE": ""}

    def made(self) -> dict[str, int]:
        """The newest materialisation of each asset, as a number that grows."""
        with instance.open_instance(Home(self.home)) as opened:
            records = opened.get_asset_records(list(opened.all_asset_keys()))
            return {
                "/".join(
                    r.asset_entry.asset_key.path
                ): r.asset_entry.last_materialization_storage_id or 0
                for r in records
            }


@dataclass(frozen=True)
class Refresh:
    """One refresh: what the command said, the assets it made, the paths that were downloaded."""

    run: Run
    made: set[str]
    downloads: list[str]

    @property
    def asked(self) -> dict[str, int]:
        """Datasets by what became of them as the summary says it, with `asked` and `downloaded`."""
        said = COUNTS.search(self.run.out)
        if said is None:
            return {}
        parts = (part.split(" ", 1) for part in said[2].split(", "))
        told = {what: int(n) for n, what in parts}
        return {"asked": int(said[1]), **told, "downloaded": int(said[3])}

    @property
    def of_sources(self) -> set[str]:
        """Of what was made, datasets and indicators: the rest depends on all of them."""
        return {k for k in self.made if k.startswith(("history/", "indicator/"))}


def refresh(live: Live, upstreams: Upstreams) -> Refresh:
    """Run it, and see what it did."""
    before, asked = live.made() if live.home.exists() else {}, len(upstreams.world.downloads())
    run = live("refresh")
    after = live.made()
    made = {k for k in after if after[k] != before.get(k) and not k.startswith(("fetch/", "raw/"))}
    return Refresh(run, made, [a.path for a in upstreams.world.downloads()[asked:]])


def fewer_areas(upstreams: Upstreams) -> bytes:
    """A still later edition of the areas, without every third metropolis."""
    header, *rows = areas(upstreams)
    place = header.split(b",").index(b"metroreg")
    metros = sorted({row.split(b",")[place] for row in rows if row})
    gone = {*metros[::3]}
    rows = [row for row in rows if row and row.split(b",")[place] not in gone]
    return b"\n".join((header, *rows, b"")).replace(b"14/03/23", b"18/03/23")


def another_area(upstreams: Upstreams) -> bytes:
    """A later edition of the areas in which one figure is another."""
    header, first, *rest = areas(upstreams)
    cells = first.split(b",")
    place = header.split(b",").index(b"OBS_VALUE")
    cells[place] = b"%d" % (float(cells[place]) + 1)
    return b"\n".join((header, b",".join(cells), *rest))


def areas(upstreams: Upstreams) -> list[bytes]:
    """The lines of a later edition of the areas."""
    asked = eurostat.request("met_d3area", {})
    with http.Client(upstream=upstreams.url) as client:
        body = gzip.decompress(client.text(asked, hosts=eurostat.HOSTS))
    return body.replace(b"10/03/23", b"14/03/23").split(b"\n")


def edit(live: Live, indicator: str) -> None:
    """Edit the title in the file of one indicator."""
    file = live.root / "catalog" / "indicators" / f"{indicator}.yaml"
    said = yaml.safe_load(file.read_text(encoding="utf-8"))
    said["title"] += " (edited)"
    file.write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
