"""Parquet by statement: same rows, same bytes; whole files or none."""

import datetime
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import mounted, observations, rows

from warehouse import store, tables
from warehouse.errors import WarehouseError

SMALL = tables.Table(
    "small",
    "A table to test with.",
    (
        tables.Column("code", "VARCHAR", "Key.", False),
        tables.Column("year", "BIGINT", "Key.", False),
        tables.Column("value", "DOUBLE", "Value."),
        tables.Column("seen", "TIMESTAMP", "When."),
        tables.Column("day", "DATE", "Day."),
        tables.Column("sure", "BOOLEAN", "Whether."),
    ),
    ("code", "year"),
)


def small(pairs: list[tuple[str, int]], values: list[float] | None = None) -> pa.Table:
    values = values or [float(n) for n in range(len(pairs))]
    given = [{"code": c, "year": y, "value": v} for (c, y), v in zip(pairs, values, strict=True)]
    return rows(SMALL, given)


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


@pytest.mark.parametrize("statement", list(tables.stated().values()), ids=lambda t: t.name)
def test_every_statement_round_trips(statement, tmp_path):
    path = tmp_path / "t.parquet"
    made = rows(statement, [{}])
    store.write(made, statement, path)
    assert store.read(path).equals(made)
    assert store.read(path, dictionary=statement).cast(store.schema(statement)).equals(made)
    store.write(store.empty(statement), statement, path)
    assert store.read(path).schema == store.schema(statement)


def test_types_are_those_of_the_statement_to_duckdb(tmp_path):
    path = tmp_path / "t.parquet"
    store.write(small([("a", 1)]), SMALL, path)
    with duckdb.connect() as con:
        found = con.execute("describe from read_parquet(?)", [str(path)]).fetchall()
    assert [(n, t) for n, t, *_ in found] == [(c.name, c.type) for c in SMALL.columns]


def test_footer(tmp_path):
    path = tmp_path / "observation.parquet"
    digest = store.write(observations([{}]), tables.of("observation"), path, {"records": "7"})
    says = store.metadata(path)
    assert digest == store.digest(path)
    assert says["table"] == "observation"
    assert says["meaning"] == tables.of("observation").meaning
    assert says["key"].split(", ") == list(tables.of("observation").key)
    assert "licence of its dataset" in says["licence"]
    assert says["records"] == "7"
    column = pq.read_metadata(path).row_group(0).column(0)
    assert column.compression == "ZSTD"
    store.write(rows(tables.of("metro"), [{}]), tables.of("metro"), path)
    assert store.metadata(path)["licence"] == "CC BY 4.0"


def test_row_groups_of_122_880(tmp_path):
    path = tmp_path / "t.parquet"
    n = 122_881
    years = pa.array(np.arange(n)[::-1])
    table = small([("a", 1)]).take(pa.array(np.zeros(n, dtype=np.int64)))
    store.write(table.set_column(1, SMALL_YEAR, years), SMALL, path)
    about = pq.read_metadata(path)
    assert [about.row_group(g).num_rows for g in range(about.num_row_groups)] == [122_880, 1]
    assert store.read(path)["year"].to_pylist()[:2] == [0, 1]


SMALL_YEAR = store.schema(SMALL).field("year")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "B", "é", "Z", "ż", "aa", ""]), st.integers(-3, 3)),
        unique=True,
    ).flatmap(lambda pairs: st.tuples(st.just(pairs), st.permutations(pairs)))
)
def test_the_order_of_rows_never_matters(tmp_path_factory, both):
    pairs, shuffled = both
    folder = tmp_path_factory.mktemp("s")
    value = {p: float(n) for n, p in enumerate(pairs)}
    files = [
        store.write(small(p, [value[x] for x in p]), SMALL, folder / f"{n}.parquet")
        for n, p in enumerate((pairs, shuffled))
    ]
    assert files[0] == files[1]
    found = store.read(folder / "0.parquet")
    assert list(zip(*(found[c].to_pylist() for c in SMALL.key), strict=True)) == sorted(
        pairs, key=lambda p: (p[0].encode(), p[1])
    )


def test_rows_that_tie_on_the_key_have_one_order_too(tmp_path):
    pairs = [("a", 1)] * 4
    files = [
        store.write(small(pairs, values), SMALL, tmp_path / "t.parquet")
        for values in ([3.0, 1.0, 2.0, 1.0], [1.0, 2.0, 1.0, 3.0])
    ]
    assert files[0] == files[1]


