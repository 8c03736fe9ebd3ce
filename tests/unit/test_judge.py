"""Counting and judging: what is planted is found, what is clean never alarms."""

from dataclasses import replace

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.judge import SAMPLE, judge, remember
from expectations.rule import Rule, finite, in_closed_list, key_unique, not_fewer, nothing_missing

TEXT = st.text("ab'\"; é", max_size=3)
KEYS = st.lists(st.tuples(TEXT, st.integers(0, 5)), min_size=1, max_size=30, unique=True)
KEY = key_unique("t", ("a", "b"), "Each row")
LOOKED_UP = in_closed_list("t", "a", "list.a", "add it")


def above(limit: float, **more) -> Rule:
    return Rule(
        "value_above_range",
        "ranges",
        "t",
        "row",
        "critical",
        "The value is small; else look at the source.",
        f"value > {limit!r}",
        column="value",
        show=("a", "value"),
        **more,
    )


def keyed(rows: list[tuple[str, int]]) -> pa.Table:
    return pa.table(
        {
            "a": pa.array([a for a, _ in rows], pa.string()),
            "b": pa.array([b for _, b in rows], pa.int64()),
        }
    )


@given(KEYS)
def test_a_table_with_distinct_keys_never_alarms(rows):
    verdict = judge(keyed(rows), [KEY])
    assert verdict.passed
    assert verdict.sentences == []
    assert verdict.rows == len(rows)


@given(KEYS, st.data())
def test_a_planted_duplicate_is_always_found_and_shown(rows, data):
    twice = data.draw(st.sampled_from(rows))
    place = data.draw(st.integers(0, len(rows)))
    verdict = judge(keyed([*rows[:place], twice, *rows[place:]]), [KEY])
    (result,) = verdict.results
    assert not verdict.passed
    assert result.failing == 1
    assert result.sample == [{"a": twice[0], "b": twice[1], "times": 2}]
    assert "key_unique" in verdict.sentences[0]
    assert verdict.sentences[0].startswith("t: ")


@given(
    st.lists(st.one_of(st.none(), st.floats(-10, 10)), min_size=1, max_size=40), st.floats(-10, 10)
)
def test_counts_equal_a_plain_recount(values, limit):
    table = pa.table(
        {"a": [str(i) for i in range(len(values))], "value": pa.array(values, pa.float64())}
    )
    (result,) = judge(table, [above(limit)]).results
    con = duckdb.connect()
    con.register("recounted", table)
    (recount,) = con.execute("select count(*) from recounted where value > ?", [limit]).fetchall()
    assert result.failing == recount[0] == sum(v is not None and v > limit for v in values)
    assert result.passed == (recount[0] == 0)
    assert len(result.sample) == min(recount[0], SAMPLE)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_none_is_found(bad):
    table = pa.table({"a": ["x", "y"], "value": [1.0, bad]})
    (result,) = judge(table, [finite("t", ("value",), ("a",))]).results
    assert result.failing == 1
    assert result.sample == [{"a": "y", "value": str(bad)}]


def test_samples_are_at_most_twenty_in_a_fixed_order():
    values = [float(v) for v in range(100, 0, -1)]
    table = pa.table({"a": [f"{v:03.0f}" for v in values], "value": values})
    (result,) = judge(table, [above(30)]).results
    assert result.failing == 70
    assert [row["a"] for row in result.sample] == [f"{n:03d}" for n in range(31, 51)]


def test_tolerated_cases_pass_and_one_more_does_not():
    table = pa.table({"a": ["x", "y", "z"], "value": [1.0, 5.0, 6.0]})
    assert judge(table, [above(4, allowed=2)]).passed
    assert not judge(table, [above(4, allowed=1)]).passed


def test_a_warning_is_told_but_does_not_reject():
    rule = Rule("odd", "ranges", "t", "row", "warning", "It is even; else look.", "value = 3")
    verdict = judge(pa.table({"value": [3.0]}), [rule])
    assert verdict.passed
    assert verdict.sentences == []
    assert verdict.warnings == ["t: 1 case breaks the rule odd. It is even; else look."]
    assert [r.passed for r in verdict.results] == [False]


def test_a_rule_that_cannot_be_evaluated_rejects_and_the_others_are_still_judged():
    table = pa.table({"a": ["x", "x"], "b": [1, 1]})
    verdict = judge(table, [above(4), KEY])
    lost, key = verdict.results
    assert lost.failing is None
    assert not lost.passed
    assert lost.severity == "critical"
    assert '"value"' in lost.sentence
    assert "\n" not in lost.sentence
    assert key.failing == 1


def test_a_dictionary_that_was_not_given_rejects():
    rule = Rule(
        "known",
        "structure",
        "t",
        "table",
        "warning",
        "Known.",
        "from candidate anti join metro using (a)",
        needs=("metro",),
    )
    table = pa.table({"a": ["x"]})
    assert "the table metro" in judge(table, [rule]).sentences[0]
    assert judge(table, [rule], dictionaries={"metro": table}).passed


