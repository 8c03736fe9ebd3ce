"""The nightly refresh against upstreams on this machine: only what changed is asked for and made.

The whole graph runs with the command, on a checkout whose catalog has a few indicators of three
providers; every upstream is played by `tests.upstreams`. The same with every dataset of the
catalog, which takes minutes, is `make rehearse`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from pipelines import instance
from tests.flow.observatory import INDEX, checkout
from tests.upstreams import live as played
from tests.upstreams.live import Live, Refresh
from tests.upstreams.server import Upstreams
from warehouse.home import Home

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


def refresh(live: Live, upstreams: Upstreams, code: int = 0) -> Refresh:
    done = played.refresh(live, upstreams)
    print(f"{done.run.seconds:.1f} s: {done.run.out.splitlines()[-6:]}")
    assert done.run.code == code, done.run.out + done.run.err
    return done


def test_only_what_changed_is_downloaded_and_made(live: Live, upstreams: Upstreams) -> None:
    done = refresh(live, upstreams)
    assert "6 datasets asked for: 6 new, 0 unchanged; 4 downloaded." in done.run.out
    indicators = {k for k in done.made if k.startswith("indicator/")}
    assert indicators == {f"indicator/{i}" for i in INDICATORS}
    assert len(done.downloads) == 4
    assert "release" in done.made

    done = refresh(live, upstreams)
    assert "6 datasets asked for: 0 new, 6 unchanged; 0 downloaded." in done.run.out
    assert "Nothing new: everything is up to date." in done.run.out
    assert (done.made, done.downloads) == (set(), [])

    upstreams.world.publish("met_d3area", played.another_area(upstreams))
    done = refresh(live, upstreams)
    assert "6 datasets asked for: 1 new, 5 unchanged; 1 downloaded." in done.run.out
    assert all("MET_D3AREA" in path for path in done.downloads)
    assert done.of_sources == {"history/eurostat/met_d3area", "indicator/area"}
    assert {"observation", "latest", "release"} <= done.made
    number = re.search(r"(\d+) tables were built anew", done.run.out)
    assert number and int(number[1]) == len(done.made)

    played.edit(live, "green_area_share")
    done = refresh(live, upstreams)
    assert "6 datasets asked for: 0 new, 6 unchanged; 0 downloaded." in done.run.out
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
        where dataset = 'met_d3area' and recorded_to is null
    """
    stood = live.sql(figures)[0][0]

    upstreams.world.publish("met_d3area", played.fewer_areas(upstreams))
    done = refresh(live, upstreams, code=3)
    assert "6 datasets asked for: 0 new, 5 unchanged, 1 held; 1 downloaded." in done.run.out
    assert "series are gone" in live("snapshots", "list").out
    assert live.sql(figures) == [(stood, stood)]
    changes = (live.home / "releases" / "current" / "CHANGES.md").read_text(encoding="utf-8")
    assert f"{stood:,} figures of eurostat/met_d3area became stale." in changes
    status = live("status")
    assert status.code == 1
    assert "is held (" in status.out and "series are gone" in status.out

    said = live("snapshots", "accept", "met_d3area", "--reason", "Eurostat closed them")
    assert said.code == 0, said.err
    done = refresh(live, upstreams)
    assert (done.downloads, "release" in done.made) == ([], True), done.run.out
    assert not done.run.err
    left, stale = live.sql(figures)[0]
    assert (0 < left < 0.8 * stood, stale) == (True, 0)


def test_an_upstream_that_is_silent_is_no_good_night(live: Live, upstreams: Upstreams) -> None:
    if not (live.home / "releases").exists():
        refresh(live, upstreams)
    before = (live.home / "releases" / "current").readlink()
    quiet = Live(live.home, live.guard, live.root, "http://127.0.0.1:9")
    run = quiet("refresh")
    assert run.code == 3, run.out + run.err
    assert "eurostat did not answer: " in run.err
    assert "Nothing new: everything is up to date." in run.out
    assert (live.home / "releases" / "current").readlink() == before
    with instance.open_instance(Home(live.home)) as opened:
        runs = opened.get_runs(dg.RunsFilter(job_name="refresh_everything"), limit=1)
        assert runs[0].status == dg.DagsterRunStatus.FAILURE
        raw = opened.get_event_records(
            dg.EventRecordsFilter(dg.DagsterEventType.STEP_FAILURE), limit=20
        )
        assert any("raw__eurostat" in (r.event_log_entry.step_key or "") for r in raw)

    # An offline build is no answer; a refresh that is answered is.
    assert quiet("build").code == 0
    status = quiet("status")
    assert status.code == 1 and "eurostat did not answer" in status.out
    refresh(live, upstreams)
    assert "did not answer" not in live("status").out


def test_the_doctor_says_what_a_person_must_look_at(live: Live, upstreams: Upstreams) -> None:
    well = live("doctor", "eurostat", "ghsl")
    assert "LOOK" in well.out  # this machine tells nobody of a failed night
    rows = [line for line in well.out.splitlines() if "eurostat" in line]
    assert rows and rows[0].startswith("ok") and "records" in rows[0]
    quiet = Live(live.home, live.guard, live.root, "http://127.0.0.1:9")
    ill = quiet("doctor", "eurostat")
    assert ill.code == 3
    assert next(line for line in ill.out.splitlines() if "eurostat" in line).startswith("LOOK")
    strange = live("doctor", "nobody")
    assert strange.code == 1 and "There is no provider 'nobody'" in strange.err
