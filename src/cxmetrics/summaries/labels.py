"""Reading labels: columns of segments, periods or touchpoints → sorted keys and codes."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from cxmetrics._checks import fail
from cxmetrics._typing import AnyArray, Labels
from cxmetrics.errors import ArgumentError, MismatchError
from cxmetrics.summaries.answers import ROWS, chunks, is_missing, one_dimensional

DENSE = 4
"""Up to so many possible codes per row, marking those that occur beats sorting."""


FAR = 1 << 62
"""Codes as far from 0 as this do not add."""


class Groups(NamedTuple):
    """The groups that occur, in order, and which of them each respondent is in."""

    keys: dict[str, list[Any]]
    codes: AnyArray  # of any integer type
    size: int

    @classmethod
    def of(cls, labels: Labels, n: int, argument: str = "by") -> "Groups":
        """Group `n` respondents by one or more columns of labels."""
        columns = labels if isinstance(labels, Mapping) else {_name(labels): labels}
        if not columns:
            fail(ArgumentError, f"`{argument}` must have at least one column, not none.")
        groups = cls.one(n)
        for name, column in columns.items():
            levels, codes = _factorized(column, argument)
            if len(codes) != n:
                came = f"{len(codes):,} for {n:,}"
                fail(MismatchError, f"`{argument}` must have one label per response, not {came}.")
            if groups.keys:
                groups = groups._crossed(name, levels, codes)
            else:
                groups = cls({name: levels}, codes, len(levels))
        return groups

    @classmethod
    def one(cls, n: int) -> "Groups":
        """All of `n` respondents in one group."""
        return cls({}, np.zeros(n, np.intp), 1)

    def _crossed(self, name: str, levels: list[Any], codes: AnyArray) -> "Groups":
        """The groups that occur when these are split by one more column."""
        width = len(levels)
        crossed = self.codes.astype(np.intp) * width + codes
        crossed, codes = dense(crossed, self.size * width)
        outer, inner = np.divmod(crossed, max(1, width))
        keys = {column: [values[i] for i in outer] for column, values in self.keys.items()}
        return Groups(keys | {name: [levels[i] for i in inner]}, codes, len(crossed))


def dense(labels: AnyArray, span: int, low: int = 0) -> tuple[AnyArray, AnyArray]:
    """The distinct ones of `span` whole numbers from `low` on, and the code of each label.

    Few possible labels are marked instead of sorted; once all are marked, the
    rest need not be seen. Labels that are codes already are left as they are.
    """
    if span > DENSE * len(labels) or abs(low) > FAR:
        return np.unique(labels, return_inverse=True)
    seen = np.zeros(span, np.bool_)
    for rows in chunks(len(labels), max(ROWS, span)):
        seen[labels[rows].astype(np.intp) - low] = True
        if seen.all():
            break
    distinct = low + np.flatnonzero(seen)
    if len(distinct) == span and low >= 0 and np.can_cast(labels.dtype, np.intp):
        return distinct, labels - low if low else labels
    code = np.cumsum(seen) - 1
    codes = np.empty(len(labels), np.intp)
    for rows in chunks(len(labels)):
        codes[rows] = code[labels[rows].astype(np.intp) - low]
    return distinct, codes


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


def _factorized(column: Any, argument: str) -> tuple[list[Any], AnyArray]:
    """The labels that occur, in order, a missing one last; and the code of each label."""
    category = getattr(column, "cat", column)
    if hasattr(category, "categories"):  # pandas: the order of the categories is meant
        codes = np.asarray(category.codes)
        levels = category.categories.tolist()
        if (codes < 0).any():
            codes = np.where(codes < 0, np.intp(len(levels)), codes)
            levels.append(None)
        occurring, codes = dense(codes, len(levels))
        return [levels[i] for i in occurring], codes
    labels = one_dimensional(column, argument, hint="")
    if labels.dtype.kind == "f" and hasattr(column, "to_list"):
        # numpy makes floats of nullable integers; a key keeps its type.
        labels = one_dimensional(column.to_list(), argument, hint="")
    if labels.dtype.kind in "iu" and len(labels):
        low, high = int(labels.min()), int(labels.max())
        distinct, codes = dense(labels, high - low + 1, low)
        return distinct.tolist(), codes
    if labels.dtype.kind in "iuf":
        distinct, codes = np.unique(labels, return_inverse=True)
        return [None if is_missing(value) else value for value in distinct.tolist()], codes
    answers = [None if is_missing(label) else label for label in labels.tolist()]
    levels = ordered(list(dict.fromkeys(answers)))
    code = {level: i for i, level in enumerate(levels)}
    return levels, np.array([code[answer] for answer in answers], np.intp)
