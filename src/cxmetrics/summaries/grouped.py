"""Grouped: one value per segment, period or touchpoint."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Generic, Protocol, Self, TypeVar, overload

import numpy as np

from cxmetrics._checks import check_whole, fail, near
from cxmetrics._table import Table, Tabular
from cxmetrics._typing import IndexArray
from cxmetrics.errors import ArgumentError, FormatError, MismatchError, UnknownKeyError
from cxmetrics.summaries.labels import ordered
from cxmetrics.summaries.summary import Summary, checked, stored


class Batch(Protocol):
    """What a Grouped holds: many values of one kind, in arrays."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch."""

    @property
    def n(self) -> Any:
        """Answers per row."""

    def __getitem__(self, index: Any) -> Self:
        """A row, or rows."""

    def take(self, rows: IndexArray) -> Self:
        """The rows at these positions; at -1, a row without answers."""

    def _table(self) -> Table:
        """All columns, at full precision."""

    def _display(self, *, detailed: bool) -> Table:
        """The columns for people."""


T = TypeVar("T", bound=Batch)
U = TypeVar("U", bound=Batch)
S = TypeVar("S", bound=Summary)


class Grouped(Tabular, Mapping[Any, T], Generic[T]):
    """One value per group, held as one batch: a read-only mapping from keys.

    A key is the bare value where the keys have one column, a tuple where they
    have several.

    Args:
        keys: Columns of key values by name, all of one length.
        batch: One value, batched along its first axis.
        whole: The value of all groups together, where the rows of the batch do not
            add up to it, because they share clusters.

    Raises:
        MismatchError: If keys and batch differ in length.
        ArgumentError: If there is no column, or a key occurs twice.

    Examples:
        >>> from cxmetrics import ONE_TO_FIVE, Counts
        >>> stars = Counts.of([5, 4, 1, 3], ONE_TO_FIVE, by={"shop": ["N", "N", "S", "S"]})
        >>> stars["N"].n, list(stars), stars.total().n
        (2, ['N', 'S'], 4)
    """

    __slots__ = ("_batch", "_columns", "_positions", "_whole")

    def __init__(
        self, keys: Mapping[str, Iterable[Any]], batch: T, *, whole: T | None = None
    ) -> None:
        columns = {name: _python_values(values) for name, values in keys.items()}
        if not columns:
            fail(ArgumentError, "`keys` must have at least one column, not none.")
        lengths = {len(values) for values in columns.values()}
        if len(batch.shape) != 1 or lengths != {batch.shape[0]}:
            came = f"{sorted(lengths)} for a batch of shape {batch.shape}"
            fail(MismatchError, f"`keys` must have one value per row of the batch, not {came}.")
        self._columns = columns
        self._batch = batch
        self._whole = whole
        keys_in_order = _keys(columns)
        self._positions = {key: i for i, key in enumerate(keys_in_order)}
        if len(self._positions) < len(keys_in_order):
            twice = next(key for i, key in enumerate(keys_in_order) if self._positions[key] != i)
            fail(ArgumentError, f"Each key must occur once, but {twice!r} occurs again.")

    @property
    def by(self) -> tuple[str, ...]:
        """Names of the columns of the keys."""
        return tuple(self._columns)

    @property
    def columns(self) -> dict[str, list[Any]]:
        """Values of the keys, by column."""
        return {name: list(values) for name, values in self._columns.items()}

    @property
    def batch(self) -> T:
        """All values as one batch, in the order of the keys."""
        return self._batch

    def __getitem__(self, key: Any) -> T:
        if key not in self._positions:
            fail(UnknownKeyError, f"There is no group {key!r}.", near(key, self._positions))
        return self._batch[self._positions[key]]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._positions)

    def __len__(self) -> int:
        return len(self._positions)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Grouped):
            return NotImplemented
        if self.by != other.by or self._positions.keys() != other._positions.keys():
            return False
        return bool(self._batch == other.in_order(self))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return str(self)

    def __add__(self: "Grouped[S]", other: "Grouped[S]") -> "Grouped[S]":
        """Summaries of the union of the groups."""
        if not isinstance(other, Grouped):
            return NotImplemented
        keys, mine, theirs = self.aligned(other)
        wholes = self._whole is not None or other._whole is not None
        return Grouped(keys, mine + theirs, whole=self.total() + other.total() if wholes else None)

    def __radd__(self, other: object) -> Self:
        """Make `sum(grouped_summaries)` work, which starts from 0."""
        return self if other == 0 else NotImplemented

    def map(self, function: Callable[[T], U]) -> "Grouped[U]":
        """Apply a function of a batch, such as a metric, to all groups at once.

        Examples:
            >>> from cxmetrics import YES_NO, Counts, top_box
            >>> solved = Counts.of([1, 1, 0, 1], YES_NO, by=["web", "web", "app", "app"])
            >>> solved.map(lambda counts: top_box(counts, top=1))["app"].value
            50.0
        """
        return Grouped(self._columns, function(self._batch))

    def select(self, **values: Any) -> "Grouped[T]":
        """The groups with these key values; lists select several.

        A column of which one value is selected is dropped from the keys.

        Raises:
            UnknownKeyError: If there is no such column or value.
            ArgumentError: If no column of keys would be left.
        """
        keep = np.ones(len(self), np.bool_)
        kept = dict(self._columns)
        for name, wanted in values.items():
            chosen = wanted if isinstance(wanted, list | tuple | set) else [wanted]
            column = self._column(name)
            for value in chosen:
                if value not in column:
                    fail(UnknownKeyError, f"There is no {name} {value!r}.", near(value, column))
            keep &= np.array([value in chosen for value in column], np.bool_)
            if chosen is not wanted:
                del kept[name]
        rows = np.flatnonzero(keep)
        if not kept:
            key = ", ".join(repr(values[name]) for name in self._columns)
            hint = f"did you mean grouped[{key}]?"
            fail(ArgumentError, "One column must be left in the keys.", hint)
        keys = {name: [column[i] for i in rows] for name, column in kept.items()}
        return Grouped(keys, self._batch[rows])

    @overload
    def total(self: "Grouped[S]", over: None = None) -> S: ...
    @overload
    def total(self: "Grouped[S]", over: str | Iterable[str]) -> "Grouped[S]": ...
    def total(self: "Grouped[S]", over: str | Iterable[str] | None = None) -> "S | Grouped[S]":
        """The sum of the summaries of all groups, or over some columns of the keys.

        Args:
            over: The column, or columns, to sum over; all of them unless given.

        Returns:
            One summary, or one per group of the columns that are left.

        Raises:
            UnknownKeyError: If there is no such column.
            ArgumentError: If these are not summaries, or no other column is left.
            OverlappingClustersError: If groups that are added share clusters. The total
                of everything is known all the same, unless groups were selected.
        """
        self._check_summary("total", "did you mean to total the counts before the metric?")
        if over is None and self._whole is not None:
            return self._whole
        if over is None:
            return self._batch.regrouped(np.zeros(len(self), np.intp), 1)[0]
        summed = [over] if isinstance(over, str) else list(over)
        for name in summed:
            self._column(name)
        kept = {name: values for name, values in self._columns.items() if name not in summed}
        if not kept:
            fail(
                ArgumentError,
                "One column must be left in the keys.",
                "did you mean grouped.total()?",
            )
        groups = list(dict.fromkeys(_keys(kept)))
        position = {key: i for i, key in enumerate(groups)}
        codes = np.array([position[key] for key in _keys(kept)], np.intp)
        return Grouped(_columns(tuple(kept), groups), self._batch.regrouped(codes, len(groups)))

    def suppress(self, *, min_n: int) -> "Grouped[T]":
        """Blank the groups with fewer than `min_n` answers.

        A blanked group stays in the table like one without answers; nothing of
        its answers is left, their number included.
        """
        least = check_whole(min_n, "min_n")
        rows = np.where(np.asarray(self._batch.n) < least, -1, np.arange(len(self)))
        return Grouped(self._columns, self._batch.take(rows))

    def aligned(self, other: "Grouped[T]") -> tuple[dict[str, list[Any]], T, T]:
        """Keys of the union of the groups, and both batches in their order.

        A group on one side only is a row without answers on the other.

        Raises:
            MismatchError: If the keys have other columns.
        """
        keys, (mine, theirs) = side_by_side([self, other])
        return keys, mine, theirs

    def in_order(self, keys: Iterable[Any]) -> T:
        """The batch in the order of these keys; of a key that it lacks, a row without answers."""
        return self._batch.take(np.array([self._positions.get(key, -1) for key in keys], np.intp))

    def to_dict(self: "Grouped[S]") -> dict[str, Any]:
        """The summaries and their keys as plain data, ready for JSON."""
        self._check_summary("to_dict", "did you mean to_dicts()?")
        whole = {} if self._whole is None else {"whole": self._whole.to_dict()}
        keys = {name: list(map(_stored_key, column)) for name, column in self._columns.items()}
        return stored("Grouped", keys=keys, batch=self._batch.to_dict(), **whole)

    @classmethod
    def from_dict(cls, data: Any) -> "Grouped[Any]":
        """The grouped summaries that `to_dict` described.

        Raises:
            FormatError: If the data is not what `to_dict` writes.
        """
        content = checked(data, "Grouped", {"keys", "batch"}, {"whole"})
        keys, batch = content["keys"], content["batch"]
        if not isinstance(keys, dict) or not all(isinstance(v, list) for v in keys.values()):
            fail(FormatError, "Stored keys must be lists by column.")
        keys = {name: list(map(_read_key, values)) for name, values in keys.items()}
        whole = Summary.parsed(content["whole"]) if "whole" in content else None
        return cls(keys, Summary.parsed(batch), whole=whole)  # type: ignore[arg-type]

    def _check_summary(self, name: str, hint: str) -> None:
        if not isinstance(self._batch, Summary):
            kind = type(self._batch).__name__
            fail(ArgumentError, f"`{name}` must be asked of summaries, not of {kind}s.", hint)

    def _column(self, name: str) -> list[Any]:
        if name not in self._columns:
            fail(UnknownKeyError, f"There is no column {name!r}.", near(name, self._columns))
        return self._columns[name]

    def _table(self) -> Table:
        return self._batch._table().beside(self._columns)

    def _display(self, *, detailed: bool) -> Table:
        return self._batch._display(detailed=detailed).beside(self._columns)


