"""Frozen values: equal by content, with read-only arrays, and a batch is its rows."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, Self

import numpy as np

SHARED = {"shared": True}
"""Metadata of a field that all rows of a batch have in common."""


class Frozen(ABC):
    """Base of every summary and result, all of them frozen dataclasses with slots.

    Array fields are batched along their leading axes, unless declared as `SHARED`.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch; () for a single value."""

    def __post_init__(self) -> None:
        for name, content in self._contents().items():
            object.__setattr__(self, name, settled(content))

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        pairs = zip(self._contents().values(), other._contents().values(), strict=True)
        return all(_same(mine, theirs) for mine, theirs in pairs)

    # Like an array, a value compared by its arrays can't be a key of a dict.
    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self._contents())

    def __getitem__(self, index: Any) -> Self:
        """The row, or rows, of a batch."""
        if not self.shape:
            msg = f"A single {type(self).__name__} has no rows."
            raise TypeError(msg)
        index = _within(index, len(self.shape))
        own = self._contents(shared=False).items()
        rows = {name: _rows(content, index) for name, content in own}
        return replace(self, **rows)  # type: ignore[type-var]

    def __iter__(self) -> Iterator[Self]:
        """The rows of a batch, one by one."""
        return (self[i] for i in np.ndindex(self.shape[:1]))

    def _contents(self, *, shared: bool | None = None) -> dict[str, Any]:
        """All fields; or those that rows have in common, or those given for each row."""
        every = fields(self)  # type: ignore[arg-type]
        if shared is not None:
            every = tuple(f for f in every if f.init and shared == ("shared" in f.metadata))
        return {field.name: getattr(self, field.name) for field in every}


def settled(content: Any) -> Any:
    """Content as results hold it: numbers instead of 0-D arrays, else read-only arrays."""
    match content:
        case np.ndarray(ndim=0) | np.generic():
            return content.item()
        case np.ndarray():
            content.flags.writeable = False
            return content
        case tuple() if hasattr(content, "_fields"):
            return type(content)(*map(settled, content))
        case _:
            return content


def _restored(kind: type[Frozen], contents: dict[str, Any]) -> Frozen:
    """Rebuild a pickled or copied value, whose arrays have become writeable."""
    value = object.__new__(kind)
    for name, content in contents.items():
        object.__setattr__(value, name, settled(content))
    return value


def _same(mine: Any, theirs: Any) -> bool:
    if isinstance(mine, tuple):
        same_length = isinstance(theirs, tuple) and len(mine) == len(theirs)
        return same_length and all(map(_same, mine, theirs))
    if isinstance(mine, np.ndarray | float):
        return np.array_equal(mine, theirs, equal_nan=True)
    return bool(mine == theirs)


def _within(index: Any, axes: int) -> Any:
    """An index in which "..." stands for the axes of the batch alone."""
    parts = index if isinstance(index, tuple) else (index,)
    every = (slice(None),) * (axes - len(parts) + 1)
    at = next((i for i, part in enumerate(parts) if part is Ellipsis), None)
    return index if at is None else (*parts[:at], *every, *parts[at + 1 :])


def _rows(content: Any, index: Any) -> Any:
    if isinstance(content, tuple):
        parts = [_rows(part, index) for part in content]
        return type(content)(*parts) if hasattr(content, "_fields") else tuple(parts)
    return None if content is None else content[index]
