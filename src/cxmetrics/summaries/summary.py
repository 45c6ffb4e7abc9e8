"""Summary: the one contract of everything that is reduced from raw answers."""

from abc import abstractmethod
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import fields
from typing import Any, ClassVar, Self

import numpy as np

from cxmetrics._checks import fail
from cxmetrics._frozen import Frozen, _same
from cxmetrics._table import Tabular
from cxmetrics._typing import IndexArray
from cxmetrics.errors import FormatError, MismatchError

VERSION = 1


class Additive(Frozen):
    """A frozen value of sums: `+` adds what was reduced apart.

    A member declares its fields: those that all rows share with `SHARED`, a "parse"
    function in the metadata of those that hold values of this library, and a default
    of None for those that a summary may lack; all below then follows.
    """

    __slots__ = ()
    kinds: ClassVar[dict[str, type["Additive"]]] = {}

    def __init_subclass__(cls) -> None:
        Additive.kinds[cls.__name__] = cls

    def __add__(self, other: object) -> Self:
        if not isinstance(other, type(self)):
            return NotImplemented
        for name, mine in self._contents(shared=True).items():
            theirs = getattr(other, name)
            if not _same(mine, theirs):
                kind = type(self).__name__.lower()
                message = f"Can't add {kind} on {name} {theirs} to {kind} on {name} {mine}."
                fail(MismatchError, message)
        if self.shape != other.shape:
            message = f"Can't add a batch of shape {other.shape} to one of shape {self.shape}."
            fail(MismatchError, message)
        return self._with({name: mine + getattr(other, name) for name, mine in self._sums()})

    def __radd__(self, other: object) -> Self:
        """Make `sum(summaries)` work, which starts from 0."""
        return self if other == 0 else NotImplemented

    def zeros(self, shape: tuple[int, ...]) -> Self:
        """A batch of this shape without answers, to which such sums can be added."""
        return self._with(
            {
                name: mine.zeros(shape)
                if isinstance(mine, Additive)
                else np.zeros(shape + np.shape(mine)[len(self.shape) :], np.asarray(mine).dtype)
                for name, mine in self._sums()
            }
        )

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without answers."""
        taken: dict[str, Any] = {}
        for name, mine in self._sums():
            if isinstance(mine, Additive):
                taken[name] = mine.take(rows)
            else:
                nothing = np.zeros((1, *mine.shape[1:]), mine.dtype)
                taken[name] = np.concatenate([mine, nothing])[rows]
        return self._with(taken)

    def regrouped(self, codes: IndexArray, size: int) -> Self:
        """The sums of the rows of a batch that share a code."""
        sums: dict[str, Any] = {}
        for name, mine in self._sums():
            if isinstance(mine, Additive):
                sums[name] = mine.regrouped(codes, size)
            else:
                sums[name] = np.zeros((size, *mine.shape[1:]), mine.dtype)
                np.add.at(sums[name], codes, mine)
        return self._with(sums)

    def others(self) -> Self:
        """For each row of a batch, the sum of all the other rows; nothing is subtracted."""
        sums: dict[str, Any] = {}
        for name, mine in self._sums():
            if isinstance(mine, Additive):
                sums[name] = mine.others()
            else:
                nothing = np.zeros_like(mine[:1])
                before = np.cumsum(np.concatenate([nothing, mine[:-1]]), axis=0)
                after = np.cumsum(np.concatenate([nothing, mine[:0:-1]]), axis=0)[::-1]
                sums[name] = before + after
        return self._with(sums)

    def to_dict(self) -> dict[str, Any]:
        """The value as plain data, ready for JSON."""
        present = {name: mine for name, mine in self._contents().items() if mine is not None}
        return stored(
            type(self).__name__,
            **{
                name: mine.to_dict() if hasattr(mine, "to_dict") else _stored_numbers(mine)
                for name, mine in present.items()
            },
        )

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """The value that `to_dict` described.

        Raises:
            FormatError: If the data is not what `to_dict` writes.
            ScaleError: If its contents are no summary.
        """
        every = {field.name: field for field in fields(cls)}  # type: ignore[arg-type]
        optional = {name for name, field in every.items() if field.default is None}
        content = checked(data, cls.__name__, every.keys() - optional, optional)
        for name in content:
            parse = every[name].metadata.get("parse", _read_numbers)
            content[name] = parse(content[name])
        return cls(**content)

    @classmethod
    def parsed(cls, data: Any) -> Self:
        """The value that `to_dict` described, of whatever kind below this one."""
        kind = data.get("kind") if isinstance(data, dict) else None
        known = Additive.kinds.get(kind) if isinstance(kind, str) else None
        if known is None or not issubclass(known, cls):
            fail(FormatError, f"Stored data must be of a known kind, not {kind!r:.40}.")
        return known.from_dict(data)

    def _sums(self) -> Iterable[tuple[str, Any]]:
        """Name and content of every sum there is."""
        own = self._contents(shared=False).items()
        return [(name, content) for name, content in own if content is not None]

    def _with(self, sums: dict[str, Any]) -> Self:
        """A value with the same shared fields."""
        return type(self)(**self._contents(shared=True), **sums)


class Summary(Tabular, Additive):
    """A mergeable sufficient statistic: the one contract of everything reduced from answers."""

    __slots__ = ()

    @property
    @abstractmethod
    def n(self) -> Any:
        """Number of answers."""


def stored(kind: str, **content: Any) -> dict[str, Any]:
    """Fields under their version and kind."""
    return {"version": VERSION, "kind": kind, **content}


def checked(
    data: Any, kind: str, names: AbstractSet[str], optional: AbstractSet[str] = frozenset()
) -> dict[str, Any]:
    """The fields of stored data, if it is of this version and kind."""
    if not isinstance(data, dict):
        fail(FormatError, f"Stored data must be a dict, not {type(data).__name__}.")
    if data.get("version") != VERSION:
        came = data.get("version")
        fail(FormatError, f"Stored data must be of version {VERSION}, not {came!r:.40}.")
    if data.get("kind") != kind:
        fail(FormatError, f"Stored data must be of kind {kind!r}, not {data.get('kind')!r:.40}.")
    content = {name: value for name, value in data.items() if name not in {"version", "kind"}}
    if not names <= content.keys() <= names | optional:
        came = ", ".join(sorted(map(str, content)))
        must = ", ".join(sorted(names))
        fail(FormatError, f"A stored {kind} must have {must}, not {came:.80}.")
    return content


def _stored_numbers(numbers: Any) -> Any:
    """Numbers as JSON has them: a list, unless it has no rows and so can't tell their length."""
    array = np.asarray(numbers)
    return {"shape": list(array.shape)} if 0 in array.shape[:-1] else array.tolist()


def _read_numbers(stored_numbers: Any) -> Any:
    """The inverse of `_stored_numbers`."""
    if not isinstance(stored_numbers, dict):
        return stored_numbers
    shape = stored_numbers.get("shape")
    try:
        if 0 in shape:  # type: ignore[operator]
            return np.zeros(shape)
    except (TypeError, ValueError):
        pass
    fail(FormatError, f"A stored shape must be whole numbers, one of them 0, not {shape!r:.40}.")
