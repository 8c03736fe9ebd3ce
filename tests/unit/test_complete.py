"""A night with nothing new makes no graph; whatever else is so, the plan is made from the graph."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
import standins

import pipelines
from pipelines import complete, definitions, flow, instance, plan, refreshes, status
from warehouse.home import Home

ROOT = Path(pipelines.__file__).parent.parent


class House:
    """A home of the small graph, a copy of some code and packages, and how often the graph was made."""

    def __init__(self, folder: Path):
        self.home, self.plant, self.graphs = Home(folder / "home"), standins.Plant(), 0

    def assets(self) -> list[dg.AssetsDefinition]:
        return standins.assets(self.plant)

    def whole(self) -> flow.Graph:
        self.graphs += 1
        assets = self.assets()
        return definitions.make(self.home, live=False, assets=assets, loggers={}), assets

    def refresh(self, job: str = "refresh_everything") -> flow.Outcome:
        self.graphs = 0
        last = complete.LastComplete(self.home)
        asking = [a for a in self.assets() if a.key.path[0] in ("fetch", "raw")]
        made = dg.Definitions(
            asking, jobs=refreshes.jobs(asking), resources={"workspace": Space(self.home)}
        )
        runner = flow.Runner(self.home, made, asking, last=last, whole=self.whole)
        return runner.refresh(job, who="test", on_wait=print)

    def run(self, key: str) -> None:
        """One asset alone, as a person launches it in the UI."""
        made, assets = self.whole()
        with instance.open_instance(self.home) as opened:
            flow.Runner(self.home, made, assets)._run(
                opened, "rebuild_everything", [tuple(key.split("/"))], flow.Outcome()
            )


def Space(home: Home):
    from assets.workspace import Workspace

    return Workspace(home=home.address, live=False)


def use(folder: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """The house in a folder, with its code and packages in place of ours."""
    monkeypatch.setattr(complete, "ROOT", folder / "code")
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder / "packages")])
    return House(folder)


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A house that was built completely."""
    folder = tmp_path_factory.mktemp("complete")
    (folder / "code" / "catalog").mkdir(parents=True)
    (folder / "code" / "catalog" / "area.yaml").write_text("area")
    (folder / "code" / "assets").mkdir()
    (folder / "code" / "assets" / "tables.py").write_text("made = 1")
    (folder / "packages" / "polars-1.0.dist-info").mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        house = use(folder, patch)
        assert len(house.refresh().built) == 6 and house.graphs == 1
    return folder


@pytest.fixture
def house(built, tmp_path, monkeypatch) -> House:
    """A copy of it that a test may spoil."""
    shutil.copytree(built, tmp_path / "house", symlinks=True)
    return use(tmp_path / "house", monkeypatch)


def test_a_night_with_nothing_new_makes_no_graph(house):
    for job in ("refresh_everything", "refresh_alpha"):
        house.plant.made.clear()
        outcome = house.refresh(job)
        assert outcome.nothing_new and not outcome.failed and not outcome.red
        assert house.graphs == 0
        asked = {n.split("/")[1] for n in house.plant.made}
        assert asked == ({"alpha", "beta"} if job == "refresh_everything" else {"alpha"})
        assert {n.split("/")[0] for n in house.plant.made} == {"fetch", "raw"}
    with instance.open_instance(house.home) as opened:
        names = [r.job_name for r in opened.get_runs(limit=2)]
        assert names == ["refresh_alpha", "refresh_everything"]
        assert all(r.is_success for r in opened.get_runs())


def table(house: House) -> Path:
    return house.home.table("observation")


def edit_catalog(house: House) -> None:
    (complete.ROOT / "catalog" / "area.yaml").write_text("another area")


def edit_module(house: House) -> None:
    (complete.ROOT / "assets" / "tables.py").write_text("made = 2")


def add_indicator(house: House) -> None:
    (complete.ROOT / "catalog" / "new.yaml").write_text("new")


def remove_indicator(house: House) -> None:
    (complete.ROOT / "catalog" / "area.yaml").unlink()


def upgrade(house: House) -> None:
    packages = complete.ROOT.parent / "packages"
    (packages / "polars-1.0.dist-info").rename(packages / "polars-2.0.dist-info")


def install_again(house: House) -> None:
    packages = complete.ROOT.parent / "packages"
    (packages / "polars-1.0.dist-info").rmdir()
    (packages / "polars-1.0.dist-info").mkdir()


def change_table(house: House) -> None:
    stat = table(house).stat()
    table(house).write_text("maed")  # as long, and as old
    os.utime(table(house), ns=(stat.st_atime_ns, stat.st_mtime_ns))


def truncate_release(house: House) -> None:
    with (house.home.releases / "current" / "observatory.duckdb").open("r+b") as file:
        file.truncate(100)


def remove_from_release(house: House) -> None:
    (house.home.releases / "current" / "observatory.duckdb").unlink()


def roll_back(house: House) -> None:
    other = house.home.releases / "2025.01.01.1"
    standins.release(other)
    (house.home.releases / "current").unlink()
    (house.home.releases / "current").symlink_to(other.name)


def wait(house: House) -> None:
    house.home.candidate.mkdir()


def forget_atlas(house: House) -> None:
    folder = house.home.publications / "2026.01.01.1" / "atlas"
    folder.rmdir() if folder.exists() else folder.mkdir(parents=True)


def interrupted(house: House) -> None:
    status.record(house.home, "build", status.INTERRUPTED, ["it was interrupted"])


def failed(house: House) -> None:
    status.record(house.home, "rebuild_everything", status.FAILURE, ["it failed"])


