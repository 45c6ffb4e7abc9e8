"""Cells: respondents by their levels, and what the weights of each level must sum to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self, TypeAlias

import numpy as np

from cxmetrics._checks import fail, is_number, near
from cxmetrics._frozen import Frozen
from cxmetrics._typing import FloatArray, IndexArray, Responses
from cxmetrics.errors import (
    ArgumentError,
    MismatchError,
    TooFewResponsesError,
    UnknownKeyError,
)
from cxmetrics.summaries.frames import columns_of
from cxmetrics.summaries.labels import Groups
from cxmetrics.summaries.sampling import read_weights

Column: TypeAlias = str | tuple[str, ...]
"""A column, or several that are crossed."""

Targets: TypeAlias = Mapping[Any, Any]
"""By column, or by a tuple of columns: the levels, and what the weights of each must sum to."""

ROUNDING = 1e-6
"""Relative difference between totals of margins that is taken for rounding."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Margin(Frozen):
    """What the weights must sum to at each level of a column, or of several crossed ones.

    Args:
        columns: Names of the columns.
        levels: One label per column, for each level.
        target: What the weights of each level must sum to.
        level: Position of the level of each cell.
    """

    columns: tuple[str, ...]
    levels: tuple[tuple[Any, ...], ...]
    target: FloatArray
    level: IndexArray

    @property
    def shape(self) -> tuple[int, ...]:
        """A margin is a single value."""
        return ()

    @property
    def size(self) -> int:
        """Number of levels."""
        return len(self.levels)

    @property
    def name(self) -> str:
        """The columns in a word."""
        return _joined(self.columns)

    @property
    def level_names(self) -> list[str]:
        """The levels in a word each."""
        return [_joined(level) for level in self.levels]

    def sums(self, amounts: FloatArray) -> FloatArray:
        """Amounts of the cells, summed by level."""
        return np.bincount(self.level, amounts, self.size).astype(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells(Frozen):
    """Respondents sorted into cells, the combinations of levels that occur.

    Args:
        cell: Position of the cell of each respondent.
        base: Base weight of each respondent, the largest of them 1.
        margins: The margins that the weights must meet; all have one total.
    """

    cell: IndexArray
    base: FloatArray
    margins: tuple[Margin, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The cells are a single value."""
        return ()

    @property
    def size(self) -> int:
        """Number of cells."""
        return len(self.margins[0].level)

    @property
    def n(self) -> int:
        """Number of respondents."""
        return len(self.cell)

    @property
    def total(self) -> float:
        """What all weights must sum to."""
        return float(self.margins[0].target.sum())

    def sums(self, amounts: FloatArray) -> FloatArray:
        """Amounts of the respondents, summed by cell."""
        return np.bincount(self.cell, amounts, self.size).astype(np.float64)

    @classmethod
    def of(cls, frame: Any, targets: Targets, weights: str | Responses | None) -> Self:
        """Sort the rows of a frame into cells.

        Raises:
            CxMetricsError: If targets, columns and weights do not fit together.
        """
        wanted = list(_margins(targets))
        names = list(dict.fromkeys(name for columns, _ in wanted for name in columns))
        extra = [weights] if isinstance(weights, str) else []
        columns = columns_of(frame, [*names, *extra])
        groups, n = _grouped({name: columns[name] for name in names})
        if weights is None:
            base = np.ones(n)
        else:
            read = read_weights(columns[weights] if isinstance(weights, str) else weights, n)
            base = read / read.max()
        total = sum(wanted[0][1].values())
        margins = tuple(_placed(columns, levels, groups, total) for columns, levels in wanted)
        cells = cls(cell=groups.codes, base=base, margins=margins)
        _check_reachable(cells)
        return cells


def _margins(targets: Any) -> Iterator[tuple[tuple[str, ...], dict[tuple[Any, ...], float]]]:
    """Columns, and the target of each level, of every margin."""
    if not isinstance(targets, Mapping) or not targets:
        came = "none" if isinstance(targets, Mapping) else repr(targets)
        hint = 'did you mean {"region": {"north": 4000, "south": 6000}}?'
        fail(ArgumentError, f"`targets` must have one margin per column, not {came:.60}.", hint)
    totals: list[tuple[str, float]] = []
    for column, margin in targets.items():
        columns = column if isinstance(column, tuple) else (column,)
        name = _joined(column)
        levels = {
            level if isinstance(column, tuple) else (level,): _target(level, target, column)
            for level, target in _items(margin, name)
        }
        totals.append((name, sum(levels.values())))
        yield columns, levels
    for (one, first), (other, second) in pairwise(totals):
        if abs(first - second) > ROUNDING * max(first, second):
            came = f"{first:,.10g} ({one}) and {second:,.10g} ({other})"
            hint = "are some of them shares and others numbers?" if _is_share(first, second) else ""
            fail(MismatchError, f"All margins must sum to the same total, not {came}.", hint)


def _items(margin: Any, name: str) -> list[tuple[Any, Any]]:
    """Levels and their targets, of a mapping or of a pandas series."""
    if not hasattr(margin, "items"):
        fail(ArgumentError, f"`targets` of {name} must be a number by level, not {margin!r:.60}.")
    items = list(margin.items())
    if not any(is_number(target) and target > 0 for _, target in items):
        fail(ArgumentError, f"`targets` of {name} must have a number above 0, but have none.")
    return items


def _target(level: Any, target: Any, column: Column) -> float:
    """The target of a level, if both are what they must be."""
    name = _joined(column)
    if isinstance(column, tuple) and not (isinstance(level, tuple) and len(level) == len(column)):
        message = f"A level of {name} must be a tuple of {len(column)} labels, not {level!r:.60}."
        fail(ArgumentError, message)
    if not is_number(target) or target < 0:
        message = f"The target of {level!r} of {name} must be a finite number from 0"
        fail(ArgumentError, f"{message}, not {target!r:.60}.")
    return float(target)


def _is_share(*totals: float) -> bool:
    return min(abs(total - 1) for total in totals) < ROUNDING


def _grouped(columns: dict[str, list[Any]]) -> tuple[Groups, int]:
    """The combinations of labels that occur, and the number of respondents."""
    lengths = {name: len(labels) for name, labels in columns.items()}
    n = min(lengths.values())
    if max(lengths.values()) > n:
        came = ", ".join(f"{length:,} of {name}" for name, length in lengths.items())
        fail(MismatchError, f"All columns must have one label per respondent, not {came}.")
    if not n:
        fail(TooFewResponsesError, "`frame` must have at least one respondent, not 0.")
    groups = Groups.of(columns, n)
    for name, labels in groups.keys.items():
        missing = np.array([label is None for label in labels])[groups.codes]
        if missing.any():
            where = f"first at position {missing.argmax():,}"
            message = f"Each respondent must have a label of {name}, but {missing.sum():,} of {n:,}"
            hint = "did you mean to leave them out, or to give them a level of their own?"
            fail(ArgumentError, f"{message} have none ({where}).", hint)
    return groups, n


def _placed(
    columns: tuple[str, ...], levels: dict[tuple[Any, ...], float], groups: Groups, total: float
) -> Margin:
    """The margin, with the level of each cell."""
    name = _joined(columns)
    of_cells = list(zip(*(groups.keys[column] for column in columns), strict=True))
    occurring = dict.fromkeys(of_cells)
    spare = [level for level in occurring if level not in levels]
    for level, target in levels.items():
        if target > 0 and level not in occurring:
            message = f"Each level with a target must have a respondent, but {_bare(level)!r} of"
            hint = near(_bare(level), map(_bare, spare))
            fail(UnknownKeyError, f"{message} {name} has none.", hint)
    if spare:
        n = sum(of_cells[code] == spare[0] for code in groups.codes)
        came = f"{_bare(spare[0])!r} has none ({n:,} of {len(groups.codes):,} respondents)"
        message = f"Each level of {name} must have a target, but {came}."
        hint = "did you mean to join it with another level, or to leave it out?"
        fail(UnknownKeyError, message, hint)
    position = {level: i for i, level in enumerate(levels)}
    targets = np.array([*levels.values()])
    return Margin(
        columns=columns,
        levels=tuple(levels),
        target=targets * (total / targets.sum()),  # else rounded margins keep weights unsettled
        level=np.array([position[level] for level in of_cells], np.intp),
    )


def _check_reachable(cells: Cells) -> None:
    """A level with a target needs a respondent whose base weight is not 0."""
    totals = cells.sums(cells.base)
    for margin in cells.margins:
        lost = np.flatnonzero((margin.sums(totals) == 0) & (margin.target > 0))
        if len(lost):
            level = f"{_bare(margin.levels[lost[0]])!r} of {margin.name}"
            message = "Each level with a target must have a respondent with a weight above 0, but"
            fail(ArgumentError, f"{message} {level} has none.")


def _joined(names: str | tuple[Any, ...]) -> str:
    """Columns, or labels, in a word."""
    return " & ".join(map(str, names)) if isinstance(names, tuple) else str(names)


def _bare(level: tuple[Any, ...]) -> Any:
    """A level as it was given: a label, or a tuple of them."""
    return level[0] if len(level) == 1 else level
