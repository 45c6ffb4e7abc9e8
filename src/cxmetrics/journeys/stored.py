"""Journeys as plain data and as JSON: read only as the schema says."""

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, Self

from cxmetrics._checks import check_type, fail
from cxmetrics.errors import CxMetricsError, FormatError
from cxmetrics.journeys.schema import check

MOST_BYTES = 2**20


class Stored(ABC):
    """A value that is written as plain data, and read back only if the schema allows it."""

    __slots__ = ()

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """The value as plain data, ready for JSON."""

    @classmethod
    @abstractmethod
    def _built(cls, data: dict[str, Any]) -> Self:
        """The value of data that is as the schema says."""

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """The value that `to_dict` described.

        Raises:
            FormatError: If the data is not what `to_dict` writes; the message says where.
        """
        kind = cls.__name__.lower()
        check(data, cls.__name__)
        with reading(kind):
            return cls._built(data)

    def to_json(self) -> str:
        """The value as JSON, on lines of its own for each content.

        Raises:
            FormatError: If it would be more than 1 MiB, which is not read.
        """
        text = json.dumps(self.to_dict(), indent=2, ensure_ascii=False)
        _check_size(text, type(self).__name__.lower())
        return text

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The value that is described by JSON, as `to_json` writes it.

        Raises:
            FormatError: If the text is more than 1 MiB, is not JSON, or is not what
                `to_json` writes; the message says where.
        """
        check_type(text, "text", str)
        kind = cls.__name__.lower()
        try:
            return cls.from_dict(_parsed(text, kind))
        except RecursionError:
            fail(FormatError, f"A stored {kind} must be JSON of few levels, not of so many.")


@contextmanager
def reading(place: str) -> Iterator[None]:
    """Let an error of a value say where it stands in what is read."""
    try:
        yield
    except FormatError:
        raise
    except CxMetricsError as error:
        fail(FormatError, f"Can't read `{place}`: {error}")


def _parsed(text: str, kind: str) -> Any:
    """The content of JSON, in which nothing is ambiguous."""
    _check_size(text, kind)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        content = dict(pairs)
        if len(content) < len(pairs):
            [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
            fail(FormatError, f"A stored {kind} must have each key once, not {twice!r:.60} twice.")
        return content

    def no_number(name: str) -> NoReturn:
        fail(FormatError, f"A stored {kind} must have finite numbers, not {name}.")

    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=no_number)
    except FormatError:
        raise
    except ValueError as error:
        fail(FormatError, f"A stored {kind} must be JSON, not {text!r:.40} ({error}).")


def _check_size(text: str, kind: str) -> None:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MOST_BYTES:
        fail(FormatError, f"A stored {kind} must have at most {MOST_BYTES:,} bytes, not {size:,}.")
