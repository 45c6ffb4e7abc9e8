"""Reading tenures: when customers came and left → how many did so at each tenure."""

from datetime import timedelta
from typing import Any, NamedTuple, NoReturn, Self

import numpy as np

from cxmetrics._checks import fail
from cxmetrics._typing import AnyArray, BoolArray, FloatArray, IntArray
from cxmetrics.errors import ArgumentError, MismatchError, ScaleError
from cxmetrics.summaries.answers import chunks, is_missing, one_dimensional
from cxmetrics.summaries.counts import MOST
from cxmetrics.summaries.labels import DENSE, Groups, dense, ordered
from cxmetrics.summaries.sampling import as_floats
from cxmetrics.summaries.tenure_sums import ENTERED, KINDS

MOST_CELLS = 10**8
"""Numbers of groups times tenures up to which their table fits in a usual memory."""

ONE_EACH = (0,)
"""Strides of numbers of customers that are all 1, which take no room."""


class Customers(NamedTuple):
    """When customers came and left; or, in an aggregate, alike ones in one row.

    Args:
        tenure: The tenure at which they left or were last seen.
        kind: Which of the two, CHURNED or CENSORED.
        entry: The tenure after which they were seen, 0 if from the start; None if all.
        amounts: What rows add to the table: numbers of customers; with weights, also
            the sums of these and of their squares.
    """

    tenure: AnyArray
    kind: AnyArray
    entry: AnyArray | None
    amounts: tuple[AnyArray, ...]

    @classmethod
    def read(
        cls, tenure: Any, churned: Any, entry: Any = None, times: IntArray | None = None
    ) -> Self:
        """Customers as they were given, or so many `times` per row, without weights yet.

        Raises:
            ArgumentError: If a tenure or an entry is not a number from 0 to 2**53, an entry
                is not before the tenure, or `churned` is not true or false.
            MismatchError: If the columns differ in length.
        """
        left = _read_tenures(tenure, "tenure", times)
        kind = np.logical_not(_read_churned(churned, times))
        _check_length(kind, "churned", len(left))
        amounts = (np.broadcast_to(np.int64(1), len(left)) if times is None else times,)
        if entry is None:
            return cls(left, kind, None, amounts)
        came = _read_tenures(entry, "entry", times)
        _check_length(came, "entry", len(left))
        late = (came >= left) & (came > 0)
        if late.any():
            _refuse("Each entry must be before the tenure of the customer", came, late, times)
        return cls(left, kind, came, amounts)

    def weighted(self, weights: FloatArray, squares: FloatArray) -> Self:
        """The same with sums of weights and of their squares."""
        return self._replace(amounts=(*self.amounts, weights, squares))

    def by_tenure(self, groups: Groups) -> tuple[AnyArray, list[AnyArray]]:
        """The tenures at which anything happens; and what, per kind, group and tenure."""
        events = [_Events(self.tenure, self.kind, groups.codes, self.amounts)]
        if self.entry is not None:
            late = np.flatnonzero(self.entry > 0)
            entered = np.broadcast_to(np.int8(ENTERED), len(late))
            amounts = tuple(amount[late] for amount in self.amounts)
            events.append(_Events(self.entry[late], entered, groups.codes[late], amounts))
        tenures, places = _places([event.tenure for event in events], groups.size)
        shape = len(KINDS), groups.size, len(tenures)
        tables = [np.zeros(shape, amount.dtype) for amount in self.amounts]
        for event, place in zip(events, places, strict=True):
            event.add_to(tables, place)
        occurring = tables[0].any(axis=(0, 1))
        if not occurring.all():
            tenures, tables = tenures[occurring], [table[..., occurring] for table in tables]
        return tenures, tables


class _Events(NamedTuple):
    """Things that happen, of which kind and in which group, and what they add to a table."""

    tenure: AnyArray
    kind: AnyArray
    codes: AnyArray
    amounts: tuple[AnyArray, ...]

    def add_to(self, tables: list[AnyArray], place: AnyArray) -> None:
        """Add them to tables of kinds by groups by tenures, at their places among these."""
        _, groups, tenures = tables[0].shape
        narrow = np.result_type(np.min_scalar_type(tables[0].size), place.dtype).type
        for rows in chunks(len(place)):
            cells = self.kind[rows].astype(narrow) * narrow(groups * tenures) + place[rows]
            if groups > 1:
                cells += self.codes[rows].astype(narrow) * narrow(tenures)
            at = cells.astype(np.intp)
            for table, amount in zip(tables, self.amounts, strict=True):
                flat = table.reshape(-1)
                if amount.strides == ONE_EACH:
                    flat += np.bincount(at, minlength=flat.size)
                else:
                    np.add.at(flat, at, amount[rows])


