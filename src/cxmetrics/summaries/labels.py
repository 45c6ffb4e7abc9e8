"""Reading labels: columns of segments, periods or touchpoints → sorted keys and codes."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from cxmetrics._checks import fail
from cxmetrics._typing import IndexArray, Labels
from cxmetrics.errors import ArgumentError, MismatchError
from cxmetrics.summaries.answers import is_missing, one_dimensional

DENSE = 4
"""Up to so many possible codes per row, marking those that occur beats sorting."""


FAR = 1 << 62
"""Codes as far from 0 as this do not add."""


class Groups(NamedTuple):
    """The groups that occur, in order, and which of them each respondent is in."""

    keys: dict[str, list[Any]]
    codes: IndexArray
    size: int

    @classmethod
    def of(cls, labels: Labels, n: int) -> "Groups":
        """Group `n` respondents by one or more columns of labels."""
        columns = labels if isinstance(labels, Mapping) else {_name(labels): labels}
        if not columns:
            fail(ArgumentError, "`by` must have at least one column, not none.")
        groups = cls({}, np.zeros(n, np.intp), 1)
        for name, column in columns.items():
            levels, codes = _factorized(column)
            if len(codes) != n:
                came = f"{len(codes):,} for {n:,}"
                fail(MismatchError, f"`by` must have one label per response, not {came}.")
            if groups.keys:
                groups = groups._crossed(name, levels, codes)
            else:
                groups = cls({name: levels}, codes, len(levels))
        return groups

    def _crossed(self, name: str, levels: list[Any], codes: IndexArray) -> "Groups":
        """The groups that occur when these are split by one more column."""
        width = len(levels)
        crossed, codes = _dense(self.codes * width + codes, self.size * width)
        outer, inner = np.divmod(crossed, max(1, width))
        keys = {column: [values[i] for i in outer] for column, values in self.keys.items()}
        return Groups(keys | {name: [levels[i] for i in inner]}, codes, len(crossed))


def _dense(codes: IndexArray, size: int) -> tuple[IndexArray, IndexArray]:
    """Which of `size` codes occur, and the codes numbered among those."""
    if size > DENSE * len(codes):
        occurring, dense = np.unique(codes, return_inverse=True)
        return occurring, dense
    seen = np.zeros(size, np.bool_)
    seen[codes] = True
    if seen.all():
        return np.arange(size), codes
    return np.flatnonzero(seen), (np.cumsum(seen) - 1)[codes]


def ordered(values: list[Any]) -> list[Any]:
    """Sorted, whatever their types; a missing value last."""
    return sorted(values, key=_rank)


def _rank(value: Any) -> tuple[bool, str, Any]:
    if isinstance(value, tuple):
        return False, "", tuple(map(_rank, value))
    kind = "" if isinstance(value, int | float) else type(value).__name__
    return value is None, kind, 0 if value is None else value


def _name(labels: object) -> str:
    name = getattr(labels, "name", None)
    return name if isinstance(name, str) else "segment"


def _factorized(column: Any) -> tuple[list[Any], IndexArray]:
    """The labels that occur, in order, a missing one last; and the code of each label."""
    category = getattr(column, "cat", column)
    if hasattr(category, "categories"):  # pandas: the order of the categories is meant
        codes = np.asarray(category.codes, np.intp)
        levels = [*category.categories.tolist(), None]
        occurring, codes = _dense(np.where(codes < 0, len(levels) - 1, codes), len(levels))
        return [levels[i] for i in occurring], codes
    labels = one_dimensional(column, "by")
    if labels.dtype.kind == "f" and hasattr(column, "to_list"):
        # numpy makes floats of nullable integers; a key keeps its type.
        labels = one_dimensional(column.to_list(), "by")
    if labels.dtype.kind in "iu" and len(labels):
        low, high = int(labels.min()), int(labels.max())
        if high - low < DENSE * len(labels) and low > -FAR and high < FAR:
            occurring, codes = _dense(labels.astype(np.intp) - low, high - low + 1)
            return (occurring + low).tolist(), codes
    if labels.dtype.kind in "iuf":
        distinct, codes = np.unique(labels, return_inverse=True)
        return [None if is_missing(value) else value for value in distinct.tolist()], codes
    answers = [None if is_missing(label) else label for label in labels.tolist()]
    levels = ordered(list(dict.fromkeys(answers)))
    code = {level: i for i, level in enumerate(levels)}
    return levels, np.array([code[answer] for answer in answers], np.intp)
