"""Scales: which answers a question allows."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from cxmetrics._checks import check_whole, fail
from cxmetrics._typing import IntArray
from cxmetrics.errors import FormatError, ScaleError

FARTHEST = 1_000_000
MOST_POINTS = 10_001


@dataclass(frozen=True, slots=True)
class Scale:
    """The whole numbers from `low` to `high`, each of them a possible answer.

    Args:
        low: Lowest answer.
        high: Highest answer; a scale has 2 to 10,001 points.
        groups: Names of the points where they are groups of answers, not
            ratings; of such points there is no mean.

    Raises:
        ScaleError: If the ends are not whole numbers, are not in order, or are
            too far apart.

    Examples:
        >>> print(Scale(1, 5))
        1-5
        >>> Scale(1, 5).size
        5
    """

    low: int
    high: int
    groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            end = check_whole(getattr(self, name), name, ScaleError)
            if abs(end) > FARTHEST:
                fail(ScaleError, f"`{name}` must be between -1,000,000 and 1,000,000, not {end:,}.")
            object.__setattr__(self, name, end)
        if self.low >= self.high:
            fail(ScaleError, f"`low` must be less than `high`, not {self.low} and {self.high}.")
        if self.size > MOST_POINTS:
            fail(ScaleError, f"A scale must have at most 10,001 points, not {self.size:,}.")
        if self.groups and len(self.groups) != self.size:
            fail(ScaleError, f"`groups` must name all {self.size} points, not {len(self.groups)}.")

    @property
    def size(self) -> int:
        """Number of points."""
        return self.high - self.low + 1

    @property
    def points(self) -> IntArray:
        """The points, lowest first."""
        return np.arange(self.low, self.high + 1, dtype=np.int64)

    def __contains__(self, point: object) -> bool:
        return isinstance(point, int | float) and self.low <= point <= self.high and point % 1 == 0

    def __str__(self) -> str:
        return " / ".join(self.groups) if self.groups else f"{self.low}-{self.high}"

    def to_dict(self) -> dict[str, Any]:
        """The scale as plain data, ready for JSON."""
        ends: dict[str, Any] = {"low": self.low, "high": self.high}
        return ends | ({"groups": list(self.groups)} if self.groups else {})

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """The scale that `to_dict` described.

        Raises:
            FormatError: If the data is not what `to_dict` writes.
        """
        if not isinstance(data, dict) or not {"low", "high"} <= data.keys() <= {
            "low",
            "high",
            "groups",
        }:
            fail(FormatError, f"A stored scale must have low and high, not {data!r:.80}.")
        groups = data.get("groups", [])
        if not isinstance(groups, list) or not all(isinstance(name, str) for name in groups):
            fail(FormatError, f"The groups of a stored scale must be names, not {groups!r:.80}.")
        return cls(data["low"], data["high"], tuple(groups))


ZERO_TO_TEN = Scale(0, 10)
ONE_TO_FIVE = Scale(1, 5)
ONE_TO_SEVEN = Scale(1, 7)
ONE_TO_TEN = Scale(1, 10)
YES_NO = Scale(0, 1)
"""0 is no and 1 is yes; the one scale on which booleans are answers."""

NPS_GROUPS = Scale(-1, 1, groups=("detractor", "passive", "promoter"))
"""Answers that are already grouped: -1 detractor, 0 passive, 1 promoter."""
