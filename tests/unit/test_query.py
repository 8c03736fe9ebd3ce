"""A table taken part by part gives what it gives as a whole."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse import query

SQL = "select name, count(*) as n, max(value) as most from figures group by name"
NAMES = st.sampled_from(["a", "b", "c", "it's", "ñ", ""])


def table(rows):
    names, values = zip(*rows, strict=True) if rows else ((), ())
    return pa.table({"name": pa.array(names, pa.string()), "value": pa.array(values, pa.int64())})


def rows(parts):
    return sorted(row for part in parts for row in zip(*part.to_pydict().values(), strict=True))


@given(st.lists(st.tuples(NAMES, st.integers(0, 9))), st.integers(1, 20))
def test_parts_together_are_the_whole(figures, most):
    figures = table(figures)
    parts = list(query.parts(SQL, "figures", figures, by="name", most=most))
    assert rows(parts) == rows([query.run(SQL, {"figures": figures})])


def test_a_part_holds_whole_values_and_no_more_than_it_must(tmp_path):
    figures = table([("a", 1)] * 5 + [("b", 1)] + [("c", 1)] + [("d", 1)] * 2)
    pq.write_table(figures, tmp_path / "it's.parquet")
    for source in (figures, tmp_path / "it's.parquet"):
        parts = query.parts(SQL, "figures", source, by="name", most=3)
        assert [sorted(p["name"].to_pylist()) for p in parts] == [["a"], ["b"], ["c", "d"]]


def test_a_table_without_rows_has_no_parts():
    assert list(query.parts(SQL, "figures", table([]), by="name")) == []


def test_what_fails_in_a_part_is_raised():
    with pytest.raises(duckdb.Error, match="nowhere"):
        list(query.parts("from nowhere", "figures", table([("a", 1)]), by="name"))


def test_whoever_stops_early_leaves_nothing_running():
    parts = query.parts(SQL, "figures", table([("a", 1), ("b", 2), ("c", 3)]), by="name", most=1)
    assert next(parts)["name"].to_pylist() == ["a"]
    parts.close()
    assert rows([query.run(SQL, {"figures": table([("z", 1)])})]) == [("z", 1, 1)]


@given(st.lists(st.tuples(st.one_of(st.none(), NAMES), st.one_of(st.none(), st.integers(0, 3)))))
def test_rows_have_one_number_exactly_where_their_columns_are_equal(figures):
    given = table(figures)
    encoded = given.set_column(0, "name", given["name"].dictionary_encode())
    chunks = pa.concat_tables([given.slice(0, 1), given.slice(1)])
    for source in (given, encoded, chunks):
        numbered = query.numbered(source, place=(), pair=("name", "value"), twice=("pair", "name"))
        assert numbered["place"].to_pylist() == list(range(len(figures)))
        for column in ("pair", "twice"):
            numbers = numbered[column].to_pylist()
            assert (
                len(set(numbers))
                == len(set(figures))
                == len(set(zip(figures, numbers, strict=True)))
            )


def test_numbers_of_many_columns_do_not_overflow():
    wide = pa.table({f"c{n}": pa.array(range(1000), pa.int64()) for n in range(12)})
    numbered = query.numbered(wide, all_of_them=wide.column_names)
    assert len(set(numbered["all_of_them"].to_pylist())) == 1000


@given(
    st.lists(st.tuples(st.one_of(st.none(), NAMES), st.integers(0, 3)), min_size=1), st.booleans()
)
def test_coded_texts_sort_as_the_texts_and_come_back(figures, in_chunks):
    given = table(figures)
    if in_chunks:
        given = pa.concat_tables([given.slice(0, 1), given.slice(1)])
    coded, texts = query.coded(given, ["name"])
    names, codes = given["name"].to_pylist(), coded["name"].to_pylist()
    assert [c is None for c in codes] == [n is None for n in names]
    pairs = {(n.encode(), c) for n, c in zip(names, codes, strict=True) if n is not None}
    assert sorted(pairs) == sorted(pairs, key=lambda p: p[1])
    assert query.decoded(coded, texts).equals(given)


def test_memory_is_given_back_where_the_process_has_grown(monkeypatch):
    held = iter([10**9, 10**8, 10**8 + 1, 10**9, 10**9, 10**8])
    monkeypatch.setattr(query, "resident", lambda: next(held))
    monkeypatch.setitem(query._left, "bytes", 0)
    first = query._database(False, False)
    query.give_back()
    second = query._database(False, False)
    assert second is not first
    query.give_back()
    assert query._database(False, False) is second, "closing it would not pay"
    query.give_back(ended=False)  # in the middle: the next is compared with what was left before
    second, forgot = query._database(False, False), []
    query.give_back(lambda: forgot.append(1))
    assert query._database(False, False) is not second
    assert forgot == [1]
    assert query.run("select 1 as one", {}).to_pylist() == [{"one": 1}]


def test_questions_on_several_threads_are_bounded_and_those_on_one_are_not():
    for serial in (True, False):
        with query.memory(serial=serial) as con:
            [[limit]] = con.sql("select current_setting('memory_limit')").fetchall()
            assert (limit == "400.0 MiB") is not serial


def test_large_tables_make_room_for_themselves(monkeypatch):
    monkeypatch.setattr(query, "ROOM", 2**20)
    query._database.cache_clear()
    large = table([("a", n) for n in range(200_000)])
    with query.memory(over=[large]) as con:
        [[limit]] = con.sql("select current_setting('memory_limit')").fetchall()
    assert limit == f"{large.nbytes * 3 // 2 / 2**20:.1f} MiB"
    query._database.cache_clear()


def test_what_does_not_fit_is_on_disk_and_the_answer_is_the_same(tmp_path, monkeypatch):
    sql = "select i % 300_000 as k, max(i) as most, min(i::varchar) as least from range(1_500_000) r(i) group by all order by all"
    whole = query.run(sql, {})
    monkeypatch.setattr(query, "ROOM", 64 * 2**20)
    query._database.cache_clear()
    assert query.run(sql, {}).equals(whole)
    query._database.cache_clear()


def test_a_compact_answer_has_the_same_rows_and_keeps_no_plain_text_that_repeats(monkeypatch):
    monkeypatch.setattr(query, "BATCH", 2048)
    sql = (
        "select 'n' || i % 7 as name, i as n, i::varchar as value_text, if(i % 3 = 0, null, 'x') as gap, "
        "date '2020-01-01' + (i % 5)::int as day from range(5000) r(i)"
    )
    with query.memory(serial=True) as con:
        plain = con.sql(sql).to_arrow_table()
        found = query.compact(con, sql)
        none = query.compact(con, f"{sql} where false")
    assert found.to_pylist() == plain.to_pylist()
    kinds = {f.name: pa.types.is_dictionary(f.type) for f in found.schema}
    assert kinds == {"name": True, "n": False, "value_text": False, "gap": True, "day": False}
    assert found["name"].num_chunks > 1 and len(found["name"].chunk(1).dictionary) == 7
    assert none.schema == found.schema and not len(none)


@given(st.lists(st.tuples(NAMES, st.integers(0, 9))), st.integers(1, 20))
def test_runs_keep_a_value_in_one_part_and_lose_no_row(figures, most):
    figures = table(figures)
    parts = list(query.runs(figures, "name", most))
    assert rows(parts) == rows([figures])
    named = [set(part["name"].to_pylist()) for part in parts]
    assert sum(map(len, named)) == len(set().union(*named))
    assert all(len(part) >= most for part in parts[:-1])
    lists = query.values(figures, "name", most)
    assert sorted(v for some in lists for v in some) == sorted(set(figures["name"].to_pylist()))
