"""What is hidden stays hidden: tables are attacked with all that was published of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.surveys.secrecy import disclosure as dc
from warehouse.surveys.secrecy.disclosure import (
    DisclosureLimits,
    attack,
    rare,
    suppress,
    with_totals,
)

K = 3


def recovered(
    table: np.ndarray,
    marks: np.ndarray,
    need: np.ndarray | float,
) -> list[tuple[tuple[int, ...], float, float]]:
    """Confidential cells that can be told too closely: (place, least, greatest). None is good."""
    low, high = attack(table, marks != "F")
    wanted = np.broadcast_to(np.asarray(need, float), table.shape)
    narrow = (high - table < wanted - 1e-7) | (table - low < np.minimum(wanted, table) - 1e-7)
    places = np.argwhere((marks == "C") & narrow)
    return [(tuple(p.tolist()), float(low[tuple(p)]), float(high[tuple(p)])) for p in places]


def protected(inner):
    table = with_totals(np.asarray(inner))
    return table, suppress(table, rare(table, K), K)


@pytest.mark.parametrize(
    ("contributions", "rule"),
    [
        ([], ""),
        ([5, 4], "threshold"),
        ([90, 5, 5], "dominance"),
        ([50, 30, 10, 10], ""),
        ([100, 30, 14], "dominance"),
        ([100, 60, 40, 30], ""),
    ],
)
def test_which_rule_a_cell_breaks(contributions, rule):
    assert dc.sensitive(contributions) == rule


def test_p_percent_where_dominance_is_silent():
    assert dc.sensitive([100, 30, 14], DisclosureLimits(share=95)) == "p_percent"


def test_one_hidden_cell_of_a_row_is_told_by_its_total_and_so_another_goes_too():
    table, marks = protected([2, 10, 20])
    assert marks.tolist().count("C") == 1 and (marks == "D").sum() >= 1
    naked = np.where(marks == "D", "F", marks)
    assert recovered(table, naked, K) == [((0,), 2.0, 2.0)]
    assert recovered(table, marks, K) == []


tables = st.tuples(st.integers(1, 4), st.integers(2, 4)).flatmap(
    lambda s: st.lists(
        st.lists(st.integers(0, 12), min_size=s[1], max_size=s[1]), min_size=s[0], max_size=s[0]
    )
)


@settings(max_examples=25, deadline=None)
@given(tables)
def test_no_confidential_cell_of_any_table_can_be_told(inner):
    table, marks = protected(inner)
    assert recovered(table, marks, K) == []
    low, high = attack(table, marks != "F")
    assert (low <= table + 1e-7).all() and (table <= high + 1e-7).all()


@settings(max_examples=15, deadline=None)
@given(tables)
def test_the_attack_succeeds_when_complementary_cells_are_published(inner):
    table, marks = protected(inner)
    naked = np.where(marks == "D", "F", marks)
    # The solver hides a cell only where one is missing: without any of them something is told.
    if (marks == "D").any():
        assert recovered(table, naked, K)


def test_a_table_that_does_not_add_up_is_refused():
    table = with_totals(np.array([[1, 2], [3, 4]]))
    table[0, 0] = 9
    with pytest.raises(ValueError, match="does not add up"):
        suppress(table, rare(table), K)
