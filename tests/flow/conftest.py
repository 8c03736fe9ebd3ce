"""Real builds, offline, shared by the flow tests: one of the whole graph, one of a part of it."""

import fcntl
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.flow.observatory import INDEX, NO_NETWORK, Observatory, checkout, copied

# Indicators of every provider, and of every dataset that a test spoils; an index, and formulas.
SOME = {
    *("area", "land_area", "land_share_of_area", "built_up_area", "local_governments"),
    *("built_up_area_per_inhabitant", "local_governments_per_100000"),
    *("population", "gdp", "gdp_per_capita", "household_disposable_income"),
    *("green_area_share", "green_area_per_inhabitant", "public_transport_access"),
    *("public_transport_monthly_ticket", "safe_drinking_water_urban", "greenhouse_gas_emissions"),
    *("recorded_robberies", "robberies_per_100000", "perceived_affordable_housing"),
    *("perceived_safety_at_night", "trust_in_people", "city_satisfaction", "life_satisfaction"),
}


@contextmanager
def alone(name: str, tmp_path_factory) -> Generator[Path]:
    """A folder of that name for all workers of this session, one at a time."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder / name


@pytest.fixture(scope="session")
def guard(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("guard")
    (folder / "sitecustomize.py").write_text(NO_NETWORK)
    return folder


@pytest.fixture(scope="session")
def built(tmp_path_factory, guard) -> Observatory:
    """A home after one `observatory build`; treat it as read-only."""
    with alone("built", tmp_path_factory) as folder:
        observatory = Observatory(folder, guard)
        facts = folder / "first_build.json"
        if not facts.exists():
            run = observatory("build")
            assert run.code == 0, run.out + run.err
            took = {"seconds": round(run.seconds, 1), "peak GB": round(run.peak, 2)}
            facts.write_text(json.dumps(took))
    return observatory


@pytest.fixture
def observatory(built, tmp_path) -> Observatory:
    """A copy of the built home that a test may spoil."""
    return copied(built, tmp_path)


@pytest.fixture(scope="session")
def some(tmp_path_factory, guard) -> Observatory:
    """As `built`, of a checkout whose catalog has `SOME` indicators: a third of the work."""
    with alone("some", tmp_path_factory) as folder:
        observatory = Observatory(folder / "home", guard, folder / "code")
        if not (folder / "done").exists():
            checkout(folder / "code", SOME, INDEX)
            run = observatory("build")
            assert run.code == 0, run.out + run.err
            (folder / "done").touch()
    return observatory


@pytest.fixture
def small(some, tmp_path) -> Observatory:
    """A copy of the home of `some` that a test may spoil."""
    return copied(some, tmp_path)