def check_one_group(value: object, name: str) -> None:
    """What is of one group must not come as that of several."""
    if isinstance(value, Grouped):
        hint = f"did you mean {name}[{next(iter(value), 'key')!r}]?"
        fail(MismatchError, f"`{name}` must be of one group, not of {len(value):,}.", hint)


def side_by_side(several: "Sequence[Grouped[T]]") -> tuple[dict[str, list[Any]], list[T]]:
    """Keys of the union of the groups of several Grouped, and all batches in their order.

    Raises:
        MismatchError: If the keys have other columns.
    """
    by = several[0].by
    for other in several[1:]:
        if other.by != by:
            message = f"Both must be grouped by {', '.join(by)}, not {', '.join(other.by)}."
            fail(MismatchError, message)
    union = list(dict.fromkeys(key for grouped in several for key in grouped))
    if all(list(grouped) == ordered(list(grouped)) for grouped in several):
        union = ordered(union)  # else the order of the categories is kept
    return _columns(by, union), [grouped.in_order(union) for grouped in several]


def _stored_key(key: Any) -> Any:
    """A key as JSON has it: days and times are named."""
    if isinstance(key, date):
        return {type(key).__name__: key.isoformat()}
    if not isinstance(key, str | int | float | None):
        kinds = "texts, numbers, days or times"
        fail(ArgumentError, f"Stored keys must be {kinds}, not {key!r:.60}.")
    return key