def _places(parts: list[AnyArray], groups: int) -> tuple[AnyArray, list[AnyArray]]:
    """Tenures in order, with all that occur; and the places among them of each part.

    Whole numbers are their own places, unless a table of all up to the longest
    tenure would be much larger than the data.
    """
    is_whole = all(part.dtype.kind != "f" for part in parts)
    span = 1 + max(int(part.max(initial=0)) for part in parts) if is_whole else 0
    if is_whole and groups * span <= min(DENSE * len(parts[0]), MOST_CELLS):
        return np.arange(span), parts
    every = np.concatenate([_wide(part) for part in parts])
    if is_whole:
        tenures, place = dense(every, span)
    else:
        tenures, place = np.unique(every, return_inverse=True)
    if groups > 1 and groups * len(tenures) > MOST_CELLS:
        came = f"{groups:,} groups by {len(tenures):,} tenures"
        message = f"A table of tenures must have at most {MOST_CELLS:,} cells, not {came}."
        fail(ArgumentError, message, "did you mean tenure in whole months?")
    # 0 is added, as -0.0 is no other tenure than 0.0.
    return _wide(tenures) + 0, np.split(place, [len(parts[0])])[: len(parts)]


def _read_tenures(values: Any, name: str, times: IntArray | None) -> AnyArray:
    """A number from 0 for each customer; whole numbers stay what they are."""
    given = _column(values, name)
    read = given if given.dtype.kind in "iu" else as_floats(given)
    if not (read.min(initial=0) >= 0 and read.max(initial=0) <= MOST):
        wrong = ~((read >= 0) & (read <= MOST))
        _refuse(f"Each {name} must be a number from 0 to 2**53", given, wrong, times)
    is_whole = given.dtype.kind == "O" and all(isinstance(v, int | np.integer) for v in given)
    return read.astype(np.int64) if is_whole else read


def _read_churned(values: Any, times: IntArray | None) -> BoolArray:
    """True or False for each customer, which may be spelled 1 and 0."""
    given = _column(values, "churned")
    if given.dtype.kind == "b":
        return given
    read = given
    if given.dtype.kind == "O":
        plain = [int(v) if isinstance(v, bool | np.bool_) else v for v in given]
        read = as_floats(np.array([None, *plain], object)[1:])
    churned = read == 1
    wrong = ~churned & (read != 0)
    if wrong.any():
        _refuse("Each value of `churned` must be True or False", given, wrong, times)
    return np.asarray(churned)


def _column(values: Any, name: str) -> AnyArray:
    """An array-like as a 1-D array of numbers, of booleans, or of Python objects."""
    array = values
    if not isinstance(values, list | tuple | np.ma.MaskedArray):
        array = np.asarray(values)
        if array.dtype.kind == "b" and array.ndim == 1:
            return array
    try:
        column = one_dimensional(array, name, hint="")
    except ScaleError as error:
        fail(ArgumentError, str(error))
    # Durations in nanoseconds would become whole numbers.
    in_units = isinstance(array, np.ndarray) and array.dtype.kind == "m"
    if in_units or (column.dtype.kind == "O" and any(map(_is_duration, column))):
        hint = "did you mean to count them in days?"
        fail(ArgumentError, f"`{name}` must be numbers, not durations.", hint)
    return column


def _is_duration(value: Any) -> bool:
    """Whether a value is a time between two others; Arrow has tuples of them."""
    return isinstance(value, timedelta | np.timedelta64) or hasattr(value, "nanoseconds")


def _check_length(values: AnyArray, name: str, n: int) -> None:
    if len(values) != n:
        came = f"{len(values):,} for {n:,}"
        fail(MismatchError, f"`{name}` must have one value per tenure, not {came}.")


def _refuse(must: str, given: AnyArray, wrong: BoolArray, times: IntArray | None) -> NoReturn:
    """Say what must hold, the first value that came, and how many there are of them."""
    culprits = [np.nan if is_missing(value) else value for value in given[wrong].tolist()]
    culprit, where = culprits[0], f"{len(culprits):,} of {len(given):,}"
    if times is None:
        where += f", first at position {np.flatnonzero(wrong)[0]:,}"
    else:  # an engine has no order
        culprit, where = ordered(culprits)[0], f"{times[wrong].sum():,} of {times.sum():,}"
    fail(ArgumentError, f"{must}, not {culprit!r:.40} ({where}).")


def _wide(numbers: AnyArray) -> AnyArray:
    """The same numbers in the widest type of their kind, so that none changes beside others."""
    return numbers.astype(np.float64 if numbers.dtype.kind == "f" else np.int64, copy=False)
