"""The nightly refresh against upstreams on this machine: only what changed is asked for and made.

The whole graph runs with the command, on a checkout whose catalog has a few indicators of three
providers; every upstream is played by `tests.upstreams`. The same with every dataset of the
catalog, which takes minutes, is `make rehearse`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.observatory import INDEX, checkout
from tests.upstreams import live as played
from tests.upstreams.live import Live, Refresh
from tests.upstreams.server import Upstreams

pytestmark = pytest.mark.system

# Each of one dataset, so that what depends on what is plain to see.
INDICATORS = {
    *("area", "household_disposable_income", "green_area_share", "public_transport_monthly_ticket"),
    # The index of the checkout is made of these; a third party carries them, nobody is asked.
    *("perceived_safety_at_night", "trust_in_people", "city_satisfaction", "life_satisfaction"),
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
    # Most figures of so few indicators are areas: a third of them is more than a release may lose.
    limits = root / "catalog" / "release.yaml"
    limits.write_text(
        limits.read_text(encoding="utf-8").replace("lost: 0.05", "lost: 0.3"), "utf-8"
    )
    return Live(tmp_path_factory.mktemp("home"), guard, root, upstreams.url)


def refresh(live: Live, upstreams: Upstreams) -> Refresh:
    done = played.refresh(live, upstreams)
    print(f"{done.run.seconds:.1f} s: {done.run.out.splitlines()[-6:]}")
    assert done.run.code == 0, done.run.out + done.run.err
    return done


def test_only_what_changed_is_downloaded_and_made(live: Live, upstreams: Upstreams) -> None:
    done = refresh(live, upstreams)
    assert "5 datasets asked for: 5 new, 0 unchanged; 4 downloaded." in done.run.out
    indicators = {k for k in done.made if k.startswith("indicator/")}
    assert indicators == {f"indicator/{i}" for i in INDICATORS}
    assert len(done.downloads) == 4
    assert "release" in done.made

    done = refresh(live, upstreams)
    assert "5 datasets asked for: 0 new, 5 unchanged; 0 downloaded." in done.run.out
    assert "Nothing new: everything is up to date." in done.run.out
    assert (done.made, done.downloads) == (set(), [])

    upstreams.world.publish("met_d3area", played.another_area(upstreams))
    done = refresh(live, upstreams)
    assert "5 datasets asked for: 1 new, 4 unchanged; 1 downloaded." in done.run.out
    assert all("MET_D3AREA" in path for path in done.downloads)
    assert done.of_sources == {"history/eurostat/met_d3area", "indicator/area"}
    assert {"observation", "latest", "release"} <= done.made
    number = re.search(r"(\d+) tables were built anew", done.run.out)
    assert number and int(number[1]) == len(done.made)

    played.edit(live, "green_area_share")
    done = refresh(live, upstreams)
    assert "5 datasets asked for: 0 new, 5 unchanged; 0 downloaded." in done.run.out
    assert done.downloads == []
    assert done.of_sources == {"indicator/green_area_share"}
    assert {"indicator", "release"} <= done.made
    assert live.sql(
        "select title_en like '%(edited)' from indicator where indicator_id = 'green_area_share'"
    ) == [(True,)]


def test_a_download_that_lost_series_is_used_once_a_person_accepts_it(
    live: Live, upstreams: Upstreams
) -> None:
    if not (live.home / "releases").exists():
        refresh(live, upstreams)
    figures = """
        select count(*), count(stale_since) from observation
        where indicator_id = 'area' and recorded_to is null
    """
    stood = live.sql(figures)[0][0]

    upstreams.world.publish("met_d3area", played.fewer_areas(upstreams))
    done = refresh(live, upstreams)
    assert "5 datasets asked for: 0 new, 4 unchanged, 1 held; 1 downloaded." in done.run.out
    assert "series are gone" in live("snapshots", "list").out
    assert live.sql(figures) == [(stood, stood)]

    said = live("snapshots", "accept", "met_d3area", "--reason", "Eurostat closed them")
    assert said.code == 0, said.err
    done = refresh(live, upstreams)
    assert (done.downloads, "release" in done.made) == ([], True), done.run.out
    assert not done.run.err
    left, stale = live.sql(figures)[0]
    assert (0 < left < 0.8 * stood, stale) == (True, 0)