def _read_key(stored_key: Any) -> Any:
    """The inverse of `_stored_key`."""
    match stored_key:
        case str() | int() | float() | None:
            return stored_key
        case {"date": str(day)}:
            return _from_iso(date, day)
        case {"datetime": str(time)}:
            return _from_iso(datetime, time)
        case _:
            kinds = "texts, numbers, days or times"
            fail(FormatError, f"Stored keys must be {kinds}, not {stored_key!r:.60}.")


def _from_iso(kind: type[date], text: str) -> date:
    try:
        return kind.fromisoformat(text)
    except ValueError:
        fail(FormatError, f"A stored {kind.__name__} must be in ISO format, not {text!r:.40}.")


def _python_values(values: Iterable[Any]) -> list[Any]:
    """Values of keys as Python has them: numpy's numbers and times would be other keys."""
    if isinstance(values, np.ndarray):
        fine = values.dtype.kind == "M" and values.dtype > "datetime64[us]"
        listed: list[Any] = (values.astype("datetime64[us]") if fine else values).tolist()
        return listed
    return [value.item() if isinstance(value, np.generic) else value for value in values]


def _keys(columns: Mapping[str, list[Any]]) -> list[Any]:
    """Bare values of one column, tuples of several."""
    lists = list(columns.values())
    return lists[0] if len(lists) == 1 else list(zip(*lists, strict=True))


def _columns(names: tuple[str, ...], keys: list[Any]) -> dict[str, list[Any]]:
    """The inverse of `_keys`."""
    rows = [(key,) for key in keys] if len(names) == 1 else keys
    return {name: [row[i] for row in rows] for i, name in enumerate(names)}
