"""Reading the small table that came out of an engine: its groups, frequencies and weights."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cxmetrics._checks import fail
from cxmetrics._typing import AnyArray, FloatArray, IndexArray
from cxmetrics.errors import ArgumentError
from cxmetrics.summaries.counts import MOST
from cxmetrics.summaries.frames.question import Question, first_day
from cxmetrics.summaries.frames.values import floats, python_values
from cxmetrics.summaries.labels import Groups
from cxmetrics.summaries.sampling import fail_without_weight

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw


def groups_of(question: Question, table: "nw.DataFrame[Any]") -> Groups:
    """The groups that occur, categories in their order; without keys, one group of all."""
    if not question.names:
        return Groups.one(len(table))
    keys: dict[str, Any] = keys_of(question, table)
    for i, name in enumerate(question.names):
        order = question.order(table, f"key{i}")
        if order is not None:
            code = {label: k for k, label in enumerate(order)} | {None: -1}
            codes = np.array([code[label] for label in keys[name]], np.intp)
            keys[name] = _Levelled(np.array(order, object), codes)
    return Groups.of(keys, len(table))


def keys_of(question: Question, table: "nw.DataFrame[Any]") -> dict[str, list[Any]]:
    """Labels of the groups, as Python values; None for a missing one."""
    keys = {name: python_values(table[f"key{i}"]) for i, name in enumerate(question.names)}
    if question.period is not None:
        numbers = keys[question.period]
        keys[question.period] = [
            None if number is None else first_day(int(number), question.period)
            for number in numbers
        ]
    return keys


def checked_counts(table: "nw.DataFrame[Any]", rows: FloatArray) -> FloatArray:
    """Frequencies: whole numbers from 0."""
    n, given, least = floats(table["n"]), floats(table["counts"]), floats(table["least_count"])
    bad = [
        ((given < rows) | np.isnan(n), "nan"),
        (least < 0, f"{np.min(least, initial=0):g}"),
        (floats(table["fraction"]) > 0, "fractions"),
        (n > MOST, f"{np.max(n, initial=0):g}"),
    ]
    for where, came in bad:
        if where.any():
            fail(ArgumentError, f"`count` must be whole numbers from 0 to 2**53, not {came}.")
    return n


def checked_weights(
    table: "nw.DataFrame[Any]", answered: AnyArray, n: FloatArray, rows: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Sums of weights and of their squares; those of missing answers do not matter."""
    total, least = floats(table["total"]), floats(table["least_weight"])
    bad = [
        ((floats(table["weights"]) < rows) | np.isnan(total), "nan"),
        (least < 0, f"{float(np.min(least[answered], initial=0))!r}"),
        (np.isinf(total), "inf"),
    ]
    for where, came in bad:
        if (where & answered).any():
            fail(ArgumentError, f"Each weight must be a finite number from 0, not {came}.")
    if answered.any() and not total[answered].any():
        fail_without_weight(int(n[answered].sum()))
    return np.where(answered, total, 0), np.where(answered, floats(table["square"]), 0)


class _Levelled(NamedTuple):
    """Labels that have an order of their own."""

    categories: AnyArray
    codes: IndexArray
