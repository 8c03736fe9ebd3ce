"""History: what stood when. Unchanged is unchanged; nothing that stood is ever lost."""

from datetime import datetime
from itertools import permutations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.records.records import About, make
from warehouse.methods.history import (
    Edition,
    Identity,
    beside,
    editions,
    insert,
    merge,
    noted,
    rekeyed,
    series_key,
    stamp,
    stood,
)

DAYS = [datetime(2024, 1, 1), datetime(2024, 2, 1), datetime(2024, 3, 1)]


def records(rows, extra=()):
    """rows: (unit, period, value, flags); extra: names of further, blank dimensions."""
    unit, period, value, flags = map(list, zip(*rows, strict=True)) if rows else ([],) * 4
    return make(
        About("test", "rows"),
        dimensions={"unit": pa.array(unit, pa.string())}
        | {name: pa.array([""] * len(rows), pa.string()) for name in extra},
        period=pa.array(period, pa.string()),
        value=pa.array(value, pa.float64()),
        value_text=pa.array([str(v) for v in value], pa.string()),
        flags=pa.array(flags, pa.string()),
    )


def edition(n, rows, extra=()):
    return stamp(records(rows, extra), ("unit", *extra), f"snapshot{n}", DAYS[n])


def grow(history, n, rows, extra=()):
    return merge(history, edition(n, rows, extra), DAYS[n])


def standing(history):
    return {
        (r["series_key"], r["period"]): (r["value"], r["flags"], r["snapshot_id"])
        for r in history.to_pylist()
        if r["recorded_to"] is None
    }


def test_series_key_names_dimensions_in_order_and_leaves_blanks_out():
    table = pa.table({"b": ["1", ""], "a": ["x", "y"]})
    assert series_key(table, ("b", "a")).to_pylist() == ["a=x;b=1", "a=y"]
    assert series_key(table, ("a", "b")).to_pylist() == ["a=x;b=1", "a=y"]


def test_unchanged_figures_get_no_new_interval():
    first = grow(None, 0, [("A", "2020", 1.0, "e"), ("B", "2020", 2.0, "")])
    second = grow(first, 1, [("B", "2020", 2.0, ""), ("A", "2020", 1.0, "e")])
    assert second.equals(first)


def test_a_new_blank_column_is_no_revision():
    first = grow(None, 0, [("A", "2020", 1.0, "")])
    second = grow(first, 1, [("A", "2020", 1.0, "")], extra=("new",))
    assert len(second) == 1
    assert standing(second) == {("unit=A", "2020"): (1.0, "", "snapshot0")}


def test_a_changed_figure_closes_the_old_one_and_a_vanished_one_ends():
    first = grow(None, 0, [("A", "2020", 1.0, "p"), ("B", "2020", 2.0, "")])
    second = grow(first, 1, [("A", "2020", 1.5, "")])
    rows = {(r["series_key"], r["value"]): r["recorded_to"] for r in second.to_pylist()}
    assert rows == {("unit=A", 1.0): DAYS[1], ("unit=A", 1.5): None, ("unit=B", 2.0): DAYS[1]}


def test_a_flag_alone_is_a_revision_and_an_older_edition_changes_nothing():
    first = grow(None, 1, [("A", "2020", 1.0, "p")])
    assert len(grow(first, 2, [("A", "2020", 1.0, "")])) == 2
    assert grow(first, 0, [("A", "2020", 9.0, "")]).equals(first)


def test_an_edition_read_anew_replaces_its_own_reading_and_no_earlier_one():
    first = grow(None, 0, [("A", "2020", 1.0, "p"), ("B", "2020", 2.0, "")])
    wrong = grow(first, 1, [("A", "2020", 15.0, ""), ("C", "2020", 3.0, "")])
    assert grow(wrong, 1, [("A", "2020", 1.0, "p"), ("B", "2020", 2.0, "")]).equals(first)
    better = grow(wrong, 1, [("A", "2020", 1.5, ""), ("B", "2020", 2.0, "")])
    assert better.equals(grow(first, 1, [("A", "2020", 1.5, ""), ("B", "2020", 2.0, "")]))
    assert standing(grow(first, 0, [("A", "2020", 7.0, "")])) == {
        ("unit=A", "2020"): (7.0, "", "snapshot0")
    }


ROWS = st.dictionaries(
    st.tuples(st.sampled_from("ABC"), st.sampled_from(["2019", "2020"])),
    st.tuples(st.sampled_from([1.0, 2.0, None]), st.sampled_from(["", "p", "c"])),
)


