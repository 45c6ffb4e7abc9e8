"""Summary: the one contract of everything that is reduced from raw answers."""

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

    A member declares its fields, the `SHARED` ones (such as a scale) first; it
    adds, travels as JSON and is taken apart into rows without further code.
    """

    __slots__ = ()
    kinds: ClassVar[dict[str, type["Summary"]]] = {}

    def __init_subclass__(cls) -> None:
        Summary.kinds[cls.__name__] = cls

    def __add__(self, other: object) -> Self:
        if type(other) is not type(self):
            return NotImplemented
        for name, mine in self._shared().items():
            if mine != (theirs := getattr(other, name)):
                kind = type(self).__name__.lower()
                fail(
                    MismatchError,
                    f"Can't add {kind} on {name} {theirs} to {kind} on {name} {mine}.",
                )
        if self.shape != other.shape:  # type: ignore[attr-defined]
            fail(MismatchError, f"Can't add a batch of {other.shape} to a batch of {self.shape}.")  # type: ignore[attr-defined]
        return self._with({name: mine + getattr(other, name) for name, mine in self._own().items()})

    def __radd__(self, other: object) -> Self:
        """Make `sum(summaries)` work, which starts from 0."""
        return self if other == 0 else NotImplemented

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without answers."""
        return self._with(
            {
                name: np.concatenate([mine, np.zeros_like(mine[:1], shape=(1, *mine.shape[1:]))])[
                    rows
                ]
                for name, mine in self._own().items()
            }
        )

    def regrouped(self, codes: IndexArray, size: int) -> Self:
        """The sums of the rows of a batch that share a code."""
        sums = {}
        for name, mine in self._own().items():
            sums[name] = np.zeros((size, *mine.shape[1:]), mine.dtype)
            np.add.at(sums[name], codes, mine)
        return self._with(sums)

    def to_dict(self) -> dict[str, Any]:
        """The summary as plain data, ready for JSON."""
        shared = {name: mine.to_dict() for name, mine in self._shared().items()}
        own = {name: np.asarray(mine).tolist() for name, mine in self._own().items()}
        return stored(type(self).__name__, **shared, **own)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """The summary that `to_dict` described.

        Raises:
            FormatError: If the data is not what `to_dict` writes.
            CxMetricsError: If its contents are not a valid summary.
        """
        content = checked(data, cls.__name__, {field.name for field in fields(cls)})  # type: ignore[arg-type]
        parsers = {field.name: field.metadata.get("parse") for field in fields(cls)}  # type: ignore[arg-type]
        return cls(
            **{
                name: parse(content[name]) if parse else content[name]
                for name, parse in parsers.items()
            }
        )

    def _shared(self) -> dict[str, Any]:
        shared = [field.name for field in fields(self) if field.metadata.get("shared")]  # type: ignore[arg-type]
        return {name: getattr(self, name) for name in shared}

    def _own(self) -> dict[str, Any]:
        own = [field.name for field in fields(self) if not field.metadata.get("shared")]  # type: ignore[arg-type]
        return {name: getattr(self, name) for name in own}

    def _with(self, own: dict[str, Any]) -> Self:
        return type(self)(**self._shared(), **own)


def stored(kind: str, **content: Any) -> dict[str, Any]:
    """Fields under their version and kind."""
    return {"version": VERSION, "kind": kind, **content}


def checked(data: Any, kind: str, names: set[str]) -> dict[str, Any]:
    """The fields of stored data, if it is of this version and kind."""
    if not isinstance(data, dict):
        fail(FormatError, f"Stored data must be a dict, not {type(data).__name__}.")
    if data.get("version") != VERSION:
        fail(
            FormatError,
            f"Stored data must be of version {VERSION}, not {data.get('version')!r:.40}.",
        )
    if data.get("kind") != kind:
        fail(FormatError, f"Stored data must be of kind {kind!r}, not {data.get('kind')!r:.40}.")
    content = {name: value for name, value in data.items() if name not in {"version", "kind"}}
    if content.keys() != names:
        came = ", ".join(sorted(map(str, content)))
        fail(FormatError, f"Stored {kind} must have {', '.join(sorted(names))}, not {came:.80}.")
    return content