def wipe(house: House) -> None:
    with instance.open_instance(house.home) as opened:
        opened.wipe_assets([dg.AssetKey("observation")])


def judge_red(house: House) -> None:
    house.plant.red = {"indicator/of_alpha"}
    house.run("indicator/of_alpha")


def make_other(house: House) -> None:
    house.plant.code = "2"
    house.run("indicator/of_alpha")


def new_snapshot(house: House) -> None:
    house.plant.bytes["beta"] = "2"


def no_answer(house: House) -> None:
    house.plant.fail = {"raw/beta/d"}


def held(house: House) -> None:
    house.plant.red = {"fetch/beta"}


def spoil_note(house: House) -> None:
    house.home.complete.write_text('{"code": ')


def forget_note(house: House) -> None:
    house.home.complete.unlink()


def remove_table(house: House) -> None:
    table(house).unlink()


def remove_indicator_table(house: House) -> None:
    house.home.indicator("of_alpha").unlink()


def unpublish(house: House) -> None:
    (house.home.releases / "current").unlink()


AT_REST = [
    *(edit_catalog, edit_module, add_indicator, remove_indicator, upgrade, install_again),
    *(change_table, remove_table, remove_indicator_table, truncate_release, remove_from_release),
    *(roll_back, unpublish, wait, forget_atlas, interrupted, failed, wipe, judge_red, make_other),
    *(spoil_note, forget_note),
]
BY_A_RUN = [new_snapshot, no_answer, held, edit_catalog, interrupted]


@pytest.mark.parametrize("cause", AT_REST, ids=lambda c: c.__name__)
def test_whatever_changed_the_home_is_not_as_the_last_complete_build_left_it(house, cause):
    with instance.open_instance(house.home) as opened:
        assert complete.LastComplete(house.home).unchanged(opened)
        cause(house)
        assert not complete.LastComplete(house.home).unchanged(opened)


@pytest.mark.parametrize("name", ["PROFILE", "EXECUTOR", "PUBLICATIONS", "SNAPSHOTS"])
def test_another_setting_is_another_home(house, monkeypatch, name):
    with instance.open_instance(house.home) as opened:
        monkeypatch.setenv(f"OBSERVATORY_{name}", "another")
        assert not complete.LastComplete(house.home).unchanged(opened)


@pytest.mark.parametrize("cause", BY_A_RUN, ids=lambda c: c.__name__)
def test_then_the_graph_decides(house, cause):
    cause(house)
    house.refresh()
    assert house.graphs == 1


def test_what_was_made_anew_is_complete_again(house):
    new_snapshot(house)
    outcome = house.refresh()
    assert ("history", "beta", "d") in outcome.built and house.graphs == 1
    assert house.refresh().nothing_new and house.graphs == 0


def test_a_home_that_was_moved_is_complete(house, tmp_path):
    house.home.root.rename(tmp_path / "moved")
    house.home = Home(tmp_path / "moved")
    assert house.refresh().nothing_new and house.graphs == 0


@pytest.mark.parametrize("name", ["history/alpha/d", "release"])
def test_a_build_that_failed_leaves_nothing_complete(house, name):
    new_snapshot(house)
    house.plant.bytes["alpha"] = "2"
    house.plant.fail = {name}
    assert house.refresh().failed
    assert not house.home.complete.exists()
    house.plant.fail = set()
    assert house.refresh().built and house.graphs == 1
    assert house.home.complete.exists()


def test_what_is_red_is_never_complete(house):
    new_snapshot(house)
    house.plant.red = {"indicator/of_beta"}
    assert house.refresh().red
    assert not house.home.complete.exists()


def test_code_that_was_edited_during_a_build_is_not_what_was_built(house, monkeypatch):
    new_snapshot(house)
    compare = plan.compare

    def edited(*given):
        edit_module(house)
        return compare(*given)

    monkeypatch.setattr(plan, "compare", edited)
    assert house.refresh().built
    assert not house.home.complete.exists()


ASKS = """
import sys
from pipelines import complete, flow, refreshes
from warehouse.home import Home
home = Home.from_environment()
complete.LastComplete(home)
made, assets = refreshes.asking(home, live=False, loggers={})
made.resolve_job_def("refresh_everything")
print(*sorted(m for m in sys.modules if m.partition(".")[0] in complete.ROOMS))
print(made.resolve_job_def("refresh_everything").get_job_snapshot_id())
"""
WHOLE = """
from pipelines import definitions
made = definitions.make(definitions.Home.from_environment(), live=False, loggers={})
print(made.resolve_job_def("refresh_everything").get_job_snapshot_id())
"""


def test_asking_loads_no_tables_and_is_the_job_that_the_daemon_runs():
    said = [
        subprocess.run(
            [sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, check=False
        )
        for text in (ASKS, WHOLE)
    ]
    assert [run.returncode for run in said] == [0, 0], [run.stderr[-2000:] for run in said]
    loaded, job = said[0].stdout.splitlines()[-2:]
    assert job == said[1].stdout.splitlines()[-1]
    rooms = ("assets.tables", "assets.indicators", "assets.release", "assets.publications")
    assert not {*rooms, "pipelines.definitions", "expectations.gx"} & set(loaded.split())


def test_a_command_that_leaves_at_once_has_said_everything():
    text = (
        "import atexit, sys; from pipelines import cli; from pipelines.commands import build\n"
        "atexit.register(print, 'later'); cli.main = lambda: sys.exit(build.AtOnce(3))\n"
        "print('said'); cli.command()"
    )
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (3, "said\n")
