"""Moves: the ways that customers take from touchpoint to touchpoint."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from cxmetrics._checks import check_type, fail, near
from cxmetrics._frozen import SHARED, _restored, _rows, settled
from cxmetrics._table import Table
from cxmetrics._typing import AnyArray, IndexArray, IntArray, Ints
from cxmetrics.errors import ArgumentError, ScaleError, UnknownKeyError
from cxmetrics.summaries.counts import MOST, _whole
from cxmetrics.summaries.sequences import distinct, packed, summed
from cxmetrics.summaries.summary import Summary

MOST_TOUCHPOINTS = 1_000
"""A table of moves has as many rows and columns."""

START, END = "start", "end"
"""Where every path begins and ends, beside the touchpoints; in parentheses if one is called so."""


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Moves(Summary):
    """Number of customers per path through the touchpoints, mergeable by `+`.

    Paths are held one after the other, in the order of their touchpoints, each of them once.
    Two summaries are equal if the same numbers of customers took the same paths.

    Args:
        touchpoints: Names of the touchpoints, sorted.
        steps: Positions of the touchpoints of all paths, in `touchpoints`; the same for all
            rows of a batch, as are the lengths.
        lengths: Number of events of each path.
        customers: Number of customers who took each path; leading axes are a batch.

    Raises:
        ScaleError: If names are not sorted or occur twice, there are more than 1,000, or
            the other numbers do not describe paths.

    Examples:
        >>> north = Moves.from_paths({("web", "shop"): 20, ("web", "phone", "shop"): 5})
        >>> south = Moves.from_paths({("phone",): 10, ("web", "shop"): 3})
        >>> print(north + south)
        Moves of 38 customers on 3 different paths
        from   phone  shop  web  end
        start     10     0   28    –
        phone      0     5    0   10
        shop       0     0    0   28
        web        5    23    0    0
    """

    touchpoints: tuple[str, ...] = field(metadata=SHARED)
    steps: AnyArray = field(metadata=SHARED)
    lengths: IntArray = field(metadata=SHARED)
    customers: IntArray

    def __init__(
        self,
        touchpoints: Sequence[str],
        steps: npt.ArrayLike,
        lengths: npt.ArrayLike,
        customers: npt.ArrayLike,
    ) -> None:
        names = checked_touchpoints(touchpoints)
        codes, each = _checked_paths(names, steps, lengths)
        number = _whole(customers, "customers")
        if number.shape[-1:] != each.shape:
            must = f"{len(each):,} numbers, one per path"
            fail(ScaleError, f"`customers` must be {must}, not of shape {number.shape}.")
        if np.any(number.sum(axis=-1, dtype=np.float64) > MOST):
            fail(ScaleError, "A summary must have at most 2**53 customers.")
        first, inverse = distinct(packed(codes, each, len(names)))
        if not np.array_equal(first, np.arange(len(each))):
            codes, each = _picked(codes, each, first)
            number = summed(number, inverse, len(first))
        for name, content in (
            ("touchpoints", names),
            ("steps", codes),
            ("lengths", each),
            ("customers", number),
        ):
            object.__setattr__(self, name, content)
        self.__post_init__()

    @classmethod
    def in_order(
        cls,
        touchpoints: tuple[str, ...],
        steps: AnyArray,
        lengths: IntArray,
        customers: IntArray,
    ) -> Self:
        """Moves on paths that are known to be in order, which takes long to check."""
        contents = (touchpoints, steps, lengths, customers)
        value = _restored(cls, dict(zip(cls.__slots__, contents, strict=True)))
        assert isinstance(value, cls)  # noqa: S101 (as it was asked for)
        return value

    @classmethod
    def from_paths(cls, paths: Mapping[Any, int]) -> Self:
        """Moves from the number of customers on each path.

        Args:
            paths: The touchpoints of each path, a tuple in order, and how many customers
                took it.

        Raises:
            ArgumentError: If a path is no tuple of names, or has none.
            ScaleError: If a number is not a whole number from 0.

        Examples:
            >>> Moves.from_paths({("web", "phone"): 3, ("web",): 2}).n
            5
        """
        check_type(paths, "paths", Mapping)
        for path in paths:
            if not (isinstance(path, tuple) and path):
                fail(ArgumentError, f"Each path must be a tuple of names, not {path!r:.60}.")
        names = sorted_names(name for path in paths for name in path)
        code = {name: i for i, name in enumerate(names)}
        steps = [code[name] for path in paths for name in path]
        return cls(names, steps, [len(path) for path in paths], list(paths.values()))

    @classmethod
    def empty(cls) -> Self:
        """No customers: the zero of `+`."""
        return cls((), [], [], [])

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch; () for the moves of one group."""
        return self.customers.shape[:-1]

    @property
    def n(self) -> Ints:
        """Number of customers."""
        return settled(self.customers.sum(axis=-1))

    @property
    def paths(self) -> list[tuple[str, ...]]:
        """The touchpoints of each path, in order."""
        return self.paths_at(np.arange(len(self.lengths)))

    @property
    def transitions(self) -> IntArray:
        """Number of moves from each touchpoint, and last the start, to each, and last the end."""
        size = len(self.touchpoints) + 1
        cell, path = self.cells()
        sums = summed(self.customers[..., path], cell, size * size)
        return sums.reshape(*self.shape, size, size)

    @property
    def owners(self) -> IndexArray:
        """The path that each step is of."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    def paths_at(self, rows: IndexArray) -> list[tuple[str, ...]]:
        """The touchpoints of some paths, in order."""
        starts = np.cumsum(self.lengths) - self.lengths
        each = zip(starts[rows].tolist(), self.lengths[rows].tolist(), strict=True)
        codes = [self.steps[at : at + length].tolist() for at, length in each]
        return [tuple(self.touchpoints[code] for code in path) for path in codes]

    def position(self, touchpoint: str, argument: str) -> int:
        """The position of a touchpoint, which there must be.

        Raises:
            UnknownKeyError: If there is no such touchpoint.
        """
        if touchpoint not in self.touchpoints:
            message = f"`{argument}` must be a touchpoint, not {touchpoint!r:.60}."
            fail(UnknownKeyError, message, near(touchpoint, self.touchpoints))
        return self.touchpoints.index(touchpoint)

    def cells(self) -> tuple[IndexArray, IndexArray]:
        """Each move of each path, as from × to in one number, and the path it is of."""
        end = len(self.touchpoints)
        lasts = np.cumsum(self.lengths)
        firsts = lasts - self.lengths
        steps = self.steps.astype(np.intp)
        to = np.full(len(steps), end)
        to[:-1] = steps[1:]
        to[lasts - 1] = end
        cells = np.concatenate([steps * (end + 1) + to, end * (end + 1) + steps[firsts]])
        return cells, np.concatenate([self.owners, np.arange(len(firsts))])

    def __getitem__(self, index: Any) -> Self:
        """The row, or rows, of a batch."""
        if not self.shape:
            return Summary.__getitem__(self, index)
        return self._with({name: _rows(content, index) for name, content in self._sums()})

    def __add__(self, other: object) -> Self:
        if not isinstance(other, type(self)):
            return NotImplemented
        for one, two in ((self, other), (other, self)):
            if not (one.shape or one.lengths.size):  # the zero
                return two
        return Summary.__add__(*self.aligned(other))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        return Summary.__eq__(*self.aligned(other))

    __hash__ = None  # type: ignore[assignment]

    def _with(self, sums: dict[str, Any]) -> Self:
        return self.in_order(**self._contents(shared=True), **sums)

    def aligned(self, other: Self) -> tuple[Self, Self]:
        """Both on the touchpoints and the paths of either."""
        names = sorted_names([*self.touchpoints, *other.touchpoints])
        sides = [side._renamed(names) for side in (self, other)]
        codes = np.concatenate([side.steps for side in sides])
        lengths = np.concatenate([side.lengths for side in sides])
        first, inverse = distinct(packed(codes, lengths, len(names)))
        codes, lengths = _picked(codes, lengths, first)
        split = np.split(inverse, [len(self.lengths)])
        mine, theirs = (
            self.in_order(names, codes, lengths, summed(side.customers, at, len(first)))
            for side, at in zip(sides, split, strict=True)
        )
        return mine, theirs

    def _renamed(self, names: tuple[str, ...]) -> Self:
        """The same among these touchpoints, which are all of its own and more."""
        if names == self.touchpoints:
            return self
        at = np.searchsorted(np.array(names, object), np.array(self.touchpoints, object))
        steps = at.astype(np.int16)[self.steps]
        return self.in_order(names, steps, self.lengths, self.customers)

    def _table(self) -> Table:
        """A row per path; of a batch, a row per row, with a column per path."""
        names = [" > ".join(path) for path in self.paths]
        if self.shape:
            return Table.wide({"customers": self.customers}, names)
        columns: dict[str, Any] = {
            "path": names,
            "events": self.lengths,
            "customers": self.customers,
        }
        return Table.of(columns, len(names))

    def _display(self, *, detailed: bool) -> Table:
        """The moves; of a batch, how many customers and paths."""
        del detailed
        if self.shape:
            taken = (self.customers > 0).sum(axis=-1)
            numbers = {"n": np.ravel(self.n), "paths": np.ravel(taken)}
            formats = dict.fromkeys(numbers, ",")
            return Table.of(numbers, np.size(self.n), caption="Moves", formats=formats)
        table = np.roll(self.transitions, 1, axis=0)
        cells = table.T.tolist()
        cells[-1][0] = None
        start, end, source = (unlike(name, self.touchpoints) for name in (START, END, "from"))
        to = [*self.touchpoints, end]
        columns: dict[str, Any] = {
            source: [start, *self.touchpoints],
            **dict(zip(to, cells, strict=True)),
        }
        taken = int(np.count_nonzero(self.customers))
        caption = f"Moves of {self.n:,} customers on {taken:,} different paths"
        return Table.of(columns, len(table), caption=caption, formats=dict.fromkeys(to, ","))


def unlike(name: str, touchpoints: Sequence[str]) -> str:
    """A name that no touchpoint has: in parentheses, if need be."""
    return unlike(f"({name})", touchpoints) if name in touchpoints else name


def sorted_names(names: Iterable[Any], what: str = "touchpoint") -> tuple[str, ...]:
    """The distinct names, sorted, if all of them are names."""
    every = list(names)
    if strange := [repr(name) for name in every if not isinstance(name, str) or not name]:
        first = min(strange)  # an engine has no order
        fail(ArgumentError, f"Each {what} must be a name, not {first:.40}.")
    return tuple(sorted(set(every)))


def checked_touchpoints(touchpoints: Any, what: str = "touchpoint") -> tuple[str, ...]:
    """Sorted names, each of them once, and not too many."""
    if not isinstance(touchpoints, list | tuple):
        kind = type(touchpoints).__name__
        fail(ScaleError, f"`touchpoints` must be a list of names, not {kind}.")
    names = tuple(touchpoints)
    if sorted_names(names) != names:
        fail(ScaleError, "`touchpoints` must be sorted, and each of them occur once.")
    if len(names) > MOST_TOUCHPOINTS:
        came = f"{len(names):,}"
        hint = "did you mean a column with fewer names?"
        message = f"There must be at most {MOST_TOUCHPOINTS:,} {what}s, not {came}."
        fail(ScaleError, message, hint)
    return names


def _checked_paths(
    names: tuple[str, ...], steps: npt.ArrayLike, lengths: npt.ArrayLike
) -> tuple[AnyArray, IntArray]:
    """Positions of touchpoints, and how many of them each path has."""
    codes, each = _listed(steps, "steps"), _listed(lengths, "lengths").astype(np.int64)
    if codes.size and codes.max() >= len(names):
        culprit = codes.max()
        fail(ScaleError, f"Each of `steps` must be 0 to {len(names) - 1:,}, not {culprit:,}.")
    if (each < 1).any() or each.sum() != len(codes):
        came = f"{each.sum():,} in {len(each):,} paths for {len(codes):,} steps"
        fail(ScaleError, f"`lengths` must be numbers from 1 that add up to the steps, not {came}.")
    return codes.astype(np.int16), each


def _listed(numbers: npt.ArrayLike, name: str) -> AnyArray:
    """Whole numbers in one line."""
    whole = _whole(numbers, name)
    if whole.ndim != 1:
        fail(ScaleError, f"`{name}` must be numbers in one line, not of shape {whole.shape}.")
    return whole


def _picked(codes: AnyArray, lengths: IntArray, rows: IndexArray) -> tuple[AnyArray, IntArray]:
    """Some of the paths, in this order."""
    each = lengths[rows]
    starts = np.cumsum(lengths) - lengths
    at = np.arange(each.sum()) + np.repeat(starts[rows] - np.cumsum(each) + each, each)
    return codes[at], each