def test_chunks_and_dictionaries_of_the_input_never_matter(tmp_path):
    whole = small([("a", 1), ("b", 1), ("a", 2), ("c", 1)])
    chunked = pa.concat_tables([whole.slice(2, 2), whole.slice(0, 2)])
    coded = chunked.set_column(0, "code", chunked["code"].dictionary_encode())
    files = {
        store.write(t, SMALL, tmp_path / f"{n}.parquet")
        for n, t in enumerate((whole, chunked, coded))
    }
    assert len(files) == 1


def test_null_goes_last(tmp_path):
    by_value = tables.Table("t", "T.", SMALL.columns, ("code",), order=("value",))
    table = rows(by_value, [{"code": "a", "value": None}, {"code": "b", "value": 2.0}])
    assert store.conform(table, by_value)["code"].to_pylist() == ["b", "a"]


def test_a_minus_counts_down_from_null(tmp_path):
    down = tables.Table("t", "T.", SMALL.columns, ("code",), order=("-value",))
    given = zip("abcd", (1.0, None, 3.0, 1.0), strict=True)
    table = rows(down, [{"code": c, "value": v} for c, v in given])
    store.write(table, down, tmp_path / "t.parquet")
    assert store.read(tmp_path / "t.parquet")["code"].to_pylist() == ["b", "c", "a", "d"]
    said = pq.read_metadata(tmp_path / "t.parquet").row_group(0).sorting_columns
    assert [(c.column_index, c.descending, c.nulls_first) for c in said] == [
        (2, True, True),
        (0, False, False),
    ]


def test_what_stands_comes_before_what_was_replaced(tmp_path):
    ended = [datetime.datetime(2024, 1, 1), None, datetime.datetime(2025, 1, 1), None]
    table = observations(
        [{"indicator_id": i, "recorded_to": e} for i, e in zip("abcd", ended, strict=True)]
    )
    stored = store.conform(table, tables.of("observation"))
    assert stored["indicator_id"].to_pylist() == ["b", "d", "c", "a"]


def test_another_process_on_another_day_writes_the_same_bytes(tmp_path):
    here = store.write(observations([{}]), tables.of("observation"), tmp_path / "a.parquet")
    code = (
        "import sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path; from rows import observations; from warehouse import store, tables\n"
        "print(store.write(observations([{}]), tables.of('observation'), Path(sys.argv[1])))"
    )
    folders = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "other" / "b.parquet"), *folders],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "LC_ALL": "C"},
    )
    assert done.stdout.strip() == here


def test_times_with_a_zone_become_utc(tmp_path):
    zone = datetime.timezone(datetime.timedelta(hours=2))
    moment = pa.array(
        [datetime.datetime(2024, 1, 1, 12, tzinfo=zone)], pa.timestamp("us", "Europe/Paris")
    )
    table = small([("a", 1)]).set_column(3, "seen", moment)
    store.write(table, SMALL, tmp_path / "t.parquet")
    assert store.read(tmp_path / "t.parquet")["seen"][0].as_py() == datetime.datetime(
        2024, 1, 1, 10
    )


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda t: t.drop_columns(["year"]), "Table small: column year is missing"),
        (lambda t: t.append_column("more", t["year"]), "Table small: column more is not stated"),
        (lambda t: t.set_column(1, "year", [["x"]]), "column year: a value is not int64"),
        (lambda t: t.set_column(0, "code", pa.nulls(1, pa.string())), "column code: 1 of 1 values"),
    ],
)
def test_what_is_not_as_stated_is_an_error_and_leaves_the_old_file(spoil, sentence, tmp_path):
    path = tmp_path / "t.parquet"
    before = store.write(small([("a", 1)]), SMALL, path)
    with pytest.raises(WarehouseError, match=sentence):
        store.write(spoil(small([("b", 2)])), SMALL, path)
    assert store.digest(path) == before
    assert names(tmp_path) == ["t.parquet"]


def test_missing_and_damaged_files_are_sentences(tmp_path):
    path = tmp_path / "t.parquet"
    with pytest.raises(WarehouseError, match=r"t.parquet: there is no such table in .*; build it"):
        store.read(path)
    store.write(small([("a", 1)]), SMALL, path)
    path.write_bytes(path.read_bytes()[:-9])
    for read in (store.read, store.metadata):
        with pytest.raises(WarehouseError, match="not a readable Parquet file"):
            read(path)


