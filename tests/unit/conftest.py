"""Fixtures of the small world (`world.py`), made once for all files of a worker."""

from __future__ import annotations

from pathlib import Path

import pytest
from world import FEW, World, first

from warehouse.home import Home


@pytest.fixture(scope="session")
def first_world(tmp_path_factory) -> World:
    """The world as it was made; tests get copies."""
    return first(Home(tmp_path_factory.mktemp("world")))


@pytest.fixture
def whole(first_world, tmp_path) -> World:
    """All tables that are ever published, for tests of what is in a release."""
    return first_world.copy(tmp_path / "home")


@pytest.fixture
def world(first_world, tmp_path) -> World:
    """The tables that figures need, for tests of how a release is put in place."""
    return first_world.copy(tmp_path / "home", FEW)


@pytest.fixture(scope="session")
def published_once(first_world, tmp_path_factory) -> Path:
    """One release of all tables, for tests that only read."""
    return first_world.publish(Home(tmp_path_factory.mktemp("published")))
