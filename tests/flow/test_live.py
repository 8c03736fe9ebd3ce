"""The nightly refresh against upstreams on this machine: only what changed is asked for and made.

The whole graph runs with the command, on a checkout whose catalog has a few indicators of three
providers; every upstream is played by `tests.upstreams`.
"""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from flow.conftest import INDEX, Observatory, Run, checkout
from pipelines import instance
from sources import eurostat, http
from tests.upstreams.server import Upstreams
from warehouse.home import Home

# Each of one dataset, so that what depends on what is plain to see.
INDICATORS = {
    *("area", "household_disposable_income", "green_area_share", "public_transport_monthly_ticket"),
    # The index of the checkout is made of these; a third party carries them, nobody is asked.
    *("perceived_safety_at_night", "trust_in_people", "city_satisfaction", "life_satisfaction"),
}


class Live(Observatory):
    """The command on a small checkout of its own, whose upstreams are on this machine."""

    def __init__(self, home: Path, guard: Path, root: Path, url: str):
        super().__init__(home, guard, root)
        self.url = url

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {
            "OBSERVATORY_UPSTREAM": self.url,
            "PYTHONPATH": f"{self.guard}{os.pathsep}{self.root}",
            "OBSERVATORY_OFFLINE": "",
        }

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


@pytest.fixture(scope="module")
def upstreams() -> Iterator[Upstreams]:
    served = Upstreams().start()
    yield served
    served.server_close()


@pytest.fixture(scope="module")
def live(upstreams: Upstreams, guard: Path, tmp_path_factory) -> Live:
    root = tmp_path_factory.mktemp("checkout")
    checkout(root, INDICATORS, INDEX)
    return Live(tmp_path_factory.mktemp("home"), guard, root, upstreams.url)


def refresh(live: Live, upstreams: Upstreams) -> tuple[Run, set[str], list[str]]:
    """Run it: what it said, which assets it made, which datasets were downloaded."""
    before, asked = live.made() if live.home.exists() else {}, len(upstreams.world.downloads())
    run = live("refresh")
    print(f"{run.seconds:.1f} s: {run.out.splitlines()[-6:]}")
    assert run.code == 0, run.out + run.err
    after = live.made()
    made = {k for k in after if after[k] != before.get(k) and not k.startswith(("fetch/", "raw/"))}
    return run, made, [a.path for a in upstreams.world.downloads()[asked:]]


def test_only_what_changed_is_downloaded_and_made(live: Live, upstreams: Upstreams) -> None:
    run, made, downloads = refresh(live, upstreams)
    assert "5 datasets asked for: 5 new, 0 unchanged; 4 downloaded." in run.out
    assert {k for k in made if k.startswith("indicator/")} == {f"indicator/{i}" for i in INDICATORS}
    assert len(downloads) == 4
    assert "release" in made

    run, made, downloads = refresh(live, upstreams)
    assert "5 datasets asked for: 0 new, 5 unchanged; 0 downloaded." in run.out
    assert "Nothing new: everything is up to date." in run.out
    assert (made, downloads) == (set(), [])

    upstreams.world.publish("met_d3area", another_area(upstreams))
    run, made, downloads = refresh(live, upstreams)
    assert "5 datasets asked for: 1 new, 4 unchanged; 1 downloaded." in run.out
    assert all("MET_D3AREA" in path for path in downloads)
    assert of_sources(made) == {"history/eurostat/met_d3area", "indicator/area"}
    assert {"observation", "latest", "release"} <= made
    number = re.search(r"(\d+) tables were built anew", run.out)
    assert number and int(number[1]) == len(made)

    file = live.root / "catalog" / "indicators" / "green_area_share.yaml"
    said = yaml.safe_load(file.read_text(encoding="utf-8"))
    said["title"]["en"] += " (edited)"
    file.write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    run, made, downloads = refresh(live, upstreams)
    assert "5 datasets asked for: 0 new, 5 unchanged; 0 downloaded." in run.out
    assert downloads == []
    assert of_sources(made) == {"indicator/green_area_share"}
    assert {"indicator", "release"} <= made
    assert live.sql(
        "select title_en like '%(edited)' from indicator where indicator_id = 'green_area_share'"
    ) == [(True,)]


def of_sources(made: set[str]) -> set[str]:
    """Of what was made, datasets and indicators: the rest depends on all of them."""
    return {k for k in made if k.startswith(("history/", "indicator/"))}


def another_area(upstreams: Upstreams) -> bytes:
    """A later edition of the areas in which one figure is another."""
    asked = eurostat.request("met_d3area", {})
    with http.Client(upstream=upstreams.url) as client:
        body = gzip.decompress(client.text(asked, hosts=eurostat.HOSTS))
    header, first, rest = body.replace(b"10/03/23", b"14/03/23").split(b"\n", 2)
    cells = first.split(b",")
    place = header.split(b",").index(b"OBS_VALUE")
    cells[place] = b"%d" % (float(cells[place]) + 1)
    return b"\n".join((header, b",".join(cells), rest))
