"""The release: what is in it, what never does, and what a fault leaves behind."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from rows import mounted, observations, rows
from world import CLOSED, OPEN, STATEMENTS, WIDE, World, figures, left

from warehouse import dictionary, published, release, store, tables
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.methods.comparison import comparison
from warehouse.methods.latest import latest

ROOT = Path(__file__).parents[2]
# A few in the suite; `make soak` does 20 kills, and 8 readers over 20 publications.
KILLS = int(os.environ.get("OBSERVATORY_KILLS", "2"))
READERS = int(os.environ.get("OBSERVATORY_READERS", "3"))
PUBLICATIONS = int(os.environ.get("OBSERVATORY_SOAK_RELEASES", "6"))


def ask(folder: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(folder / published.FILE), read_only=True) as con:
        return con.execute(sql).fetchall()


def unchanged(home: Home, folder: Path) -> None:
    assert release.current(home) == folder
    assert release.list_releases(home) == [folder]
    assert left(home) == []
    release.verify(folder)


# What is in it.


def test_a_release_holds_everything_and_current_points_at_it(whole):
    def docs(folder: Path) -> None:
        (folder / "index.html").write_text("judged")

    folder = whole.publish(data_docs=docs, info={"licence": "CC BY 4.0"})
    assert folder == whole.home.releases / "2026.11.23.1"
    assert release.current(whole.home) == folder
    assert (whole.home.releases / "current").readlink() == Path("2026.11.23.1")
    assert sorted(p.name for p in folder.iterdir()) == [
        "CHANGES.md",
        "CITATION.bib",
        "CITATION.cff",
        "LICENCES.md",
        "METHODOLOGY.md",
        "QUALITY.md",
        "README.ca.md",
        "README.es.md",
        "README.fr.md",
        "README.md",
        "RECENCY.md",
        "SHA256SUMS",
        "crosswalk",
        "data_docs",
        "dictionary.csv",
        "dictionary.html",
        "dictionary.json",
        "diff.json",
        "licences.csv",
        "llms.txt",
        "made_of.json",
        "observatory.duckdb",
        "parquet",
        "release.json",
    ]
    assert {p.stem for p in (folder / "parquet").iterdir()} == set(STATEMENTS)
    done = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folder, check=False)
    assert done.returncode == 0
    assert "data_docs/index.html" in (folder / "SHA256SUMS").read_text()
    assert left(whole.home) == []


def test_releases_of_a_day_are_counted(world):
    names = [world.publish(date=d).name for d in ("2026.11.23", "2026.11.23", "2026.11.24")]
    assert names == ["2026.11.23.1", "2026.11.23.2", "2026.11.24.1"]
    assert left(world.home) == []


def test_every_table_and_column_has_its_comment_and_type(published_once):
    folder = published_once
    comments = dict(ask(folder, "select table_name, comment from duckdb_tables()"))
    assert comments == {n: t.meaning for n, t in STATEMENTS.items()}
    found = {
        (t, c): (kind, says, null)
        for t, c, kind, says, null in ask(
            folder,
            "select table_name, column_name, data_type, comment, is_nullable "
            "from duckdb_columns() where not internal",
        )
    }
    for name, statement in STATEMENTS.items():
        for c in statement.columns:
            kind, says, null = found[name, c.name]
            assert says.startswith(c.meaning)
            assert null == c.null
            if c.name in published.CODES and statement.kind == "figures":
                listed = kind.removeprefix("ENUM(").removesuffix(")").split(", ")
                assert kind == c.type or len(listed) <= published.MOST_CODES
            else:
                assert kind == c.type
    assert found["latest", "scale"][0].startswith("ENUM('fua'")
    assert found["latest", "metro_id"][0] == found["scale", "scale"][0] == "VARCHAR"
    says = found["observation", "unit"][1]
    assert says == "Unit of the value. One of unit.unit. Part of the key."
    assert ask(folder, "select count(*) from duckdb_views() where not internal") == [(0,)]
    assert ask(
        folder, "select count(*) from duckdb_constraints() where constraint_type = 'PRIMARY KEY'"
    ) == [(0,)]


def test_rows_keep_their_order_and_equal_parquet(published_once):
    folder = published_once
    with duckdb.connect(str(folder / published.FILE), read_only=True) as con:
        for name, statement in STATEMENTS.items():
            columns = ", ".join(f'"{c.name}"::{c.type} as "{c.name}"' for c in statement.columns)
            inside = con.sql(f"select {columns} from {name}").to_arrow_table()
            outside = store.read(folder / "parquet" / f"{name}.parquet")
            assert inside.cast(outside.schema).equals(outside), name


def test_as_of(published_once):
    folder = published_once
    sql = "select period, value from observation_as_of({}) where metro_id = 'es-barcelona' and period = '2010'"
    assert ask(folder, sql.format("'2023-06-01'::DATE")) == [("2010", 1.25)]
    assert ask(folder, sql.format("'2024-05-01 12:00:00'::TIMESTAMP")) == [("2010", 2010.0)]
    assert ask(folder, sql.format("TIMESTAMP '2022-01-01'")) == []


CLIENT = """
import duckdb, json, sys
file, how = sys.argv[1:]
if how == "directly":
    con, at = duckdb.connect(file, read_only=True), ""