@given(st.lists(ROWS, min_size=1, max_size=3))
def test_what_stands_is_always_the_newest_edition_and_as_of_returns_each_one(editions):
    history = grow(None, 0, [(*k, *v) for k, v in editions[0].items()])
    for n, rows in enumerate(editions[1:], 1):
        history = grow(history, n, [(*k, *v) for k, v in rows.items()])
    last = {(f"unit={u}", p): v for (u, p), v in editions[-1].items()}
    assert {k: v[:2] for k, v in standing(history).items()} == last
    for n, rows in enumerate(editions):
        as_of = {
            (r["series_key"], r["period"]): (r["value"], r["flags"])
            for r in history.to_pylist()
            if r["recorded_from"] <= DAYS[n] and (r["recorded_to"] or datetime.max) > DAYS[n]
        }
        assert as_of == {(f"unit={u}", p): v for (u, p), v in rows.items()}


def load(order, rows_of, *, bytes_kept=True):
    """The history after the editions came in that order."""
    history, held = None, []
    for n in order:

        def reread(e):
            return edition(DAYS.index(e.at), rows_of[DAYS.index(e.at)]) if bytes_kept else None

        history = insert(history, held, edition(n, rows_of[n]), DAYS[n], reread)
        held = editions(
            {"editions": noted([*held, Edition(DAYS[n], f"snapshot{n}", len(rows_of[n]))])}, None
        )
    return history and history.cast(
        pa.schema(
            f.with_type(pa.string()) if pa.types.is_dictionary(f.type) else f
            for f in history.schema
        )
    )


def of(rows):
    return [(*k, *v) for k, v in rows.items()]


EXAMPLES = (settings.default or settings()).max_examples


@settings(max_examples=EXAMPLES // 4)  # each is twelve histories
@given(st.lists(ROWS, min_size=3, max_size=3))
def test_any_order_of_loading_gives_the_same_history(found):
    rows_of = [of(rows) for rows in found]
    expected = load((0, 1, 2), rows_of)
    plain = ["series_key", "period", "value", "flags", "recorded_from", "recorded_to"]
    for order in permutations(range(3)):
        assert load(order, rows_of).equals(expected)
        # Where the bytes are gone what stood is taken from the history itself.
        assert load(order, rows_of, bytes_kept=False).select(plain).equals(expected.select(plain))


def test_an_edition_that_changed_nothing_still_ends_one_inserted_before_it():
    history = load((0, 2, 1), [[("A", "2020", v, "")] for v in (1.0, 2.0, 1.0)])
    assert [(r["value"], r["recorded_from"], r["recorded_to"]) for r in history.to_pylist()] == [
        (1.0, DAYS[0], DAYS[1]),
        (2.0, DAYS[1], DAYS[2]),
        (1.0, DAYS[2], None),
    ]
    assert stood(history, DAYS[1])["value"].to_pylist() == [2.0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((1.0, "1.0", "be"), (1.0, "1", "eb")),
        ((0.3, "0.3", ""), (0.1 + 0.2, "0.30000000000000004", "")),
        ((None, ": ", "c"), (None, ":", "c")),
    ],
)
def test_another_writing_of_the_same_is_no_revision(before, after):
    def made(n, value, text, flags):
        table = records([("A", "2020", value, flags)])
        i = table.column_names.index("value_text")
        table = table.set_column(i, "value_text", pa.array([text]))
        return stamp(table, ("unit",), f"snapshot{n}", DAYS[n])

    first = made(0, *before)
    assert merge(first, made(1, *after), DAYS[1]).equals(first)


def test_a_relabelled_unit_and_a_renamed_column_are_one_series():
    names = Identity({"area": ["geo", "unit"]}, {"area": {"a": "A"}})
    old = stamp(records([("a", "2020", 1.0, "")]), ("unit",), "snapshot0", DAYS[0], names)
    new = records([("A", "2020", 1.0, "")]).rename_columns({"unit": "geo"})
    new = stamp(new, ("geo",), "snapshot1", DAYS[1], names)
    history = merge(old, new, DAYS[1])
    assert history["series_key"].to_pylist() == ["area=A"]
    assert history["recorded_to"].to_pylist() == [None]


