"""Reading labels: keys in order and the group of each respondent, from columns of any kind."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.errors import ArgumentError, MismatchError
from cxmetrics.summaries.answers import ROWS
from cxmetrics.summaries.labels import Groups

INTEGERS = ["i1", "u1", ">i2", "i4", "u4", "i8", "u8"]


def assert_grouped(labels: npt.NDArray[Any]) -> None:
    """The groups are what numpy finds by sorting."""
    distinct, codes = np.unique(labels, return_inverse=True)

    groups = Groups.of(labels, len(labels))

    assert groups.keys == {"segment": distinct.tolist()}
    assert groups.size == len(distinct)
    assert groups.codes.dtype.kind in "iu"
    assert groups.codes.tolist() == codes.tolist()


@pytest.mark.parametrize("dtype", INTEGERS)
@given(st.data())
def test_whole_numbers(dtype: str, data: st.DataObject) -> None:
    ends = np.iinfo(dtype)
    low = data.draw(st.sampled_from([ends.min, 0, 1, ends.max - 12]))
    offsets = data.draw(st.lists(st.integers(0, 12), max_size=20))

    assert_grouped(np.array([low + offset for offset in offsets], dtype))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_the_ends_of_a_type_are_two_groups(dtype: str) -> None:
    ends = np.iinfo(dtype)

    assert_grouped(np.array([ends.max, ends.min, ends.max], dtype))
    assert_grouped(np.resize(np.array([ends.max, ends.min], dtype), 500))


@pytest.mark.parametrize("low", [-3, 0, 1])
@pytest.mark.parametrize("size", [7, 3 * ROWS])
def test_a_code_that_comes_late_or_never(low: int, size: int) -> None:
    labels = low + np.resize(np.arange(size - 1, dtype=np.int32), 5 * ROWS)
    assert_grouped(labels)

    labels[-1] = low + size - 1
    assert_grouped(labels)

    labels[labels == low + 4] = low + 5
    assert_grouped(labels)


def test_codes_are_taken_as_they_are() -> None:
    codes = np.array([2, 0, 1, 1], np.int8)
    categories = pd.Categorical.from_codes(codes, pd.Index(["c", "b", "a"]))

    assert Groups.of(codes, 4).codes is codes
    assert np.shares_memory(Groups.of(categories, 4).codes, categories.codes)


def test_categories_keep_their_order_and_a_missing_one_is_last() -> None:
    codes = np.array([2, -1, 0, 2], np.int8)
    categories = pd.Categorical.from_codes(codes, pd.Index(["c", "b", "a"]))

    groups = Groups.of(pd.Series(categories, name="shop"), 4)

    assert groups.keys == {"shop": ["c", "a", None]}
    assert groups.codes.tolist() == [1, 2, 0, 1]


def test_no_label_at_all() -> None:
    assert Groups.of(np.array([], np.int64), 0).keys == {"segment": []}
    assert Groups.of(pd.Categorical([]), 0).keys == {"segment": []}
    assert Groups.of({"a": [], "b": pd.Categorical([])}, 0).keys == {"a": [], "b": []}


@pytest.mark.parametrize("wide", [50, 100_000])
def test_columns_are_crossed_without_overflow(wide: int) -> None:
    rng = np.random.default_rng(1)
    first, second = rng.integers(0, 100, 1_000, np.int8), rng.integers(0, wide, 1_000, np.int32)
    pairs = sorted(set(zip(first.tolist(), second.tolist(), strict=True)))

    groups = Groups.of({"a": first, "b": second}, 1_000)

    assert list(zip(groups.keys["a"], groups.keys["b"], strict=True)) == pairs
    assert [pairs[code] for code in groups.codes] == list(
        zip(first.tolist(), second.tolist(), strict=True)
    )


def test_there_must_be_a_column() -> None:
    with pytest.raises(ArgumentError, match=r"`by` must have at least one column, not none\."):
        Groups.of({}, 0)


def test_there_must_be_a_label_for_each_response() -> None:
    with pytest.raises(MismatchError) as error:
        Groups.of([1, 2], 3)

    assert str(error.value) == "`by` must have one label per response, not 2 for 3."
