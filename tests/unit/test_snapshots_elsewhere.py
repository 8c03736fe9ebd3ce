"""The snapshot store on S3 (a real server in this process) and on any other place of fsspec; two
writers at once; a writer that is killed; pruning."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sources.errors import Invalid, Refused
from sources.store.snapshots import Snapshot, Store
from tests.stalling import Stalling

ABOUT: dict[str, Any] = {
    "provider": "eurostat",
    "dataset": "met_d3area",
    "filename": "met_d3area.csv",
    "media_type": "text/csv",
    "url": "https://ec.europa.eu/data",
    "retrieved_at": datetime(2026, 11, 23, 3, 30),
    "licence": "CC-BY-4.0",
    "attribution": "Eurostat",
}
PUT = """
import sys, datetime
from pathlib import Path
from sources.store.snapshots import Store
root, cache, file = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
for i in range(5):
    Store(root, Path(cache)).put(
        Path(file), provider="eurostat", dataset=f"d{i}", filename="f", media_type="text/csv",
        url="https://ec.europa.eu/data", retrieved_at=datetime.datetime(2026, 11, 23),
        licence="CC-BY-4.0", attribution="Eurostat")
"""


@pytest.fixture(scope="module")
def server():
    from moto.server import ThreadedMotoServer

    keys = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    before = dict(os.environ)
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    os.environ |= keys | {"AWS_ENDPOINT_URL": f"http://{host}:{port}"}
    yield running
    running.stop()
    os.environ.clear()
    os.environ |= before


@pytest.fixture(params=["s3", "memory", "folder"])
def store(request, tmp_path: Path) -> Store:
    name = f"b{os.urandom(4).hex()}"
    if request.param == "folder":
        return Store(tmp_path / "snapshots")
    if request.param == "s3":
        request.getfixturevalue("server")
        import s3fs

        s3fs.S3FileSystem(skip_instance_cache=True).mkdir(name)
    return Store(f"{request.param}://{name}/kept", tmp_path / "copies")


def put(store: Store, tmp_path: Path, content: bytes, **about: Any) -> Snapshot:
    file = tmp_path / "answer"
    file.write_bytes(content)
    return store.put(file, **(ABOUT | about))


def overwrite(store: Store, snapshot: Snapshot, content: bytes) -> None:
    """Spoil the kept bytes behind the store's back."""
    store._shelf.write(f"objects/{snapshot.snapshot_id[:2]}/{snapshot.snapshot_id}", content)


def test_what_is_put_is_found_proved_and_listed(store: Store, tmp_path: Path) -> None:
    assert store.all() == [] and store.newest("eurostat", "met_d3area") is None
    kept = put(store, tmp_path, b"figures")
    assert store.path(kept).read_bytes() == b"figures"
    assert put(store, tmp_path, b"figures", dataset="other").snapshot_id == kept.snapshot_id
    assert [s.dataset for s in store.all()] == ["met_d3area", "other"]
    assert store.has("eurostat", "other", kept.snapshot_id)
    assert store.get("eurostat", "met_d3area", kept.snapshot_id) == kept
    assert store.newest("eurostat", "met_d3area") == kept
    assert store.verify() == []
    again = Store(store.root, tmp_path / "fresh")
    assert again.path(kept).read_bytes() == b"figures"


def test_a_flipped_bit_is_found_and_mended(store: Store, tmp_path: Path) -> None:
    kept = put(store, tmp_path, b"figures")
    overwrite(store, kept, b"figurer")
    assert len(store.verify()) == 1 and "damaged" in store.verify()[0]
    with pytest.raises(Invalid, match=r"damaged.*fetch the dataset again"):
        Store(store.root, tmp_path / "fresh").path(kept)
    put(store, tmp_path, b"figures")
    assert store.verify() == []
    store._shelf.remove(f"objects/{kept.snapshot_id[:2]}/{kept.snapshot_id}")
    assert "are gone" in store.verify()[0]


def test_a_damaged_local_copy_is_fetched_again(store: Store, tmp_path: Path) -> None:
    kept = put(store, tmp_path, b"figures")
    if isinstance(store.root, str):
        store.path(kept).write_bytes(b"x")
        assert store.path(kept).read_bytes() == b"figures"


def test_pruning_takes_bytes_and_leaves_what_is_needed(store: Store, tmp_path: Path) -> None:
    def edition(year: int, content: bytes = b"", **about: Any) -> Snapshot:
        moment = datetime(year, 1, 1)
        return put(store, tmp_path, content or str(year).encode(), retrieved_at=moment, **about)

    old, shared, untaken, newer, newest = [edition(y) for y in range(2019, 2024)]
    held = edition(2018, status="held")
    bundled = edition(2017, origin="bundled")
    other = edition(2030, b"2020", dataset="other")
    told: dict[str, Any] = {
        "keep": 2,
        "before": datetime(2023, 6, 1),
        "taken": lambda s: s.snapshot_id != untaken.snapshot_id,
    }
    assert [s.snapshot_id for s in store.prune(**told, dry_run=True)] == [
        old.snapshot_id,
        shared.snapshot_id,
    ]
    assert not any(s.pruned_at for s in store.all())
    assert {s.snapshot_id for s in store.prune(**told)} == {old.snapshot_id, shared.snapshot_id}
    assert store.prune(**told) == []
    assert store.verify() == []
    for kept in (untaken, newer, newest, held, bundled, other):
        assert store.path(kept).exists()
    gone = store.get("eurostat", "met_d3area", old.snapshot_id)
    assert gone.pruned_at and gone.licence == old.licence
    with pytest.raises(Invalid, match=r"were pruned on .* is in the history"):
        store.path(gone)
    again = put(store, tmp_path, b"2019")
    assert again.pruned_at is None and store.path(again).read_bytes() == b"2019"