def test_a_change_of_our_catalog_is_no_revision():
    first = grow(None, 0, [("a", "2020", 1.0, ""), ("b", "2020", 5.0, "")])
    second = grow(first, 1, [("A", "2020", 1.0, ""), ("b", "2020", 6.0, "")])
    assert len(second) == 4  # the code was relabelled: one gone, one new
    found = rekeyed(second, ("unit",), Identity({}, {"unit": {"a": "A"}}))
    assert [
        (r["series_key"], r["value"], r["snapshot_id"], r["recorded_to"]) for r in found.to_pylist()
    ] == [
        ("unit=A", 1.0, "snapshot0", None),
        ("unit=b", 5.0, "snapshot0", DAYS[1]),
        ("unit=b", 6.0, "snapshot1", None),
    ]
    assert rekeyed(found, ("unit",), Identity()).num_rows == 3


def test_editions_are_known_by_the_footer_or_by_their_traces():
    history = load((0, 1), [[("A", "2020", 1.0, "")], [("A", "2020", 2.0, "")]])
    assert [(e.at, e.snapshot_id) for e in editions({}, history)] == [
        (DAYS[0], "snapshot0"),
        (DAYS[1], "snapshot1"),
    ]
    assert editions({}, None) == []


def carried(n, rows, partial=()):
    return stamp(
        records(rows), ("unit",), f"snapshot{n}", DAYS[n], provenance="carrier", partial=partial
    )


def test_upstreams_answer_takes_the_place_of_a_carried_copy_without_a_revision():
    copy = carried(0, [("a", "2020", 1.0, ""), ("a", "2021", 2.0, ""), ("b", "2020", 3.0, "e")])
    history = merge(
        copy,
        edition(1, [("a", "2020", 1.0, "e"), ("a", "2021", 2.5, ""), ("b", "2020", 3.0, "")]),
        DAYS[1],
    )
    rows = {
        (r["series_key"], r["period"], r["recorded_to"] is None): r for r in history.to_pylist()
    }
    same = rows["unit=a", "2020", True]
    assert (same["provenance"], same["flags"], same["recorded_from"]) == ("upstream", "e", DAYS[0])
    assert rows["unit=b", "2020", True]["flags"] == ""  # upstream knows its flags
    assert len(history) == 4  # one figure was revised, and only that one
    assert rows["unit=a", "2021", False]["recorded_to"] == DAYS[1]
    assert rows["unit=a", "2021", True]["provenance"] == "upstream"


def test_a_later_copy_without_flags_says_nothing_about_them():
    first = edition(0, [("a", "2020", 1.0, "e")])
    history = merge(first, carried(1, [("a", "2020", 1.0, "")]), DAYS[1])
    (row,) = history.to_pylist()
    assert (row["flags"], row["provenance"], row["recorded_to"]) == ("e", "upstream", None)


def test_a_partial_edition_says_nothing_about_what_it_does_not_hold():
    whole = edition(0, [("a", "2020", 1.0, ""), ("a", "2021", 2.0, ""), ("b", "2020", 3.0, "")])
    part = carried(1, [("a", "2020", 1.5, "")], partial=("unit",))
    assert beside(whole, part) == 1
    by_unit = standing(merge(whole, part, DAYS[1]))
    assert {k: v[0] for k, v in by_unit.items()} == {
        ("unit=a", "2020"): 1.5,
        ("unit=b", "2020"): 3.0,
    }  # a's other year is gone
    patch = carried(1, [("a", "2020", 1.5, "")], partial=("unit", "period"))
    by_figure = standing(merge(whole, patch, DAYS[1]))
    assert {k: v[0] for k, v in by_figure.items()} == {
        ("unit=a", "2020"): 1.5,
        ("unit=a", "2021"): 2.0,
        ("unit=b", "2020"): 3.0,
    }
    assert (beside(whole, patch), beside(whole, edition(1, [])), beside(None, patch)) == (2, 0, 0)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_carried_and_partial_editions_give_the_same_history_in_any_order(order):
    made = {
        0: carried(0, [("a", "2020", 1.0, ""), ("b", "2020", 3.0, "")]),
        1: stamp(
            *(records([("a", "2020", 1.0, "e"), ("a", "2021", 2.0, "")]), ("unit",)),
            *("snapshot1", DAYS[1]),
            partial=("unit", "period"),
        ),
        2: carried(2, [("b", "2020", 4.0, "")], partial=("unit",)),
    }
    history, held = None, []
    for n in order:
        history = insert(history, held, made[n], DAYS[n], lambda e: made[DAYS.index(e.at)])
        held.append(Edition(DAYS[n], f"snapshot{n}"))
    straight = None
    for n in range(3):
        straight = merge(straight, made[n], DAYS[n])
    assert history is not None and history.equals(straight)
    assert standing(history)["unit=a", "2020"] == (1.0, "e", "snapshot1")
