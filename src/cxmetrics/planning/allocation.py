"""How a sample is spread over the segments of the customers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from cxmetrics._checks import check_option, check_positive, check_type, fail
from cxmetrics._frozen import SHARED, Frozen
from cxmetrics._table import Table, Tabular
from cxmetrics._typing import FloatArray, IntArray
from cxmetrics.errors import ArgumentError, MismatchError, UnknownKeyError
from cxmetrics.planning.distributions import check_baseline, mean_and_variance
from cxmetrics.summaries.counts import MOST

AllocationMethod: TypeAlias = Literal["proportional", "neyman", "equal"]

HALVINGS = 100
"""Halvings that find the common sampling fraction to the last digits."""

ROUNDING = 1e-9
"""What a number of answers may lack to be a whole one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Allocation(Tabular, Frozen):
    """How many customers to ask in each segment.

    Args:
        segments: The keys of the segments.
        population: Customers in each segment.
        n: Customers to ask in each segment.
        std_error: Standard error of the score of all customers under this plan, with
            the weights; NaN without baselines.
        method: How the sample was spread.
    """

    segments: tuple[Any, ...] = field(metadata=SHARED)
    population: IntArray = field(metadata=SHARED)
    n: IntArray = field(metadata=SHARED)
    std_error: float = field(metadata=SHARED)
    method: AllocationMethod = field(metadata=SHARED)

    @property
    def shape(self) -> tuple[int, ...]:
        """Always (): a plan is one."""
        return ()

    @property
    def per_segment(self) -> dict[Any, int]:
        """Customers to ask by segment, as `draw_sample` takes them."""
        return dict(zip(self.segments, self.n.tolist(), strict=True))

    @property
    def weights(self) -> FloatArray:
        """Customers for whom each answer stands, if all who are asked answer."""
        return np.asarray(self.population / self.n)

    def _table(self) -> Table:
        columns = {
            "segment": list(self.segments),
            "population": self.population,
            "n": self.n,
            "weight": self.weights,
        }
        return Table.of(columns, len(self.segments))

    def _display(self, *, detailed: bool) -> Table:
        del detailed
        caption = (
            f"{self.n.sum():,} answers from {self.population.sum():,} customers, {self.method}"
        )
        if not np.isnan(self.std_error):
            caption += f" (standard error {self.std_error:.3g})"
        formats = {"population": ",", "n": ",", "weight": ",.2f"}
        return Table(self._table().columns, caption, formats)


def allocate(
    population_by_segment: Mapping[Any, int],
    n: int,
    *,
    method: AllocationMethod = "proportional",
    baselines: Mapping[Any, Any] | None = None,
) -> Allocation:
    """Sample size of each segment, from one of n answers in all.

    Args:
        population_by_segment: Number of customers in each segment.
        n: Number of answers in all.
        method: `"proportional"` to the customers, so that no weights are needed;
            `"neyman"`, also to the spread of their scores, which makes the total as
            certain as it can be; or `"equal"`, best for comparing the segments.
        baselines: Estimates of one metric by segment, such as a Grouped of them. For
            the spread, half an answer is added at each end of the scale: a few answers
            that are all alike are no proof that all customers are.

    Returns:
        The sizes: whole numbers that sum to n, at least 1 and at most the customers of
        the segment. What a full segment can't take goes to the others.

    Raises:
        ArgumentError: If n is less than one per segment or more than there are
            customers, or the method needs baselines.
        UnknownKeyError: If a segment has no baseline.
        MismatchError: If the baselines are of different metrics or scales.

    References:
        Neyman, J. (1934). On the two different aspects of the representative method.
        Journal of the Royal Statistical Society 97, 558-625.

        Cochran, W. G. (1977). Sampling Techniques, third edition, sections 5.5 to 5.8.
        Wiley.

    Examples:
        >>> print(allocate({"web": 9_000, "app": 900, "shop": 100}, 200))
        200 answers from 10,000 customers, proportional
        segment  population    n  weight
        web           9,000  180   50.00
        app             900   18   50.00
        shop            100    2   50.00
    """
    check_option(method, "method", get_args(AllocationMethod))
    check_type(population_by_segment, "population_by_segment", Mapping)
    segments = tuple(population_by_segment)
    if not segments:
        fail(ArgumentError, "`population_by_segment` must have at least one segment, not 0.")
    customers = [
        check_positive(size, "population_by_segment") for size in population_by_segment.values()
    ]
    if sum(customers) > MOST:
        message = "`population_by_segment` must have at most 2**53 customers."
        fail(ArgumentError, message)
    population, total = np.array(customers), check_positive(n, "n")
    if not len(segments) <= total <= sum(customers):
        least, most = f"{len(segments):,}, one per segment,", f"{sum(customers):,} customers"
        fail(ArgumentError, f"`n` must be from {least} to {most}, not {total:,}.")
    if baselines is None and method == "neyman":
        message = "`baselines` must be given for method='neyman'."
        fail(ArgumentError, message, "did you mean method='proportional'?")
    spread = None
    if baselines is not None:
        check_type(baselines, "baselines", Mapping)
        spread = _spreads(segments, baselines)
    share = {
        "proportional": population.astype(np.float64),
        "neyman": population if spread is None else population * spread,
        "equal": np.ones(len(segments)),
    }[method]
    sizes = _rounded(_filled(share, population, total), population, total)
    error = np.nan if spread is None else _std_error(population, sizes, spread)
    return Allocation(
        segments=segments, population=population, n=sizes, std_error=error, method=method
    )


def _spreads(segments: tuple[Any, ...], baselines: Mapping[Any, Any]) -> FloatArray:
    """Standard deviation of the scores in each segment."""
    spreads, first = [], None
    for segment in segments:
        if segment not in baselines:
            fail(UnknownKeyError, f"There is no baseline of segment {segment!r}.")
        estimate = baselines[segment]
        basis = check_baseline(estimate, empty=True)
        first = estimate if first is None else first
        if (estimate.metric, basis.counts.scale) != (first.metric, first.score.counts.scale):
            metrics = f"{first.metric} and {estimate.metric}"
            fail(MismatchError, f"`baselines` must be of one metric, not {metrics}.")
        if not np.array_equal(basis.scores, first.score.scores):
            message = f"`baselines` must have the same cut-points of {first.metric}."
            fail(MismatchError, message)
        answers = np.nan_to_num(basis.effective)
        answers[[0, -1]] += 0.5
        spreads.append(mean_and_variance(answers / answers.sum(), basis.points)[1] ** 0.5)
    return np.array(spreads)


def _filled(share: FloatArray, population: IntArray, n: int) -> FloatArray:
    """Sizes in proportion to the shares, as far as segments have one customer and enough."""
    least, most = 0.0, float((population / share).max())
    for _ in range(HALVINGS):
        middle = (least + most) / 2
        if np.clip(middle * share, 1, population).sum() < n:
            least = middle
        else:
            most = middle
    return np.clip(most * share, 1, population)


def _rounded(sizes: FloatArray, population: IntArray, n: int) -> IntArray:
    """Whole numbers that sum to n: the largest remainders are rounded up."""
    whole = np.floor(sizes + ROUNDING).astype(np.int64)
    rest = np.where(whole < population, sizes - whole, -1.0)
    up = np.argsort(-np.round(rest, 9), kind="stable")[: n - whole.sum()]
    whole[up] += 1
    return whole


def _std_error(population: IntArray, n: IntArray, spread: FloatArray) -> float:
    """Standard error of the mean over all customers, of a sample without replacement."""
    share, left = population / population.sum(), 1 - n / population
    return float(np.sqrt((share**2 * spread**2 * left / n).sum()))
