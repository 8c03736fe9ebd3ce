"""Every provider meets every fault: the right error or recovery, and nothing else is touched.

The table is in tests/upstreams/matrix.py; a cell is one refresh of two datasets, of which the
first meets the fault.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from upstreams_here import asking, patient

from sources.errors import SourceError
from sources.refresh.ask import Asking, module_of
from sources.refresh.fetch import fetch
from sources.refresh.judgement import Needs
from sources.store.snapshots import Store
from tests.upstreams import matrix
from tests.upstreams.faults import every
from tests.upstreams.matrix import HELD, RECOVERS, Player
from tests.upstreams.server import Upstreams, World


@pytest.fixture(scope="module")
def server() -> Iterator[Upstreams]:
    with Upstreams().start() as running:
        yield running


@pytest.fixture(scope="module")
def seeds(server, tmp_path_factory) -> dict[int, Path]:
    """For each row of the table a store after a refresh in which all was well."""
    made = {}
    for row, player in enumerate(matrix.PLAYERS):
        _reset(server, player)
        root = tmp_path_factory.mktemp("seed") / "snapshots"
        report = fetch(player.stated(), Store(root), live=True, client=asking(server), log=_nobody)
        assert (len(report.new), report.failed, report.held) == (2, (), ())
        made[row] = root
    return made


def _reset(server: Upstreams, player: Player) -> World:
    server.world = World()
    player.prepare(server.world)
    return server.world


def _nobody(sentence: str) -> None:
    pass


CELLS = [
    pytest.param(
        matrix.PLAYERS.index(player), fault, id=f"{player.provider}-{fault}".replace(" ", "_")
    )
    for player, fault in matrix.cells()
]


def test_every_cell_is_tried_or_explained():
    assert matrix.uncovered() == []
    assert {p.provider for p in matrix.PLAYERS} == {
        p for p in matrix.made.catalog().providers if module_of(p).HOSTS
    }


@pytest.mark.parametrize(("row", "fault"), CELLS)
def test_fault(server, seeds, tmp_path, row, fault):
    player = matrix.PLAYERS[row]
    world = _reset(server, player)
    root = tmp_path / "snapshots"
    shutil.copytree(seeds[row], root)
    store = Store(root)
    before = store.newest(player.provider, player.dataset)
    world.publish(player.about)
    world.publish(player.other_about)
    world.faults[player.about] = every(player.way)[fault]
    if fault == "vanished dataset":
        player.vanish(world)
    waited: list[float] = []

    client = asking(server, waited, patient(fault))
    report = fetch(player.stated(), store, live=True, client=client, log=_nobody)

    assert player.other in [s.dataset for s in report.new], f"the other goes on: {report}"
    now = store.newest(player.provider, player.dataset)
    assert store.verify() == []
    expected = player.expected(fault)
    if expected == RECOVERS:
        assert (report.failed, report.held) == ((), ())
        assert player.dataset in [s.dataset for s in report.new]
        assert fault != "429 with Retry-After" or any(0.5 < s <= 1.0 for s in waited)
        return
    assert now == before, "what is used stays what it was"
    told = dict(report.held if expected == HELD else report.failed)
    assert list(told) == [player.dataset], report
    sentence = told[player.dataset]
    assert f"{player.provider}/{player.dataset}" in sentence
    assert expected == HELD or "https://" in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    assert "report it" not in sentence
    assert "planted-signature" not in sentence
    if expected != HELD:
        with pytest.raises(SourceError) as caught:
            _again(player, store, server, fault)
        assert type(caught.value).__name__ == expected, caught.value


def _again(player: Player, store: Store, server: Upstreams, fault: str) -> None:
    """The same once more, for the kind of the error."""
    client = asking(server, patience=patient(fault))
    Asking(player.stated(), player.dataset, store, client, Needs()).fate()


def test_the_table_in_the_docs_is_this_one():
    page = Path(__file__).parents[2] / "docs" / "upstreams.md"
    assert matrix.as_markdown() in page.read_text(encoding="utf-8")
