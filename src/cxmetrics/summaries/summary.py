"""Summary: the one contract of everything that is reduced from raw answers."""

from abc import abstractmethod
from dataclasses import fields
from typing import Any, ClassVar, Self

import numpy as np

from cxmetrics._checks import fail
from cxmetrics._frozen import Frozen
from cxmetrics._table import Tabular
from cxmetrics._typing import IndexArray
from cxmetrics.errors import FormatError, MismatchError

VERSION = 1


class Summary(Tabular, Frozen):
    """A mergeable sufficient statistic: `+` adds what was reduced apart.

    A member declares its fields, those that all rows share with `SHARED` and a
    "parse" function in their metadata; all below then follows.
    """

    __slots__ = ()
    kinds: ClassVar[dict[str, type["Summary"]]] = {}

    def __init_subclass__(cls) -> None:
        Summary.kinds[cls.__name__] = cls

    @property
    @abstractmethod
    def n(self) -> Any:
        """Number of answers."""

    def __add__(self, other: object) -> Self:
        if not isinstance(other, type(self)):
            return NotImplemented
        for name, mine in self._contents(shared=True).items():
            theirs = getattr(other, name)
            if mine != theirs:
                kind = type(self).__name__.lower()
                message = f"Can't add {kind} on {name} {theirs} to {kind} on {name} {mine}."
                fail(MismatchError, message)
        if self.shape != other.shape:
            message = f"Can't add a batch of shape {other.shape} to one of shape {self.shape}."
            fail(MismatchError, message)
        sums = {
            name: mine + getattr(other, name) for name, mine in self._contents(shared=False).items()
        }
        return self._with(sums)

    def __radd__(self, other: object) -> Self:
        """Make `sum(summaries)` work, which starts from 0."""
        return self if other == 0 else NotImplemented

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without answers."""
        taken = {}
        for name, mine in self._contents(shared=False).items():
            nothing = np.zeros((1, *mine.shape[1:]), mine.dtype)
            taken[name] = np.concatenate([mine, nothing])[rows]
        return self._with(taken)

    def regrouped(self, codes: IndexArray, size: int) -> Self:
        """The sums of the rows of a batch that share a code."""
        sums = {}
        for name, mine in self._contents(shared=False).items():
            sums[name] = np.zeros((size, *mine.shape[1:]), mine.dtype)
            np.add.at(sums[name], codes, mine)
        return self._with(sums)

    def to_dict(self) -> dict[str, Any]:
        """The summary as plain data, ready for JSON."""
        shared = {name: mine.to_dict() for name, mine in self._contents(shared=True).items()}
        own = self._contents(shared=False).items()
        return stored(
            type(self).__name__, **shared, **{name: np.asarray(mine).tolist() for name, mine in own}
        )

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """The summary that `to_dict` described.

        Raises:
            FormatError: If the data is not what `to_dict` writes.
            ScaleError: If its contents are no summary.
        """
        every = {field.name: field for field in fields(cls)}  # type: ignore[arg-type]
        content = checked(data, cls.__name__, set(every))
        for name, field in every.items():
            if "parse" in field.metadata:
                content[name] = field.metadata["parse"](content[name])
        return cls(**content)

    def _with(self, own: dict[str, Any]) -> Self:
        """A summary with the same shared fields."""
        return type(self)(**self._contents(shared=True), **own)


def stored(kind: str, **content: Any) -> dict[str, Any]:
    """Fields under their version and kind."""
    return {"version": VERSION, "kind": kind, **content}


def checked(data: Any, kind: str, names: set[str]) -> dict[str, Any]:
    """The fields of stored data, if it is of this version and kind."""
    if not isinstance(data, dict):
        fail(FormatError, f"Stored data must be a dict, not {type(data).__name__}.")
    if data.get("version") != VERSION:
        came = data.get("version")
        fail(FormatError, f"Stored data must be of version {VERSION}, not {came!r:.40}.")
    if data.get("kind") != kind:
        fail(FormatError, f"Stored data must be of kind {kind!r}, not {data.get('kind')!r:.40}.")
    content = {name: value for name, value in data.items() if name not in {"version", "kind"}}
    if content.keys() != names:
        came = ", ".join(sorted(map(str, content)))
        must = ", ".join(sorted(names))
        fail(FormatError, f"A stored {kind} must have {must}, not {came:.80}.")
    return content