@pytest.mark.parametrize(("now", "passes"), [(100, True), (75, True), (74, False)])
def test_a_loss_against_the_last_good_table_is_found(now, passes):
    rule = not_fewer("t", "rows", "count(*)", 0.25, "critical", name="rows")
    before, after = (pa.table({"a": list(range(n))}) for n in (100, now))
    verdict = judge(after, [rule], previous=before)
    assert verdict.passed == passes
    assert [r.sample for r in verdict.results] == [[] if passes else [{"before": 100, "now": now}]]


def test_without_a_last_good_table_nothing_is_compared():
    rule = not_fewer("t", "rows", "count(*)", 0.25, "critical", name="rows")
    verdict = judge(pa.table({"a": ["x"], "b": [1]}), [KEY, rule])
    assert [r.rule.name for r in verdict.results] == ["key_unique"]


def test_problems_found_while_the_table_was_made_reject_it():
    verdict = judge(
        pa.table({"a": ["x"], "b": [1]}), [KEY], problems=["A correction fits no record; renew it."]
    )
    assert not verdict.passed
    assert verdict.sentences == ["t: A correction fits no record; renew it."]


def test_no_rules_is_no_verdict():
    with pytest.raises(ValueError, match="without rules"):
        judge(pa.table({"a": ["x"]}), [])


def test_two_rules_of_one_name_are_refused():
    with pytest.raises(ValueError, match="share a name"):
        judge(pa.table({"a": ["x"], "b": [1]}), [KEY, KEY])


def test_rows_that_a_licence_hides_are_counted_but_never_shown():
    table = pa.table(
        {"a": ["x", "y"], "value": [9.0, 9.0], "source_id": ["open", "shut"], "dataset": ["d", "d"]}
    )
    (result,) = judge(table, [above(4, hidden=("shut/d",))]).results
    assert result.failing == 2
    assert result.sample == [{"a": "x", "value": 9.0}]
    (result,) = judge(table, [above(4, hidden=("*",))]).results
    assert (result.failing, result.sample) == (2, [])


@given(KEYS, st.booleans())
def test_a_rule_that_says_when_it_can_have_a_case_finds_as_many(rows, missing):
    table = keyed(rows)
    if missing:
        table = table.set_column(1, "b", pa.nulls(len(rows), pa.int64()))
    quick = nothing_missing("t", ["a", "b"])
    assert quick.suspect
    results = [judge(table, [r]).results[0] for r in (quick, replace(quick, suspect=""))]
    assert [r.failing for r in results] == [int(missing)] * 2
    assert results[0].sample == results[1].sample


def test_a_suspicion_that_cannot_be_asked_is_a_rule_that_could_not_be_judged():
    table = pa.table({"a": ["x"]})
    verdict = judge(table, [nothing_missing("t", ["a", "b"]), above(5)])
    assert [r.failing for r in verdict.results] == [None, None]
    assert all("b" in r.note or "value" in r.note for r in verdict.results)


def test_what_was_counted_of_the_same_bytes_is_not_counted_again(tmp_path):
    rules = [KEY, above(5)]
    table = pa.table({"a": ["x"], "b": [1], "value": [9.0]})
    verdict = judge(table, rules)
    remember(verdict, {"candidate": "1"})
    other = table.slice(0, 0)
    known, counted = (judge(other, rules, versions={"candidate": v}) for v in ("1", "2"))
    assert [r.failing for r in known.results] == [0, 1]
    assert known.results[1].sample == verdict.results[1].sample
    assert not known.passed
    assert [r.failing for r in counted.results] == [0, 0]
    # A rule that changed is another rule, and one that looks up what has no version is counted.
    assert judge(other, [above(6)], versions={"candidate": "1"}).passed
    remember(
        judge(table, [LOOKED_UP], dictionaries={"list": keyed([("y", 1)])}), {"candidate": "1"}
    )
    again = judge(
        table, [LOOKED_UP], dictionaries={"list": keyed([("x", 1)])}, versions={"candidate": "1"}
    )
    assert again.passed


def test_a_file_is_judged_as_the_table_in_it(tmp_path):
    table = pa.table({"a": ["x", "x"], "b": [1, 1], "value": [9.0, 1.0]})
    pq.write_table(table, tmp_path / "t.parquet")
    pq.write_table(keyed([("y", 1)]), tmp_path / "list.parquet")
    rules = [KEY, above(5), LOOKED_UP]
    one = judge(table, rules, dictionaries={"list": keyed([("y", 1)])})
    two = judge(tmp_path / "t.parquet", rules, dictionaries={"list": tmp_path / "list.parquet"})
    assert one == two
    assert [r.failing for r in two.results] == [1, 1, 1]
