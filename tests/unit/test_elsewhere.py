"""A home on an object store (a real S3 server in this process): tables, releases, pointer and lease."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
import released
from released import STATEMENTS
from test_lease import waits_until_it_is_killed

from pipelines import lease
from warehouse import elsewhere, release, store, tables
from warehouse.elsewhere import Elsewhere, ObjectChanged, Objects
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.surveys.intake import shelves

ROOT = Path(__file__).parents[2]
FIRST, SECOND, THIRD = "2026.11.23.1", "2026.11.24.1", "2026.11.25.1"


@pytest.fixture(scope="module")
def server():
    from moto.server import ThreadedMotoServer

    before = dict(os.environ)
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    where = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": f"http://{host}:{port}"}
    os.environ |= keys | where
    yield running
    running.stop()
    os.environ.clear()
    os.environ |= before


@pytest.fixture
def url(server) -> str:
    bucket = f"b{os.urandom(4).hex()}"
    Objects(f"s3://{bucket}").client().create_bucket(Bucket=bucket)
    return f"s3://{bucket}/observatory"


@pytest.fixture
def machine(url, tmp_path) -> Callable[[str], Home]:
    """The same home, seen from a machine of that name with a folder of its own."""
    return lambda name: Home(tmp_path / name, url)


def place(home: Home) -> Elsewhere:
    found = home.elsewhere
    assert found is not None
    return found


def sums(folder: Path) -> list[str]:
    lines = (folder / release.SUMS).read_text().splitlines()
    return [line for line in lines if "  parquet/" in line]


def publish(home: Home, name: str, said: str = "first") -> Path:
    """A release of few files, put in place as a real one is."""
    building = home.releases / f".building-{name}"
    (building / "parquet").mkdir(parents=True)
    (building / "parquet" / "unit.parquet").write_text(said)
    (building / "dictionary.html").write_text(said)
    release._write_sums(building)
    return release._put_in_place(home, building, name)


def test_a_table_that_one_machine_writes_is_read_on_another(machine):
    one, two = machine("one"), machine("two")
    unit = tables.of("unit")
    assert not two.table("unit").exists()
    version = store.write(store.empty(unit), unit, one.table("unit"))
    assert not two.table("unit").exists(), "what a step sees does not change while it runs"
    two.refresh()
    assert store.digest(two.table("unit")) == version
    store.remove(one.table("unit"))
    two.refresh()
    assert not two.table("unit").exists()


def test_a_spoiled_copy_and_one_that_was_never_sent_give_way_to_what_the_store_has(machine):
    one = machine("one")
    unit = tables.of("unit")
    path = one.table("unit")
    version = store.write(store.empty(unit), unit, path)
    path.write_bytes(b"half a file")
    one.refresh()
    assert store.digest(one.table("unit")) == version
    path.unlink()
    one.refresh()
    assert store.digest(one.table("unit")) == version


def test_only_one_of_two_replaces_an_object(url):
    objects = Objects(url)
    first = objects.write("pointer", b"1", "")
    with pytest.raises(ObjectChanged):
        objects.write("pointer", b"2", "")
    objects.write("pointer", b"2", first)
    with pytest.raises(ObjectChanged):
        objects.write("pointer", b"3", first)
    assert objects.read("pointer")[0] == b"2"


def test_a_release_has_the_same_parquet_as_in_a_folder_and_is_read_anywhere(machine, tmp_path, url):
    import s3fs

    folder = released.first()
    one, two = machine("one"), machine("two")
    made = released.build(one)
    assert sums(made) == sums(folder)
    seen = release.current(two)
    assert seen is not None and seen.name == FIRST and sums(seen) == sums(folder)
    release.verify(seen)
    with duckdb.connect(
        str(two.releases / "current" / "observatory.duckdb"), read_only=True
    ) as con:
        assert con.execute("select count(*) > 0 from observation").fetchone() == (True,)
    # In the bucket itself: by a registered filesystem, with no extension.
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as con:
        con.register_filesystem(s3fs.S3FileSystem(skip_instance_cache=True))
        where = f"{url}/releases/{made.name}/parquet/observation.parquet"
        there = con.sql(f"from read_parquet('{where}') order by all").fetchall()
        here = made / "parquet" / "observation.parquet"
        assert there == con.sql(f"from read_parquet('{here}') order by all").fetchall() != []


def test_rollback_and_pruning_are_as_on_disk(machine):
    one, two = machine("one"), machine("two")
    publish(one, FIRST)
    publish(one, SECOND, "second")
    publish(one, THIRD)
    assert [p.name for p in release.list_releases(two)] == [FIRST, SECOND, THIRD]
    assert release.named(two, "previous").name == SECOND
    assert release.rollback(two).name == SECOND
    place(one).refresh()
    now = release.current(one)
    assert now is not None and now.name == SECOND
    release._prune(one, keep=1)
    assert place(two).releases() == [SECOND, THIRD]
    with pytest.raises(WarehouseError, match=r"no release '2026.11.23.1' in s3://.*choose one of"):
        release.rollback(two, FIRST)


def test_a_release_that_was_spoiled_in_the_store_is_never_used(machine):
    one, two = machine("one"), machine("two")
    publish(one, FIRST)
    publish(one, SECOND, "second")
    place(one).objects.write(f"releases/{FIRST}/parquet/unit.parquet", b"spoiled")
    with pytest.raises(WarehouseError, match=r"unit.parquet.*is not as it was published"):
        release.rollback(two)
    seen = release.current(two)
    assert seen is not None and seen.name == SECOND


def test_a_publication_that_fails_leaves_the_release_before_and_is_swept(machine, monkeypatch):
    one, two = machine("one"), machine("two")
    publish(one, FIRST)
    written = Objects.write

    def fails(self, name: str, *more, **given) -> str:
        if name == f"releases/{SECOND}/dictionary.html":
            raise WarehouseError(f"{self.url}/{name} cannot be used (503): check the address.")
        return written(self, name, *more, **given)

    monkeypatch.setattr(Objects, "write", fails)
    with pytest.raises(WarehouseError, match=r"^s3://.*503"):
        publish(one, SECOND, "second")
    monkeypatch.undo()
    assert place(two).releases() == [FIRST]
    seen = release.current(two)
    assert seen is not None and seen.name == FIRST
    assert place(one).objects.names(f"releases/{SECOND}/"), "some of its files had arrived"
    publish(one, THIRD, "third")
    assert not place(one).objects.names(f"releases/{SECOND}/")


def test_who_published_meanwhile_wins(machine, monkeypatch):
    one = machine("one")
    publish(one, FIRST)
    sent = Elsewhere._send_tree

    def slow(self, folder: Path, prefix: str, last: str) -> None:
        sent(self, folder, prefix, last)
        if prefix.startswith("releases/2026.11.24"):  # the other one is faster
            self.objects.write("releases/current", b"2026.11.23.9\n")

    monkeypatch.setattr(Elsewhere, "_send_tree", slow)
    with pytest.raises(WarehouseError, match="another machine published meanwhile"):
        publish(one, SECOND, "second")
    assert place(one).pointer()[0] == "2026.11.23.9"


def test_a_candidate_waits_for_every_machine(machine):
    one, two = machine("one"), machine("two")
    made = publish(one, FIRST)
    building = one.root / "releases" / ".building-x"
    shutil.copytree(made, building)
    (building / release.WAITING).write_text('{"reasons": ["much was lost"]}')
    release._write_sums(building)
    release._keep_candidate(one, building)
    assert release.waits(two) == ["much was lost"]
    release._forget_candidate(one)
    place(two).refresh()
    assert release.waits(two) == [] and not two.candidate.exists()


def test_the_lease_is_one_for_all_machines(machine, monkeypatch):
    home = machine("one")
    monkeypatch.setenv("OBSERVATORY_WORK", str(home.root))
    waits_until_it_is_killed(Home.at(home.url))


def test_a_holder_that_stopped_renewing_loses_the_lease_on_the_store(machine, monkeypatch):
    register = lease.of(machine("one"))
    monkeypatch.setattr(lease, "_place", lambda: "other/1")
    assert register.swap(lease.Mark.mine("a run that died").text, register.read()[1])
    monkeypatch.undo()
    assert lease.holder(register) is not None
    monkeypatch.setattr(lease.time, "time", lambda: 2e10)
    assert lease.holder(register) is None
    with lease.hold(register, "build"):
        holder = lease.holder(register)
        assert holder is not None and holder.who == "build"


def test_survey_answers_are_refused(url, tmp_path, monkeypatch):
    monkeypatch.setattr(elsewhere, "_OPEN", {})
    monkeypatch.setenv("OBSERVATORY_WORK", str(tmp_path / "work"))
    home = Home.at(url)
    with pytest.raises(WarehouseError, match=r"stay on one machine.*a folder of that machine"):
        shelves.put(home.protected / "wave" / "batch.parquet", b"names")
    assert not home.protected.exists()


def test_a_store_that_cannot_be_used_is_a_sentence(server, tmp_path):
    with pytest.raises(
        WarehouseError, match=r"s3://nobody-made-this/x.*cannot be used.*credential"
    ):
        Home(tmp_path, "s3://nobody-made-this/x").table("unit")
    with pytest.raises(
        WarehouseError, match=r"'ftp://a/b'; write a folder, or .* s3://bucket/pref"
    ):
        Home.at("ftp://a/b").table("unit")


WRITE = """
import sys
from warehouse import store, tables
from warehouse.home import Home
home = Home.from_environment()
unit = tables.of("unit")
while True:
    store.write(store.empty(unit), unit, home.table("unit"))
    print("written", flush=True)
"""


@pytest.mark.system
def test_a_killed_writer_leaves_a_whole_table(machine):
    home = machine("one")
    given = {"OBSERVATORY_HOME": home.url, "OBSERVATORY_WORK": str(home.root)}
    for _ in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITE],
            env=os.environ | given,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout and writer.stdout.readline() == "written\n"
        time.sleep(random.uniform(0, 0.1))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        for name in ("one", "two"):
            seen = machine(name)
            seen.refresh()
            assert store.read(seen.table("unit")).num_rows == 0


def test_a_folder_asks_no_store(tmp_path, monkeypatch):
    monkeypatch.setattr(elsewhere, "_OPEN", {})
    released.build(Home(tmp_path / "home"))
    assert elsewhere._OPEN == {} and not (tmp_path / "home" / ".versions").exists()
    assert {p.stem for p in (tmp_path / "home" / "tables").glob("*.parquet")} <= set(STATEMENTS)