else:
    con, at = duckdb.connect(), "other."
    con.execute(f"ATTACH '{file}' AS other (READ_ONLY)")
count = "select count(*), count(distinct metro_id), max(value) from {}observation where scale = 'fua'"
said = {
    "version": duckdb.__version__,
    "figures": con.execute(count.format(at)).fetchone(),
    "wide": con.execute(f"select metro_id, gdp from {at}comparison_economy order by all").fetchall(),
    "table": con.execute("select comment from duckdb_tables() where table_name = 'latest'").fetchall(),
    "bare": con.execute("select count(*) from duckdb_columns() where not internal and comment is null and table_name <> 'x'").fetchone(),
    "types": [c[1].split("(")[0] for c in con.execute(f"describe {at}latest").fetchall()],
    "described": len(str(con.execute(f"describe {at}latest").fetchall())),
    "text": con.execute(f"select unit_id, scale from {at}latest order by all limit 1").fetchall(),
    "typo": con.execute(f"select count(*) from {at}latest where metro_id = 'es-barcelonna'").fetchone(),
}
if at:
    con.execute("USE other")
said["as_of"] = con.execute("select count(*) from observation_as_of(TIMESTAMP '2023-06-01')").fetchone()
asked = "select verdict, reasons from comparable('gdp', 'es-barcelona', 'gr-athens', '2018')"
said["comparable"] = con.execute(asked).fetchall()
asked = "select verdict from comparable_over_time('gdp', 'es-barcelona', '2011', '2018')"
said["over_time"] = con.execute(asked).fetchall()
print(json.dumps(said))
"""


@pytest.mark.parametrize("how", ["directly", "attached"])
@pytest.mark.parametrize("client", ["1.1", "1.4", "today"])
def test_old_clients_open_it(published_once, client, how):
    environment = {**os.environ}
    if client != "today":
        packages = ROOT / ".cache" / f"duckdb-{client}"
        if not (packages / "duckdb").is_dir():
            pytest.skip(f"{packages} is not there: `make test` installs this old client.")
        environment["PYTHONPATH"] = str(packages)
    done = subprocess.run(
        [sys.executable, "-c", CLIENT, str(published_once / published.FILE), how],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert client == "today" or said["version"].startswith(client)
    assert said["figures"] == [28, 3, 2020.0]
    assert said["wide"] == [["es-barcelona", 2018.0], ["gr-athens", 2019.0], ["lv-riga", 2020.0]]
    assert said["table"] == [[tables.of("latest").meaning]]
    assert said["bare"] == [0]
    assert set(said["types"]) == {"BIGINT", "DATE", "DOUBLE", "ENUM", "TIMESTAMP", "VARCHAR"}
    assert said["described"] < 5_000
    assert said["text"] == [["oecd_fua:0", "fua"]]
    assert said["typo"] == [0]
    assert said["as_of"] == [1]
    assert said["comparable"] == [["yes", ""]]
    assert said["over_time"] == [["yes"]]


def test_two_builds_give_the_same_parquet(whole, published_once):
    second = whole.publish(date="2027.01.01")
    for name in STATEMENTS:
        file = f"parquet/{name}.parquet"
        assert (published_once / file).read_bytes() == (second / file).read_bytes()
    assert release.fingerprint(published_once) == release.fingerprint(second)


def test_another_name_is_another_fingerprint(world):
    first = world.publish()
    world.put("metro", world.made["metro"].slice(0, 3).set_column(1, "name", [["a", "b", "c"]]))
    assert release.fingerprint(world.publish()) != release.fingerprint(first)


def test_a_night_without_news_publishes_nothing_new(world):
    first = world.publish()
    assert world.publish(again=False) == first
    assert release.list_releases(world.home) == [first]
    assert left(world.home) == []
    world.put("observation", figures().slice(1))
    assert world.publish(again=False) != first
    assert world.publish() == release.current(world.home)
    assert len(release.list_releases(world.home)) == 3


def test_the_footer_names_key_and_licences(published_once):
    says = store.metadata(published_once / "parquet" / "observation.parquet")
    assert says["key"] == ", ".join(tables.of("observation").key)
    assert json.loads(says["licences"]) == {
        "oecd/cities_gdp": {"licence": "CC BY 4.0", "attribution": "x"}
    }


def test_the_dictionary_page_says_everything_and_loads_nothing(whole):
    caveat = whole.made["indicator"].to_pylist()
    caveat[0]["caveats_en"] = "<script>alert(1)</script> & more"
    whole.put("indicator", rows(tables.of("indicator"), caveat))
    page = (whole.publish() / "dictionary.html").read_text()
    for name, statement in STATEMENTS.items():
        assert f"id='{name}'" in page
        for c in statement.columns:
            assert f"<code>{c.name}</code>" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in page
    assert not re.search(r"<(script|link|img|iframe)|@import|url\(|src=|https?://", page)
    targets = set(re.findall(r"id='([^']+)'", page))
    assert set(re.findall(r"href='#([^']+)'", page)) <= targets


def test_the_dictionary_page_needs_no_dictionaries():
    page = dictionary.page(
        {"latest": tables.of("latest")}, {}, {"latest": 1234}, {"release": "a<b"}
    )
    assert "1,234 rows" in page
    assert "a&lt;b" in page


# What never is in it.


def test_closed_figures_are_in_no_table(first_world, published_once):
    assert "777.5" in str(first_world.made["latest"]["value"].to_pylist())
    folder = published_once
    for name in ("observation", "latest", "ranking", "trend", "coverage", "quarantine"):
        found = ask(folder, f"select distinct source_id || '/' || dataset from {name}")
        assert found == [("oecd/cities_gdp",)], name
    wide = ask(
        folder,
        "select count(gdp), count(jobs), count(jobs__period), count(jobs__status) from comparison_economy",
    )
    assert wide == [(3, 0, 0, 0)]
    assert ask(folder, "select count(*) from accounting") == [(2,)]  # the proof counts all


def test_units_with_closed_figures_alone_have_no_wide_row(world):
    only = observations(
        [
            {
                "indicator_id": "jobs",
                "source_id": CLOSED[0],
                "dataset": CLOSED[1],
                "metro_id": "lv-riga",
            }
        ]
    )
    world.put("latest", latest(only))
    wide = comparison(latest(only), world.made["metro"], world.made["indicator"], WIDE)
    assert wide.num_rows == 1
    world.put("comparison_economy", wide)
    assert ask(world.publish(), "from comparison_economy") == []


def test_a_planted_closed_figure_stops_publication(world):
    before = world.publish()
    wide = world.made["comparison_economy"]
    planted = wide.set_column(7, wide.schema.field("gdp"), [[777.5, 2019.0, 2020.0]])
    world.put("comparison_economy", planted)
    with pytest.raises(
        WarehouseError, match="comparison_economy, column gdp: 1 figures are not in table latest"
    ):
        world.publish()
    unchanged(world.home, before)


def test_the_check_finds_closed_rows_in_a_finished_file(world, tmp_path):
    parquet = world.home.tables  # as they are before the gate
    file = tmp_path / published.FILE
    published.write(file, parquet, world.statements)
    with pytest.raises(
        WarehouseError, match="Table latest holds figures of survey/members, which may not"
    ):
        published.check(file, parquet, world.statements)


def test_figures_of_an_unknown_licence_stop_publication(world):
    before = world.publish()
    world.put("source", world.made["source"].slice(1))
    with pytest.raises(
        WarehouseError, match=r"Nothing was published\. .*oecd/cities_gdp, which table source"
    ):
        world.publish()
    unchanged(world.home, before)


def twice(world: World) -> None:
    ranked = world.made["ranking"]
    world.put("ranking", pa.concat_tables([ranked, ranked.slice(0, 1)]))


def unbalanced(world: World) -> None:
    row = {"source_id": OPEN[0], "dataset": OPEN[1], "balanced": False}
    world.put("accounting", rows(tables.of("accounting"), [row]))


def unlisted(world: World) -> None:
    world.put("scale", rows(tables.of("scale"), [{"scale": "city"}]))


def never_made(world: World) -> None:
    world.home.table("trend").unlink()


def damaged(world: World) -> None:
    world.home.table("trend").write_bytes(b"PAR1 but not really PAR1")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (twice, r"Table ranking: 1 keys .* stand more than once"),
        (unbalanced, "records of oecd/cities_gdp do not add up"),
        (unlisted, r"observation, column scale: 'fua' is not in the closed list scale\.scale;"),
        (never_made, "Table trend was never made"),
        (damaged, r"trend\.parquet: this is not a readable Parquet file"),
    ],
)
def test_a_fault_stops_publication_and_touches_nothing(world, fault, sentence):
    before = world.publish()
    fault(world)
    with pytest.raises(WarehouseError, match=sentence) as told:
        world.publish()
    assert str(told.value).startswith("Nothing was published. ")
    assert "\n" not in str(told.value)
    unchanged(world.home, before)


def test_a_date_that_is_none_is_an_error(world):
    with pytest.raises(WarehouseError, match=r"'\.\./x' is not a release date"):
        world.publish(date="../x")


def test_data_docs_that_fail_stop_publication(world):
    before = world.publish()

    def docs(folder: Path) -> None:
        raise RuntimeError("the pages could not be made")

    with pytest.raises(RuntimeError, match="the pages could not be made"):
        world.publish(data_docs=docs)
    unchanged(world.home, before)


# Disks, kills, readers.


@pytest.mark.system  # a small disk is mounted by root
@pytest.mark.parametrize("free_kb", [24, 400, 4000])
def test_a_full_disk_touches_nothing_published(world, tmp_path, free_kb):
    with mounted(tmp_path / "disk", "size=48m") as disk:
        home = Home(disk)
        before = world.publish(home=home)
        room = os.statvfs(disk)
        size = room.f_bavail * room.f_frsize - free_kb * 1024
        (disk / "other").write_bytes(b"\0" * size)
        with pytest.raises(WarehouseError, match=r"^Nothing was published\. .*the disk is full"):
            world.publish(home=home)
        unchanged(home, before)
        (disk / "other").unlink()
        assert world.publish(home=home).name == "2026.11.23.2"


@pytest.mark.system
def test_a_disk_that_may_not_be_written_touches_nothing(world, tmp_path):
    with mounted(tmp_path / "disk", "size=48m") as disk:
        home = Home(disk)
        before = world.publish(home=home)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with pytest.raises(WarehouseError, match="check that the folder may be written"):
            world.publish(home=home)
        unchanged(home, before)


def test_a_home_that_is_no_folder_is_a_sentence(world, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(WarehouseError, match="check that the folder may be written"):
        world.publish(home=Home(tmp_path / "file"))


def test_two_publications_at_once(world):
    def docs(folder: Path) -> None:
        with pytest.raises(WarehouseError, match="another publication is under way"):
            world.publish()

    assert world.publish(data_docs=docs).name == "2026.11.23.1"


def test_the_last_ones_are_kept_and_never_the_current_one_removed(world):
    names = [world.publish(keep=3).name for _ in range(5)]
    assert [p.name for p in release.list_releases(world.home)] == names[2:]
    old = release.rollback(world.home, names[2])
    (world.home.releases / "2026.11.23.10").mkdir()
    assert release.list_releases(world.home)[-1].name == "2026.11.23.10"  # as numbers, not as text
    release._prune(world.home, 1)
    assert [p.name for p in release.list_releases(world.home)] == [old.name, "2026.11.23.10"]
    assert release.current(world.home) == old


def test_rollback(world):
    assert release.current(world.home) is None
    assert release.list_releases(world.home) == []
    with pytest.raises(WarehouseError, match="There is no release before the first"):
        release.rollback(world.home)
    first, second, third = (world.publish() for _ in range(3))
    assert release.rollback(world.home) == second == release.current(world.home)
    assert release.rollback(world.home) == first
    with pytest.raises(WarehouseError, match=r"There is no release before 2026\.11\.23\.1"):
        release.rollback(world.home)
    assert release.rollback(world.home, third.name) == third
    with pytest.raises(WarehouseError, match=r"There is no release '1999\.1\.1\.1'"):
        release.rollback(world.home, "1999.1.1.1")
    (first / published.FILE).write_bytes(b"damaged")
    with pytest.raises(WarehouseError, match=r"Nothing was changed\. .*not as it was published"):
        release.rollback(world.home, first.name)
    assert release.current(world.home) == third


def _publish(world: World, times: int) -> None:
    for _ in range(times):
        world.publish(keep=3)


@pytest.mark.system
def test_kills_at_random_moments_leave_what_was_published(world):
    before = world.publish(keep=3)
    fork = multiprocessing.get_context("spawn")
    chance = random.Random(5)  # which moments they are differs all the same: machines do
    for _ in range(KILLS):
        process = fork.Process(target=_publish, args=(world, 50))
        process.start()
        while release.current(world.home) == before:  # until it is at work
            time.sleep(0.01)
        time.sleep(chance.random() * 0.8)
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        now = release.current(world.home)
        assert now is not None
        release.verify(now)
        assert ask(now, "select count(*) from observation") == [(28,)]
        before = world.publish(keep=3)
        assert release.current(world.home) == before
        assert left(world.home) == []


def _read(home: Home, stop, failures, done) -> None:
    """Open the current file again and again; one connection stays open all the while."""
    file = home.releases / "current" / published.FILE
    how: dict[str, Any] = {"read_only": True, "config": {"threads": 1}}
    count = "select count(*), sum(value::DECIMAL(18, 2)) from observation"
    first = duckdb.connect(str(file.resolve()), **how)
    expected = first.execute(count).fetchall()
    while not stop.is_set():
        try:
            with duckdb.connect(str(file), **how) as con:
                found = con.execute(count).fetchall()
            if found != expected or first.execute(count).fetchall() != expected:
                failures.put(f"{found} instead of {expected}")
        except Exception as error:
            failures.put(str(error))
        with done.get_lock():
            done.value += 1
        time.sleep(0.1)  # the two cores of a small machine are for the publications too


@pytest.mark.system
def test_readers_never_see_a_half_release(world):
    world.publish()
    fork = multiprocessing.get_context("spawn")
    stop, failures, done = fork.Event(), fork.Queue(), fork.Value("i", 0)
    readers = [
        fork.Process(target=_read, args=(world.home, stop, failures, done)) for _ in range(READERS)
    ]
    for reader in readers:
        reader.start()
    while done.value < READERS:
        time.sleep(0.05)
        assert all(r.is_alive() for r in readers)
    began = done.value
    for _ in range(PUBLICATIONS):
        world.publish()
    stop.set()
    for reader in readers:
        reader.join(30)
    assert failures.empty(), failures.get()
    assert [r.exitcode for r in readers] == [0] * READERS
    assert done.value - began > 2 * PUBLICATIONS
