"""Reading raw answers: arrays of any kind → positions on a scale."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from numbers import Number
from typing import Any, NoReturn

import numpy as np

from cxmetrics._checks import check_type, fail
from cxmetrics._typing import AnyArray, IndexArray, IntArray
from cxmetrics.errors import ArgumentError, ScaleError
from cxmetrics.scale import YES_NO, Scale
from cxmetrics.summaries.bit_planes import NIBBLES, NibbleCounter

CHUNK = 1 << 19
"""Bytes counted at a time, so that they stay in the processor's cache."""

ROWS = 1 << 14
"""Rows located at a time: arrays of so few are not taken from the system anew each time."""

NARROW = 32
"""Up to so many points, one comparison per point beats one look-up per answer."""

MANY = 2
"""So many further values off the scale are hardly codes for "no answer"."""

SPELLED_NUMBER = re.compile(r"\s*[+-]?[0-9]+(\.[0-9]*)?\s*")


@dataclass(frozen=True, slots=True)
class Reading:
    """How the answers to one question are read."""

    scale: Scale
    missing: Any = ()
    reverse: bool = False

    def __post_init__(self) -> None:
        check_type(self.scale, "scale", Scale)
        if isinstance(self.missing, str | bytes) or not hasattr(self.missing, "__iter__"):
            message = f"`missing` must be a list of values, not {self.missing!r}."
            fail(ArgumentError, message, f"did you mean missing=[{self.missing!r}]?")
        object.__setattr__(self, "missing", [_plain(value) for value in self.missing])

    def position(self, answer: object) -> int | None:
        """Position on the scale, its size for a missing answer, None off the scale."""
        plain = _plain(answer)
        if is_missing(plain) or is_one_of(plain, self.missing):
            return self.scale.size
        if isinstance(plain, bool) and self.scale != YES_NO:
            return None
        if plain not in self.scale:
            return None
        return int(self.scale.high - plain if self.reverse else plain - self.scale.low)

    @property
    def table(self) -> IndexArray:
        """Position of each point of the scale, and of a missing answer behind them."""
        size = self.scale.size
        table = np.arange(size + 1)
        if self.reverse:
            table[:size] = table[:size][::-1]
        for code in self.missing:
            if not isinstance(code, bool) and code in self.scale:
                table[code - self.scale.low] = size
        return table


def tally(values: AnyArray, reading: Reading) -> tuple[IntArray, int]:
    """Answers per point of the scale, and missing answers."""
    scale, table = reading.scale, reading.table
    if values.dtype.kind not in "iuf" or scale.size > NARROW:
        everyone = np.broadcast_to(np.intp(0), len(values))
        counts, missing = tally_groups(values, reading, everyone, 1)
        return counts[0], int(missing[0])
    counted = np.zeros(scale.size + 1, np.int64)
    count = _PointCounter(values, scale)
    for rows in chunks(len(values), count.step):
        chunk = values[rows]
        found = count(chunk)
        rest = len(chunk) - int(found.sum())
        _check_rest(chunk, rest, reading, values)
        np.add.at(counted, table, np.append(found, rest))
    return counted[:-1], int(counted[-1])


def tally_groups(
    values: AnyArray, reading: Reading, codes: AnyArray, groups: int
) -> tuple[IntArray, IntArray]:
    """Answers per group and point of the scale, and missing answers per group."""
    width = reading.scale.size + 1
    table = np.zeros(groups * width, np.int64)
    for rows, places in _located(values, reading):
        cells = codes[rows].astype(np.intp)
        cells *= width
        cells += places
        np.add.at(table, cells, 1)
    counted = table.reshape(groups, width)
    return counted[:, :-1], counted[:, -1]


def positions(values: AnyArray, reading: Reading) -> IndexArray:
    """The position of each answer on the scale; of a missing one, the size of the scale."""
    found = np.empty(len(values), np.intp)
    for rows, places in _located(values, reading):
        found[rows] = places
    return found