@pytest.mark.system  # a small disk is mounted by root
def test_a_full_disk_leaves_the_old_file(tmp_path):
    with mounted(tmp_path / "disk", "size=64k") as disk:
        path = disk / "t.parquet"
        before = store.write(small([("a", 1)]), SMALL, path)
        noise = np.random.default_rng(0).random(40_000).tolist()
        with pytest.raises(WarehouseError, match=r"the disk is full .* free some space"):
            store.write(small([("a", n) for n in range(40_000)], noise), SMALL, path)
        assert store.digest(path) == before
        assert names(disk) == ["t.parquet"]


@pytest.mark.system
def test_a_disk_that_may_not_be_written_is_a_sentence(tmp_path):
    with mounted(tmp_path / "disk", "size=64k") as disk:
        path = disk / "t.parquet"
        before = store.write(small([("a", 1)]), SMALL, path)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with pytest.raises(WarehouseError, match="check that the folder may be written"):
            store.write(small([("b", 1)]), SMALL, path)
        assert store.digest(path) == before


def test_a_folder_that_is_none_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(WarehouseError, match="check that the folder may be written"):
        store.write(small([("b", 1)]), SMALL, tmp_path / "file" / "t.parquet")


def test_a_file_that_was_read_is_not_read_again_until_another_takes_its_place(tmp_path):
    path = tmp_path / "t.parquet"
    store.write(small([("a", 1)]), SMALL, path)
    first = store.read(path)
    assert store.read(path) is first
    assert store.read(path, dictionary=True) is not first
    store.forget()
    assert store.read(path) is not first
    store.write(small([("b", 1)]), SMALL, path)
    assert store.read(path)["code"].to_pylist() == ["b"]
    path.unlink()
    with pytest.raises(WarehouseError, match="there is no such table"):
        store.read(path)


def test_what_stays_in_memory_is_bounded(tmp_path, monkeypatch):
    paths = [tmp_path / f"{n}.parquet" for n in range(6)]
    for path in paths:
        store.write(small([(path.stem, n) for n in range(100)]), SMALL, path)
    size = store.read(paths[0]).nbytes
    kept, weighed = store._Kept(4 * size + size // 2), []

    class Weighed:
        """A table that notes how often it is asked for its size."""

        def __init__(self, table: pa.Table):
            self.table = table

        @property
        def nbytes(self) -> int:
            weighed.append(self.table)
            return self.table.nbytes

    with monkeypatch.context() as patch:
        bare = store._bare
        patch.setattr(store, "_bare", lambda table: Weighed(bare(table)))
        for path in paths:
            kept.read(path, frozenset())
    assert len(weighed) == len(paths)  # a table once, however many are kept
    assert kept.bytes == sum(nbytes for _, nbytes in kept.tables.values()) <= kept.most
    assert [Path(key[0]) for key in kept.tables] == paths[-4:]
    assert not store._Kept(size).read(paths[0], frozenset()).equals(store.empty(SMALL))


def test_a_large_table_is_given_by_indicator(tmp_path, monkeypatch):
    from catalog.contents import Catalog
    from warehouse.home import Home
    from warehouse.inputs import Inputs

    stated = tables.of("observation")
    named = ["gdp", "area", "population", "area"]
    years = ("2001", "2002", "2003", "2004")
    table = observations(
        [{"indicator_id": i, "period": y} for i, y in zip(named, years, strict=True)]
    )
    home = Home(tmp_path)
    store.write(table, stated, home.table("observation"))
    given_ = Inputs(tables.of("ranking"), home, Catalog.__new__(Catalog))
    [whole] = given_.by_indicator("observation")
    monkeypatch.setattr(store, "LARGE", 2)
    parts = list(given_.by_indicator("observation"))
    assert [set(p["indicator_id"].to_pylist()) for p in parts] == [{"area"}, {"gdp", "population"}]
    key = str
    assert sorted((r for p in parts for r in p.to_pylist()), key=key) == sorted(
        whole.to_pylist(), key=key
    )
    assert parts[0].schema == whole.schema
    [asked] = given_.by_indicator("observation", {"gdp", "nothing"})
    assert asked["indicator_id"].to_pylist() == ["gdp"]
    [none] = given_.by_indicator("observation", {"nothing"})
    assert none.schema == whole.schema and not len(none)
