"""Frozen values: equal by content, with read-only arrays, and a batch is its rows."""

from abc import ABC, abstractmethod
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
        for name in _names(self):
            object.__setattr__(self, name, settled(getattr(self, name)))

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return all(_same(getattr(self, name), getattr(other, name)) for name in _names(self))

    # Like an array, a value compared by its arrays can't be a key of a dict.
    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), {name: getattr(self, name) for name in _names(self)})

    def __getitem__(self, index: Any) -> Self:
        """The row, or rows, of a batch."""
        if not self.shape:
            msg = f"A single {type(self).__name__} has no rows."
            raise TypeError(msg)
        batched = [f.name for f in fields(self) if f.init and not f.metadata.get("shared")]  # type: ignore[arg-type]
        return replace(self, **{name: _rows(getattr(self, name), index) for name in batched})  # type: ignore[type-var]


def _names(value: Frozen) -> list[str]:
    return [field.name for field in fields(value)]  # type: ignore[arg-type]


def _restored(kind: type[Frozen], values: dict[str, Any]) -> Frozen:
    """Rebuild a pickled or copied value, whose arrays have become writeable."""
    value = object.__new__(kind)
    for name, content in values.items():
        object.__setattr__(value, name, settled(content))
    return value


def settled(content: Any) -> Any:
    """Content as results hold it: Python numbers instead of arrays without axes; read-only arrays."""
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


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, np.ndarray | float) and isinstance(b, np.ndarray | float):
        return np.array_equal(a, b, equal_nan=True)
    return bool(np.array_equal(a, b)) if isinstance(a, np.ndarray) else bool(a == b)


def _rows(content: Any, index: Any) -> Any:
    match content:
        case np.ndarray() | Frozen():
            return content[index]
        case tuple() if hasattr(content, "_fields"):
            return type(content)(*(_rows(part, index) for part in content))
        case _:
            return content