def chunks(n: int, step: int = ROWS) -> Iterator[slice]:
    """All of `n` rows, so many at a time."""
    return (slice(start, start + step) for start in range(0, n, step))


COUNTED = "if these are counts per point, did you mean Counts(scale, counts)?"
"""A hint for answers that are a table."""


def one_dimensional(values: Any, name: str, *, hint: str = COUNTED) -> AnyArray:
    """An array-like as a 1-D array: numbers as they are, all else as Python objects."""
    if isinstance(values, np.ma.MaskedArray):
        values = values.tolist()
    if isinstance(values, list | tuple):
        # numpy would turn [1, "x", None] into strings and [1, True] into integers.
        array = np.array(values, None if set(map(type, values)) <= {int, float} else object)
    else:
        array = np.asarray(values)
    if array.ndim != 1:
        came = f"{array.ndim}-D" if array.ndim else type(values).__name__
        if hasattr(values, "columns"):
            hint = "did you mean one column of the frame?"
        fail(
            ScaleError,
            f"`{name}` must be a 1-D array or list, not {came}.",
            hint * (array.ndim > 0),
        )
    match array.dtype.kind:
        case "i" | "u":
            return array
        case "f":
            return array if array.itemsize in {4, 8} else array.astype(np.float64)
        case "M" if np.datetime_data(array.dtype)[0] in {"ns", "ps", "fs", "as"}:
            return array.astype("M8[us]").astype(object)  # else numpy makes integers of them
        case _:
            return array.astype(object)


def is_missing(value: Any) -> bool:
    """Whether a value is None, NaN, or pandas' NA or NaT."""
    if isinstance(value, Number):
        return bool(value != value)  # noqa: PLR0124 (only NaN differs from itself)
    return value is None or type(value).__name__ in {"NAType", "NaTType"}


def _plain(value: Any) -> Any:
    """An int where the value is, or spells, a whole number; else the value."""
    if isinstance(value, np.generic):
        value = value.item()
    elif isinstance(value, str) and SPELLED_NUMBER.fullmatch(value):
        value = float(value)
    is_real = isinstance(value, Number) and not isinstance(value, int | complex)
    is_real = is_real and not is_missing(value)
    return int(value) if is_real and float(value).is_integer() else value


def is_one_of(value: object, codes: Iterable[object]) -> bool:
    """Whether a value is one of some codes, however either is written."""
    plain = _plain(value)
    return any(_is_same(plain, _plain(code)) for code in codes)


def _is_same(plain: object, code: object) -> bool:
    """Equal, and not only as True equals 1."""
    return isinstance(plain, bool) == isinstance(code, bool) and bool(plain == code)


class _PointCounter:
    """Counts the answers equal to each point, a chunk at a time, all in the same memory."""

    def __init__(self, values: AnyArray, scale: Scale) -> None:
        self.points = scale.points
        self.step = CHUNK // values.itemsize
        self.equal = np.empty(min(self.step, len(values)), np.bool_)
        self.unsigned = values.dtype.str.replace("i", "u")
        is_small = values.dtype.kind != "f" and scale.low >= 0 and scale.high < NIBBLES
        self.nibbles = NibbleCounter(self.step) if is_small and len(values) >= self.step else None

    def __call__(self, chunk: AnyArray) -> IntArray:
        if self.nibbles and len(chunk) == self.step:
            numbers = chunk.view(self.unsigned)  # those below 0 become the largest
            size = int(numbers.max()) + 1
            if size <= NIBBLES:
                return self.nibbles(numbers, size)[self.points]
        equal = self.equal[: len(chunk)]
        return np.array(
            [np.count_nonzero(np.equal(chunk, point, out=equal)) for point in self.points.tolist()]
        )


