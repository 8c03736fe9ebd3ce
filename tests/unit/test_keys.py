"""Columns of codes: merged entries, pairs, and keys that appear twice."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.errors import Invalid
from sources.records import keys

WORDS = st.lists(st.sampled_from(["", "A", "B", "AT", "A:1", "NA"]), min_size=1, max_size=40)


def column(words):
    return pa.array(words, pa.string()).dictionary_encode()


@given(WORDS)
def test_rename_merges_equal_entries(words):
    renamed = keys.rename(column(words), lambda w: w[:1])
    assert renamed.to_pylist() == [w[:1] for w in words]
    assert len(set(keys.entries(renamed))) == len(keys.entries(renamed))


@given(WORDS)
def test_combine_is_row_by_row(words):
    other = words[::-1]
    both = keys.combine(column(words), column(other), lambda a, b: f"{a}|{b}")
    assert both.to_pylist() == [f"{a}|{b}" for a, b in zip(words, other, strict=True)]


@given(st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=2, max_size=30), st.booleans())
def test_a_key_that_stands_twice_is_named(rows, wide):
    # `wide` makes the space of keys larger than 2^62, as many long dimensions would.
    entries = [str(i) for i in range(40_000 if wide else 4)]
    columns = {
        name: pa.DictionaryArray.from_arrays(pa.array(np.array(place, np.int32)), entries)
        for name, place in zip(
            "abcde", [*zip(*rows, strict=True)] + [[0] * len(rows)] * 2, strict=True
        )
    }
    if len(set(rows)) == len(rows):
        keys.prove_unique(columns, Path("f.csv"))
        return
    with pytest.raises(Invalid) as caught:
        keys.prove_unique(columns, Path("f.csv"))
    first, second = (int(w) - 1 for w in str(caught.value).split() if w.isdigit())
    assert first < second and rows[first] == rows[second]
    assert f"a={rows[first][0]}, b={rows[first][1]}" in str(caught.value)


@pytest.mark.parametrize("word", ["May", "20", "2023-13-", "2023Q5", "2023M1", "1.5", "2023-Q0"])
def test_what_is_no_period(word):
    with pytest.raises(Invalid, match="is no period"):
        keys.period(word, Path("f.csv"))
