"""Counts: answers per point of a scale, the sufficient statistic of a linear score."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self, overload

import numpy as np
import numpy.typing as npt

from cxmetrics._checks import check_positive, check_type, fail
from cxmetrics._frozen import SHARED, settled
from cxmetrics._table import Table
from cxmetrics._typing import BoolArray, FloatArray, IndexArray, IntArray, Ints, Labels, Responses
from cxmetrics.errors import ArgumentError, MismatchError, ScaleError
from cxmetrics.scale import Scale
from cxmetrics.summaries.answers import Reading, one_dimensional, positions, tally, tally_groups
from cxmetrics.summaries.design import Clustered, Weighted
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.labels import Groups
from cxmetrics.summaries.sampling import (
    check_few_points,
    design_of,
    read_clusters,
    read_weights,
)
from cxmetrics.summaries.summary import Summary

MOST = 2**53
"""Most answers in one summary: up to here floats count without gaps."""

CENSUS = 1e15
"""Effective answers that stand for everyone: more would say nothing more."""


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Counts(Summary):
    """Number of answers per point of a scale, mergeable by `+`.

    Args:
        scale: The scale of the question.
        counts: Whole numbers, one per point, lowest point first; leading axes
            are a batch.
        n_missing: Number of missing answers, one per row of a batch.
        design: Sums of the weights, and over the clusters, if there are any.
        population: Size of the finite population that was sampled, if it is known.

    Raises:
        ScaleError: If there is not one whole number per point, or there are more
            than 2**53 answers, or more than the population has.

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
    design: Weighted | None = field(default=None, metadata={"parse": Weighted.parsed})
    population: int | None = field(default=None, metadata=SHARED)

    def __init__(
        self,
        scale: Scale,
        counts: npt.ArrayLike,
        *,
        n_missing: npt.ArrayLike = 0,
        design: Weighted | None = None,
        population: int | None = None,
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
        if design is not None and (design.shape, design.size) != (counts.shape[:-1], scale.size):
            came = f"shape {(*design.shape, design.size)} for {counts.shape}"
            fail(ScaleError, f"`design` must have the shape of `counts`, not {came}.")
        if population is not None:
            population = check_positive(population, "population")
            if np.any(counts.sum(axis=-1) > population):
                came = f"{population:,} for {counts.sum(axis=-1).max():,}"
                fail(
                    ScaleError, f"`population` must be at least the number of answers, not {came}."
                )
        object.__setattr__(self, "scale", scale)
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "n_missing", np.broadcast_to(missing, counts.shape[:-1]).copy())
        object.__setattr__(self, "design", design)
        object.__setattr__(self, "population", population)
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
        weights: Responses | None = None,
        clusters: Labels | None = None,
        population: int | None = None,
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
        weights: Responses | None = None,
        clusters: Labels | None = None,
        population: int | None = None,
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
        weights: Responses | None = None,
        clusters: Labels | None = None,
        population: int | None = None,
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
            weights: One sampling weight per respondent: how many customers the answer
                stands for, in any unit. What the weight of a missing answer is does
                not matter.
            clusters: One label per respondent, or a mapping of column names to
                labels read as one: answers with the same label come from the same
                customer, account or flight. A missing label is a cluster of its own.
            population: Number of customers among whom the answers were drawn without
                replacement, if it is finite and known.
            reverse: Whether low answers are the good ones; they are then counted
                from the other end of the scale.

        Returns:
            The counts, or with `by` a Grouped of them.

        Raises:
            ScaleError: If an answer is neither on the scale nor missing.
            MismatchError: If there is not one label or weight per response.
            ArgumentError: If a weight is negative or not finite, or `population` is
                given for several groups.

        References:
            Binder, D. A. (1983). On the variances of asymptotically normal estimators
            from complex surveys. International Statistical Review 51, 279-292.

        Examples:
            >>> from cxmetrics import ZERO_TO_TEN
            >>> Counts.of([10, 9, "8", None, 11], ZERO_TO_TEN, missing=[11]).n
            3
            >>> print(Counts.of([10, 9, 3], ZERO_TO_TEN, clusters=["Ann", "Ann", "Bob"]))
            3 answers on scale 0-10, clustered: 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1
        """
        reading = Reading(scale, missing, reverse)
        values = one_dimensional(responses, "responses")
        if by is None and weights is None and clusters is None:
            counts, n_missing = tally(values, reading)
            return cls(scale, counts, n_missing=n_missing, population=population)
        if by is not None and population is not None:
            message = "`population` must not be given for several groups."
            fail(ArgumentError, message, "did you mean the counts of one group at a time?")
        n = len(values)
        groups = Groups.one(n) if by is None else Groups.of(by, n)
        if weights is None and clusters is None:
            counts, missing = tally_groups(values, reading, groups.codes, groups.size)
            return Grouped(groups.keys, cls(scale, counts, n_missing=missing))
        if clusters is not None:
            check_few_points(scale)
        position = positions(values, reading)
        batch = cls._designed(position, groups, weights, clusters, scale, population)
        if by is None:
            return batch[0]
        whole = None
        if isinstance(batch.design, Clustered) and np.any(batch.design.overlap):
            whole = cls._designed(position, Groups.one(n), weights, clusters, scale, None)[0]
        return Grouped(groups.keys, batch, whole=whole)

    @classmethod
    def _designed(
        cls,
        position: IndexArray,
        groups: Groups,
        weights: Responses | None,
        clusters: Labels | None,
        scale: Scale,
        population: int | None,
    ) -> Self:
        """Counts of groups of answers, with weights or clusters."""
        n, answered = len(position), position < scale.size
        counted, design = design_of(
            position,
            scale.size,
            groups,
            None if weights is None else read_weights(weights, n, answered),
            None if clusters is None else read_clusters(clusters, n),
        )
        return cls(
            scale, counted[:, :-1], n_missing=counted[:, -1], design=design, population=population
        )

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
        return settled(np.einsum("...k->...", self.counts))  # the fastest sum of a few points

    @property
    def weights(self) -> FloatArray:
        """Sum of the weights of the answers on each point; without weights, the counts."""
        return self.counts.astype(np.float64) if self.design is None else self.design.weights

    @property
    def is_simple(self) -> bool:
        """Whether every answer is one draw from an unlimited population, and weighs the same."""
        return self.design is None and self.population is None

    @property
    def proportions(self) -> FloatArray:
        """Weighted share of the answers on each point, 0...1; NaN where there are none."""
        weights = self.weights
        with np.errstate(invalid="ignore"):
            shares: FloatArray = weights / weights.sum(axis=-1, keepdims=True)
        return shares

    def mirrored(self) -> Self:
        """The counts with the scale turned round, as of a question asked the other way."""
        turned: dict[str, Any] = {"counts": self.counts[..., ::-1].copy()}
        if self.design is not None:
            turned["design"] = self.design.mirrored()
        return self._with(dict(self._sums()) | turned)

    def __add__(self, other: object) -> Self:
        if isinstance(other, Counts) and self.design_name != other.design_name:
            # No answers have any design: so there is a zero.
            if not np.any(other.counts):
                other = other._designed_as(self)
            elif not np.any(self.counts):
                return self._designed_as(other) + other
            else:
                message = f"Can't add {other.design_name} counts to {self.design_name} ones."
                fail(MismatchError, message)
        return Summary.__add__(self, other)

    @property
    def design_name(self) -> str:
        """The design in a word: unweighted, weighted, clustered."""
        return "unweighted" if self.design is None else self.design.name

    def _designed_as(self, model: "Counts") -> Self:
        """Counts without answers, in the design of others."""
        design = None if model.design is None else model.design.zeros(self.shape)
        return replace(self, design=design)

    def effective(self, scores: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Counts that carry the information the answers have on a linear score.

        Args:
            scores: One score per point of the scale.

        Returns:
            Effective counts, shaped like `counts`: the weighted shares times the number
            of simple random answers that say as much; and the degrees of freedom of
            the variance, clusters less 1. Without weights, clusters and population the
            counts themselves and n - 1, whatever the scores.

        References:
            Korn, E. L. and Graubard, B. I. (1998). Confidence intervals for proportions
            with small expected number of positive counts estimated from survey data.
            Survey Methodology 24, 193-201.

            Franco, C., Little, R. J. A., Louis, T. A. and Slud, E. V. (2019). Comparative
            study of confidence intervals for proportions in complex sample surveys.
            Journal of Survey Statistics and Methodology 7, 334-364.
        """
        n = np.asarray(self.n, np.float64)
        if self.is_simple:
            return self.counts.astype(np.float64), n - 1
        size, units = n, n
        if self.design is not None:
            size, units = self.design.n_effective(n, scores), self.design.units(n)
        if self.population is not None:
            with np.errstate(divide="ignore"):
                size = size * (self.population - 1) / (self.population - n)
            size = np.where(self.is_census, CENSUS, size)
        return np.nan_to_num(self.proportions) * size[..., None], units - 1

    @property
    def sample(self) -> str:
        """How the answers were drawn, in a word or two."""
        if self.design is None and self.population is not None:
            return "finite-population"
        return self.design_name

    @property
    def is_census(self) -> BoolArray:
        """Whether everyone in the population has answered."""
        return np.asarray(False if self.population is None else self.n == self.population)

    def __str__(self) -> str:
        if self.shape:
            return Summary.__str__(self)
        missing = f", {self.n_missing:,} missing" if self.n_missing else ""
        counts = ", ".join(f"{count:,}" for count in self.counts)
        design = "" if self.design is None else f", {self.design.name}"
        return f"{self.n:,} answers on scale {self.scale}{design}{missing}: {counts}"

    def _table(self) -> Table:
        rows = self.counts.reshape(-1, self.scale.size)
        points = [str(point) for point in self.scale.points.tolist()]
        columns: dict[str, Any] = {point: rows[:, k] for k, point in enumerate(points)}
        columns["n_missing"] = np.ravel(self.n_missing)
        if self.design is not None:
            columns |= self.design.columns(points)
        if self.population is not None:
            columns["population"] = self.population
        return Table.of(columns, len(rows))

    def _display(self, *, detailed: bool) -> Table:
        del detailed
        points = [str(point) for point in self.scale.points.tolist()]
        table = self._table().columns
        counts = {point: table[point] for point in points}
        columns = {"n": np.ravel(self.n).tolist(), **counts, "missing": table["n_missing"]}
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
    if array.dtype.kind == "f" or not array.size or array.min() < 0 or array.max() > MOST:
        whole = (array >= 0) & (array <= MOST) & (array == np.floor(array))
        if not whole.all():
            culprit = array[~whole][0].item()
            fail(ScaleError, f"`{name}` must be whole numbers from 0 to 2**53, not {culprit!r}.")
    return array.astype(np.int64)