def _check_rest(chunk: AnyArray, rest: int, reading: Reading, everything: AnyArray) -> None:
    """What is not on the scale must be NaN or one of the missing values."""
    if rest and rest != np.count_nonzero(chunk != chunk):  # noqa: PLR0124 (NaN)
        strange = np.unique(chunk[~np.isin(chunk, reading.scale.points)]).tolist()
        if any(reading.position(answer) is None for answer in strange):
            _raise_off_scale(everything.tolist(), reading)


def _located(values: AnyArray, reading: Reading) -> Iterator[tuple[slice, IndexArray]]:
    """Rows, and the positions of their answers."""
    is_number = values.dtype.kind in "iuf"
    locate = (_NumberLocator if is_number else _ObjectLocator)(values, reading)
    return ((rows, locate(values[rows])) for rows in chunks(len(values)))


class _NumberLocator:
    """Positions of answers that are numbers."""

    def __init__(self, everything: AnyArray, reading: Reading) -> None:
        self.everything = everything
        self.reading = reading
        self.table = reading.table
        self.is_plain = np.array_equal(self.table, np.arange(reading.scale.size + 1))

    def __call__(self, answers: AnyArray) -> IndexArray:
        low, high = self.reading.scale.low, self.reading.scale.high
        if answers.dtype.kind != "f" and answers.min() >= low and answers.max() <= high:
            places = answers.astype(np.intp)
            places -= low
        else:
            places = self._checked(answers)
        return places if self.is_plain else self.table[places]

    def _checked(self, answers: AnyArray) -> IndexArray:
        scale = self.reading.scale
        whole = answers == np.floor(answers)
        on_scale = whole & (answers >= scale.low) & (answers <= scale.high)
        rest = len(answers) - int(np.count_nonzero(on_scale))
        _check_rest(answers, rest, self.reading, self.everything)
        with np.errstate(invalid="ignore"):  # what is not finite is not on the scale
            return np.where(on_scale, answers.astype(np.intp) - scale.low, scale.size)


class _ObjectLocator:
    """Positions of answers that are Python objects; each distinct one is read once."""

    def __init__(self, everything: AnyArray, reading: Reading) -> None:
        self.everything = everything
        self.reading = reading
        self.known: dict[object, int] = {}

    def __call__(self, answers: AnyArray) -> IndexArray:
        return np.array([self._position(answer) for answer in answers.tolist()], np.intp)

    def _position(self, answer: Any) -> int:
        key = (type(answer), answer) if answer.__hash__ else None
        position = self.known.get(key)
        if position is None:
            position = self.reading.position(answer)
            if position is None:
                _raise_off_scale(self.everything.tolist(), self.reading)
            self.known[key] = position
        return position


def _raise_off_scale(answers: list[Any], reading: Reading) -> NoReturn:
    places = ((i, answer) for i, answer in enumerate(answers) if reading.position(answer) is None)
    first, culprit = next(places)
    others = {answer for _, answer in places if isinstance(answer, int | float)}
    others -= {culprit} if isinstance(culprit, int | float) else set()
    shown = repr(culprit)
    count = sum(repr(answer) == shown for answer in answers)
    where = f"{count:,} of {len(answers):,}, first at position {first:,}"
    message = f"Each response must be on scale {reading.scale}, not {shown:.60} ({where})."
    fail(ScaleError, message, hint_off_scale(culprit, reading, many=len(others) >= MANY))


def hint_off_scale(culprit: Any, reading: Reading, *, many: bool) -> str:
    """What may have been meant by an answer off the scale, if that can be guessed."""
    if many:
        return f"are the answers on another scale than {reading.scale}?"
    if isinstance(culprit, bool):
        return "did you mean scale=YES_NO?"
    if isinstance(culprit, str) and any(
        _plain(word) in reading.scale for word in culprit.split()[:1]
    ):
        return "did you mean [int(answer.split()[0]) for answer in responses]?"
    if isinstance(_plain(culprit), int | str):
        return f"if {culprit!r:.60} means no answer, did you mean missing=[{culprit!r:.60}]?"
    return ""
