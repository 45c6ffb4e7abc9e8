"""Counts: answers per point of a scale, the sufficient statistic of a linear score."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self, overload

import numpy as np
import numpy.typing as npt

from cxmetrics._checks import check_type, fail
from cxmetrics._frozen import SHARED, settled
from cxmetrics._table import Table
from cxmetrics._typing import FloatArray, IntArray, Ints, Labels, Responses
from cxmetrics.errors import ScaleError
from cxmetrics.scale import Scale
from cxmetrics.summaries.answers import Reading, one_dimensional, tally, tally_groups
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.labels import Groups
from cxmetrics.summaries.summary import Summary

MOST = 2**53
"""Most answers in one summary: up to here floats count without gaps."""


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Counts(Summary):
    """Number of answers per point of a scale, mergeable by `+`.

    Args:
        scale: The scale of the question.
        counts: Whole numbers, one per point, lowest point first; leading axes
            are a batch.
        n_missing: Number of missing answers, one per row of a batch.

    Raises:
        ScaleError: If there is not one whole number per point, or there are more
            than 2**53 answers.

    Examples:
        >>> from cxmetrics import ONE_TO_FIVE
        >>> monday = Counts(ONE_TO_FIVE, [1, 2, 4, 10, 8])
        >>> tuesday = Counts.of([5, 4, 5, None], ONE_TO_FIVE)
        >>> print(monday + tuesday)
        28 answers on scale 1-5, 1 missing: 1, 2, 4, 11, 10
    """

    scale: Scale = field(metadata=SHARED | {"parse": Scale.from_dict})
    counts: IntArray
    n_missing: Ints

    def __init__(
        self, scale: Scale, counts: npt.ArrayLike, *, n_missing: npt.ArrayLike = 0
    ) -> None:
        check_type(scale, "scale", Scale)
        counts = _whole(counts, "counts")
        if counts.shape[-1:] != (scale.size,):
            came = f"shape {counts.shape}" if counts.ndim != 1 else f"{len(counts)}"
            points = f"{scale.size} numbers, one per point of scale {scale}"
            fail(ScaleError, f"`counts` must be {points}, not {came}.")
        missing = _whole(n_missing, "n_missing")
        if missing.shape not in {(), counts.shape[:-1]}:
            fail(
                ScaleError,
                f"`n_missing` must be one number per row of `counts`, not shape {missing.shape}.",
            )
        if np.any(counts.sum(axis=-1, dtype=np.float64) + missing > MOST):
            fail(ScaleError, "A summary must have at most 2**53 answers.")
        object.__setattr__(self, "scale", scale)
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "n_missing", np.broadcast_to(missing, counts.shape[:-1]).copy())
        self.__post_init__()

    @overload
    @classmethod
    def of(
        cls,
        responses: Responses,
        scale: Scale,
        *,
        by: None = None,
        missing: Any = (),
        reverse: bool = False,
    ) -> Self: ...
    @overload
    @classmethod
    def of(
        cls,
        responses: Responses,
        scale: Scale,
        *,
        by: Labels,
        missing: Any = (),
        reverse: bool = False,
    ) -> Grouped[Self]: ...
    @classmethod
    def of(
        cls,
        responses: Responses,
        scale: Scale,
        *,
        by: Labels | None = None,
        missing: Any = (),
        reverse: bool = False,
    ) -> Self | Grouped[Self]:
        """Count raw answers.

        Args:
            responses: One answer per respondent, in any 1-D array-like. None,
                NaN and NA are missing; strings that spell a number are that number.
            scale: The scale of the question.
            by: One label per respondent, or a mapping of column names to labels;
                the counts of each group that occurs are then returned.
            missing: Further values that mean "no answer", such as 99 or "not used".
            reverse: Whether low answers are the good ones; they are then counted
                from the other end of the scale.

        Returns:
            The counts, or with `by` a Grouped of them.

        Raises:
            ScaleError: If an answer is neither on the scale nor missing.
            MismatchError: If there is not one label per response.

        Examples:
            >>> from cxmetrics import ZERO_TO_TEN
            >>> Counts.of([10, 9, "8", None, 11], ZERO_TO_TEN, missing=[11]).n
            3
        """
        reading = Reading(scale, missing, reverse)
        values = one_dimensional(responses, "responses")
        if by is None:
            counts, n_missing = tally(values, reading)
            return cls(scale, counts, n_missing=n_missing)
        groups = Groups.of(by, len(values))
        counts, missing = tally_groups(values, reading, groups.codes, groups.size)
        return Grouped(groups.keys, cls(scale, counts, n_missing=missing))

    @classmethod
    def from_mapping(cls, scale: Scale, counts: Mapping[int, int], *, n_missing: int = 0) -> Self:
        """Counts by point; points that are not named have none.

        Examples:
            >>> from cxmetrics import ZERO_TO_TEN
            >>> Counts.from_mapping(ZERO_TO_TEN, {10: 870, 9: 560, 8: 640, 3: 20}).n
            2090
        """
        strange = [point for point in counts if point not in scale]
        if strange:
            fail(ScaleError, f"Each point must be on scale {scale}, not {strange[0]!r}.")
        row = [counts.get(point, 0) for point in scale.points.tolist()]
        return cls(scale, row, n_missing=n_missing)

    @classmethod
    def empty(cls, scale: Scale) -> Self:
        """No answers: the zero of `+`."""
        return cls(scale, np.zeros(scale.size, np.int64))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch; () for the counts of one group."""
        return self.counts.shape[:-1]

    @property
    def n(self) -> Ints:
        """Number of answers, the missing ones left out."""
        return settled(self.counts.sum(axis=-1))

    @property
    def proportions(self) -> FloatArray:
        """Share of the answers on each point, 0...1; NaN where there are none."""
        total = self.counts.sum(axis=-1, keepdims=True)
        with np.errstate(invalid="ignore"):
            shares: FloatArray = self.counts / total
        return shares

    def mirrored(self) -> Self:
        """The counts with the scale turned round, as of a question asked the other way."""
        return self._with({"counts": self.counts[..., ::-1].copy(), "n_missing": self.n_missing})

    def effective(self, scores: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Counts that carry the information the answers have on a linear score.

        Args:
            scores: One score per point of the scale.

        Returns:
            Effective counts, shaped like `counts`, and the degrees of freedom of
            the variance of the score. Each answer here is one simple random draw,
            so the counts themselves and n - 1, whatever the scores.
        """
        del scores
        counts = self.counts.astype(np.float64)
        return counts, counts.sum(axis=-1) - 1

    def __str__(self) -> str:
        if self.shape:
            return Summary.__str__(self)
        missing = f", {self.n_missing:,} missing" if self.n_missing else ""
        counts = ", ".join(f"{count:,}" for count in self.counts)
        return f"{self.n:,} answers on scale {self.scale}{missing}: {counts}"

    def _table(self) -> Table:
        rows = self.counts.reshape(-1, self.scale.size)
        points = {str(point): rows[:, k] for k, point in enumerate(self.scale.points)}
        return Table.of(points | {"n_missing": np.ravel(self.n_missing)}, len(rows))

    def _display(self, *, detailed: bool) -> Table:
        del detailed
        table = self._table()
        missing = table.columns.pop("n_missing")
        columns = {"n": np.ravel(self.n).tolist(), **table.columns, "missing": missing}
        return Table(columns, f"Answers on scale {self.scale}", dict.fromkeys(columns, ","))


def _whole(numbers: Any, name: str) -> IntArray:
    """Whole numbers from 0 to 2**53, of any shape."""
    try:
        array = np.asarray(numbers)
    except ValueError:  # rows of unequal length
        fail(ScaleError, f"`{name}` must be numbers in rows of equal length.")
    if array.dtype.kind not in "iuf":
        kind = "booleans" if array.dtype.kind == "b" else f"{array.ravel()[:1].tolist()}"
        fail(ScaleError, f"`{name}` must be whole numbers from 0 to 2**53, not {kind:.60}.")
    whole = (array >= 0) & (array <= MOST) & (array == np.floor(array))
    if not whole.all():
        culprit = array[~whole][0].item()
        fail(ScaleError, f"`{name}` must be whole numbers from 0 to 2**53, not {culprit!r}.")
    return array.astype(np.int64)