def test_a_url_needs_a_folder_for_copies() -> None:
    with pytest.raises(Refused, match="say in which folder"):
        Store("memory://x/y").all()


def _writer(store: Store, tmp_path: Path, file: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PUT, str(store.root), str(tmp_path / "copies"), str(file)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)


@pytest.mark.parametrize("store", ["s3", "folder"], indirect=True)
def test_two_processes_may_put_the_same_bytes_at_once(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "answer"
    file.write_bytes(os.urandom(1 << 20))
    writers = [_writer(store, tmp_path, file) for _ in range(2)]
    for w in writers:
        assert w.stdout and w.stdout.readline() == "ready\n"
    for w in writers:
        assert w.stdin
        w.stdin.write("\n")
        w.stdin.flush()
    assert [w.wait(60) for w in writers] == [0, 0]
    assert len(store.all()) == 5
    assert store.verify() == []


@pytest.mark.parametrize("store", ["folder"], indirect=True)
def test_a_killed_writer_leaves_a_whole_store(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "answer"
    file.write_bytes(os.urandom(24 << 20))
    for delay in (0.0, 0.01, 0.03, 0.06):
        w = _writer(store, tmp_path, file)
        assert w.stdout and w.stdin and w.stdout.readline() == "ready\n"
        w.stdin.write("\n")
        w.stdin.flush()
        time.sleep(delay)
        w.send_signal(signal.SIGKILL)
        w.wait(30)
        assert store.verify() == []
        for kept in store.all():
            assert store.path(kept).stat().st_size == 24 << 20


STAGES: dict[str, Any] = {
    "the first bytes": (24, lambda sent, some: sent > 1 << 20),
    "half of it": (24, lambda sent, some: sent > 12 << 20),
    "all but the last bytes": (24, lambda sent, some: sent + len(some) >= 24 << 20),
    "the bytes, not yet the sidecar": (24, lambda sent, some: b".json HTTP" in some[:400]),
    "the second of several parts": (110, lambda sent, some: sent > 80 << 20),
}


@pytest.mark.system
@pytest.mark.parametrize("stage", STAGES)
def test_a_writer_killed_while_s3_takes_its_bytes_leaves_a_whole_store(
    stage: str, server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import s3fs

    s3fs.S3FileSystem(skip_instance_cache=True).mkdir(name := f"b{os.urandom(4).hex()}")
    store = Store(f"s3://{name}/kept", tmp_path / "copies")
    before = put(store, tmp_path, b"figures")
    size, enough = STAGES[stage]
    file = tmp_path / "large"
    file.write_bytes(os.urandom(size << 20))
    with Stalling(*server.get_host_and_port(), enough) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{proxy.port}")
        w = _writer(store, tmp_path, file)
        assert w.stdin and w.stdout and w.stdout.readline() == "ready\n"
        w.stdin.write("\n")
        w.stdin.flush()
        assert proxy.stalled.wait(30)
        w.send_signal(signal.SIGKILL)
        assert w.wait(30) == -signal.SIGKILL
    monkeypatch.undo()
    assert store.all() == [before] and store.verify() == []
    kept = put(store, tmp_path, file.read_bytes(), dataset="d0")
    assert store.all() == [kept, before] and store.verify() == []
    assert Store(store.root, tmp_path / "fresh").path(kept).read_bytes() == file.read_bytes()


def test_the_command_prunes_only_what_history_holds(tmp_path: Path, monkeypatch) -> None:
    from click.testing import CliRunner

    from pipelines.commands.snapshots import snapshots
    from warehouse.home import Home

    monkeypatch.setenv("OBSERVATORY_HOME", str(tmp_path))
    monkeypatch.setenv("OBSERVATORY_SNAPSHOTS", "memory://pruned/kept")
    home = Home(tmp_path)
    store = Store(home.snapshots, home.copies)
    old, untaken, _ = (
        put(store, tmp_path, str(y).encode(), retrieved_at=datetime(y, 1, 1))
        for y in (2019, 2020, 2021)
    )
    path = home.history("eurostat", "met_d3area")
    path.parent.mkdir(parents=True)
    held = json.dumps([["2019-01-01T00:00:00", old.snapshot_id, 1]])
    pq.write_table(pa.table({"a": [1]}).replace_schema_metadata({"editions": held}), path)
    runner = CliRunner()
    told = runner.invoke(snapshots, ["prune", "--keep", "1", "--older-than", "30", "--dry-run"])
    assert told.output.endswith("1 snapshots would go, 0.0 MB.\n"), told.output
    told = runner.invoke(snapshots, ["prune", "--keep", "1", "--older-than", "30"])
    assert f"eurostat/met_d3area: {old.snapshot_id[:12]} of 2019-01-01" in told.output
    told = runner.invoke(snapshots, ["verify"])
    assert told.output == "All 2 snapshots are whole; the bytes of 1 more were pruned.\n"
    assert store.path(untaken).read_bytes() == b"2020"


def test_a_bucket_that_is_not_there_is_a_sentence(server, tmp_path: Path) -> None:
    store = Store("s3://nobody-made-this/kept", tmp_path / "copies")
    assert store.all() == []
    with pytest.raises(
        Refused, match=r"s3://nobody-made-this/kept.*(cannot be used|cannot be kept)"
    ):
        put(store, tmp_path, b"figures")
