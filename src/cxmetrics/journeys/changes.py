"""JourneyDiff: what two versions of a journey do not have in common."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias

from cxmetrics._table import Table, Tabular
from cxmetrics.journeys.touchpoint import Touchpoint, cell, plain

ChangeKind: TypeAlias = Literal["appeared", "vanished", "moved", "changed"]

PLACES = ("stage", "channel", "place")
"""Contents of a touchpoint that say where it is; in another of them it has moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyChange:
    """One change of one touchpoint.

    Args:
        touchpoint: Its name.
        kind: `"appeared"`, `"vanished"`, `"moved"` or `"changed"`.
        field: What changed: "place", from 1, or an argument of Touchpoint.
        before: What it was; None if there was none.
        after: What it is; None if there is none.
    """

    touchpoint: str
    kind: ChangeKind
    field: str
    before: Any
    after: Any

    def to_dict(self) -> dict[str, Any]:
        """The change as plain data, ready for JSON."""
        return {
            "touchpoint": self.touchpoint,
            "change": self.kind,
            "field": self.field,
            "before": plain(self.before),
            "after": plain(self.after),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyDiff(Tabular):
    """What became of each touchpoint between two versions of a journey.

    Args:
        before: Name of the first version.
        after: Name of the second version.
        changes: The changes, in the order of the second version; then what vanished.
    """

    before: str
    after: str
    changes: tuple[JourneyChange, ...]

    @property
    def appeared(self) -> tuple[str, ...]:
        """Names of the touchpoints that only the second version has."""
        return self._names("appeared")

    @property
    def vanished(self) -> tuple[str, ...]:
        """Names of the touchpoints that only the first version has."""
        return self._names("vanished")

    @property
    def moved(self) -> tuple[str, ...]:
        """Names of the touchpoints in another stage, in another channel, or out of order."""
        return self._names("moved")

    @property
    def changed(self) -> tuple[str, ...]:
        """Names of the touchpoints of which anything else is different."""
        return self._names("changed")

    def __len__(self) -> int:
        """Number of changes: versions that are alike have none."""
        return len(self.changes)

    def __iter__(self) -> Iterator[JourneyChange]:
        return iter(self.changes)

    def summary(self) -> str:
        """How many touchpoints appeared, vanished, moved and changed, in one sentence."""
        numbers = {"appeared": self.appeared, "vanished": self.vanished, "moved": self.moved}
        counted = [f"{len(names)} {kind}" for kind, names in numbers.items() if names]
        counted += [f"{len(self.changed)} changed otherwise"] * bool(self.changed)
        found = ", ".join(counted) or "nothing changed"
        return f"From {self.before!r} to {self.after!r}: {found}."

    def to_dict(self) -> dict[str, Any]:
        """Names of the versions, and a dict per change."""
        changes = [change.to_dict() for change in self.changes]
        return {"before": self.before, "after": self.after, "changes": changes}

    def _names(self, kind: ChangeKind) -> tuple[str, ...]:
        found = (change.touchpoint for change in self.changes if change.kind == kind)
        return tuple(dict.fromkeys(found))

    def _table(self) -> Table:
        """All changes; what was and what is as text, for one column has one type."""
        columns: dict[str, list[Any]] = {
            "touchpoint": [change.touchpoint for change in self],
            "change": [change.kind for change in self],
            "field": [change.field for change in self],
            "before": [_text(change.before) for change in self],
            "after": [_text(change.after) for change in self],
        }
        return Table(columns, self.summary())

    def _display(self, *, detailed: bool) -> Table:
        del detailed
        return self._table()


def changes_between(
    before: Sequence[Touchpoint], after: Sequence[Touchpoint]
) -> tuple[JourneyChange, ...]:
    """What happened to each touchpoint, of which the names tell which is which."""
    old = {touchpoint.name: (i, touchpoint) for i, touchpoint in enumerate(before, 1)}
    new = {touchpoint.name: (i, touchpoint) for i, touchpoint in enumerate(after, 1)}
    in_order = _in_order([old[name][0] for name in new if name in old])
    changes: list[JourneyChange] = []
    for name, (place, touchpoint) in new.items():
        if name not in old:
            changes.append(_change(name, "appeared", "place", None, place))
            continue
        was_at, was = old[name]
        if was_at not in in_order:
            changes.append(_change(name, "moved", "place", was_at, place))
        changes += _changed_fields(was, touchpoint)
    gone = [(name, place) for name, (place, _) in old.items() if name not in new]
    return (*changes, *(_change(name, "vanished", "place", place, None) for name, place in gone))


def _change(name: str, kind: ChangeKind, field: str, before: Any, after: Any) -> JourneyChange:
    return JourneyChange(touchpoint=name, kind=kind, field=field, before=before, after=after)


def _changed_fields(before: Touchpoint, after: Touchpoint) -> Iterator[JourneyChange]:
    for field in fields(Touchpoint):
        was, now = getattr(before, field.name), getattr(after, field.name)
        if was != now:
            kind: ChangeKind = "moved" if field.name in PLACES else "changed"
            yield _change(after.name, kind, field.name, was, now)


def _in_order(places: Sequence[int]) -> set[int]:
    """The longest part of distinct places that is in order: those that did not move.

    References:
        Fredman, M. L. (1975). On computing the length of longest increasing subsequences.
        Discrete Mathematics 11, 29-35.
    """
    ends: list[int] = []  # at k, the lowest end of k + 1 places in order
    previous: dict[int, int | None] = {}
    for place in places:
        k = bisect_left(ends, place)
        previous[place] = ends[k - 1] if k else None
        ends[k : k + 1] = [place]
    longest: set[int] = set()
    last = ends[-1] if ends else None
    while last is not None:
        longest.add(last)
        last = previous[last]
    return longest


def _text(content: Any) -> str | None:
    return None if content is None else str(cell(content))
