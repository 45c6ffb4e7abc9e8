"""Raking and post-stratification: weights that meet known totals of the population."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cxmetrics._checks import check_between, check_positive, fail, warn
from cxmetrics._frozen import Frozen
from cxmetrics._table import Table, Tabular
from cxmetrics._typing import FloatArray, Labels, Responses
from cxmetrics.errors import ArgumentError, ConvergenceWarning, MismatchError
from cxmetrics.scale import Scale
from cxmetrics.summaries.answers import Reading, one_dimensional, positions
from cxmetrics.summaries.counts import Counts
from cxmetrics.summaries.design import Replicated
from cxmetrics.summaries.sampling import check_few_points, read_clusters
from cxmetrics.weighting.cells import Cells, Targets
from cxmetrics.weighting.fitting import deviations, fit
from cxmetrics.weighting.replicates import Replicates, replicate_shares
from cxmetrics.weighting.weights import design_effect, effective_n, largest_ratio

FINEST, COARSEST = 1e-14, 0.1
"""Tolerances between rounding and no fit at all."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Raking(Tabular, Frozen):
    """Weights that meet known totals of the population, and what they cost.

    Args:
        weights: Weight of each respondent; they sum to the total of the targets.
        converged: Whether all targets are met.
        iterations: Rounds through all margins.
        error: Largest relative deviation of a level from its target.
        tolerance: Largest relative deviation that counts as met.
        max_iterations: Rounds after which the fit ends.
        cells: The respondents by their levels, and the targets.
    """

    weights: FloatArray = field(repr=False)
    converged: bool
    iterations: int
    error: float
    tolerance: float
    max_iterations: int
    cells: Cells = field(repr=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """A raking is a single value."""
        return ()

    @property
    def n(self) -> int:
        """Number of respondents."""
        return self.cells.n

    @property
    def design_effect(self) -> float:
        """Factor by which the unequal weights multiply the variance of a mean (Kish)."""
        return design_effect(self.weights)

    @property
    def effective_n(self) -> float:
        """Number of equal weights that tell as much about a mean."""
        return effective_n(self.weights)

    @property
    def largest_ratio(self) -> float:
        """Largest weight over the median of those above 0."""
        return largest_ratio(self.weights)

    def counts(
        self,
        responses: Responses,
        scale: Scale,
        *,
        missing: Any = (),
        reverse: bool = False,
        clusters: Labels | None = None,
        replicates: Replicates = "jackknife",
        draws: int = 1000,
        rng: "np.random.Generator | int | None" = None,
    ) -> Counts:
        """Counts with these weights, whose variance knows that the weights were fitted.

        Every replicate of the sample is fitted to the targets anew, so the intervals of
        all metrics are those of a raked score: often shorter than if the weights were
        taken for given, as `Counts.of(..., weights=raking.weights)` does. Such counts
        do not add.

        Args:
            responses: One answer per respondent, in the order of the frame. Respondents
                without an answer take part in the fit, not in the score.
            scale: The scale of the question.
            missing: Values that mean "no answer".
            reverse: Whether low answers are the good ones.
            clusters: One label per respondent, as for `Counts.of`.
            replicates: "jackknife", which leaves out one cluster at a time, or
                "bootstrap", which draws clusters with replacement.
            draws: Number of replicates of the bootstrap.
            rng: Generator, or a seed for one, of the bootstrap.

        Raises:
            MismatchError: If there is not one answer per respondent.
            ScaleError: If an answer is neither on the scale nor missing, or the scale has
                more than 21 points.

        Examples:
            >>> from cxmetrics import YES_NO, top_box
            >>> shops = {"shop": ["north"] * 6 + ["south"] * 3}
            >>> raking = poststratify(shops, {"shop": {"north": 0.4, "south": 0.6}})
            >>> print(top_box(raking.counts([1, 1, 0, 1, 1, 1, 0, 1, 0], YES_NO), top=1))
            Top-1 box 53.3% [18.6, 85.1] (95% score, n=9)
        """
        position = positions(
            one_dimensional(responses, "responses"), Reading(scale, missing, reverse)
        )
        if len(position) != self.n:
            came = f"{len(position):,} for {self.n:,}"
            fail(MismatchError, f"`responses` must have one answer per respondent, not {came}.")
        check_few_points(scale, "responses")
        replicated = replicate_shares(
            self.cells,
            position,
            scale.size,
            clusters=None if clusters is None else read_clusters(clusters, self.n).codes,
            replicates=replicates,
            draws=draws,
            rng=rng,
            tolerance=self.tolerance,
            max_iterations=self.max_iterations,
        )
        n, weights, squares = (
            np.bincount(position, each, minlength=scale.size + 1).astype(np.float64)
            for each in (np.ones(self.n), self.weights, self.weights**2)
        )
        design = Replicated(
            weights=weights[:-1],
            squares=squares[:-1],
            covariance=replicated.covariance,
            n_clusters=replicated.df + 1,
        )
        return Counts(scale, n[:-1], n_missing=n[-1], design=design)

    def to_dict(self) -> dict[str, Any]:
        """What the weights cost and how they were found, as one flat row."""
        return {
            "n": self.n,
            "total": self.cells.total,
            "converged": self.converged,
            "iterations": self.iterations,
            "error": self.error,
            "design_effect": self.design_effect,
            "effective_n": self.effective_n,
            "largest_ratio": self.largest_ratio,
        }

    def _table(self) -> Table:
        margins = self.cells.margins
        scale = self.cells.total / self.cells.base.sum()
        before = self._by_level(scale * self.cells.base)
        after = self._by_level(self.weights)
        columns = {
            "column": [margin.name for margin in margins for _ in margin.levels],
            "level": [name for margin in margins for name in margin.level_names],
            "target": np.concatenate([margin.target for margin in margins]),
            "before": before,
            "after": after,
            "n": self._by_level(np.ones(self.n)).astype(np.int64),
            "factor": np.divide(after, before, out=np.full_like(after, np.nan), where=before > 0),
        }
        return Table.of(columns, len(after))

    def _by_level(self, amounts: FloatArray) -> FloatArray:
        """Amounts of the respondents, summed by the levels of all margins."""
        by_cell = self.cells.sums(amounts)
        return np.concatenate([margin.sums(by_cell) for margin in self.cells.margins])

    def _display(self, *, detailed: bool) -> Table:
        del detailed
        total = self.cells.total
        spec = ",.0f" if total >= 1000 else ",.1f" if total >= 10 else ".3f"  # noqa: PLR2004
        formats = dict.fromkeys(["target", "before", "after"], spec) | {"n": ",", "factor": ".3f"}
        how = "met" if self.converged else f"not met (off by {100 * self.error:.3g}%)"
        rounds = f"{self.iterations:,} round{'s' * (self.iterations > 1)}"
        caption = (
            f"Weights of {self.n:,} respondents, targets {how} after {rounds};\n"
            f"effective n {self.effective_n:,.1f}, design effect {self.design_effect:.2f}, "
            f"largest weight {self.largest_ratio:.1f} medians"
        )
        return Table(self._table().columns, caption, formats)


def rake(
    frame: Any,
    targets: Targets,
    *,
    weights: str | Responses | None = None,
    tolerance: float = 1e-8,
    max_iterations: int = 100,
) -> Raking:
    """Weights that meet the margins of the population, and are else as the base weights.

    Of all weights that meet the margins these are the closest ones to the base weights
    (in relative entropy): each is its base weight times one factor per margin.

    Args:
        frame: One row per respondent: a data frame in memory, or a mapping from names
            of columns to labels.
        targets: By column, what the weights of each level must sum to, as numbers of
            people or as shares: `{"region": {"north": 4000, "south": 6000}, ...}`. A
            tuple of columns is a margin of their combinations, with tuples as levels.
            All margins have one total.
        weights: Base weights, as an array or as the name of a column; equal ones
            unless given.
        tolerance: Largest relative deviation of a level from its target.
        max_iterations: Rounds through all margins after which the fit ends.

    Returns:
        The weights, with the total of the targets, and what they cost.

    Raises:
        UnknownKeyError: If there is no such column, no respondent at a level that has
            a target above 0, or no target for a level that has respondents.
        MismatchError: If margins differ in their total, or columns in their length.
        ArgumentError: If a target or a weight is negative or not finite, a label is
            missing, or the frame is lazy.
        TooFewResponsesError: If there is no respondent.

    Warns:
        ConvergenceWarning: If a target is not met. The levels of some columns then
            occur in too few combinations; with fewer levels there are more.

    References:
        Deming, W. E. and Stephan, F. F. (1940). On a least squares adjustment of a
        sampled frequency table when the expected marginal totals are known. Annals of
        Mathematical Statistics 11, 427-444.

    Examples:
        >>> answered = {
        ...     "region": ["north", "north", "north", "south", "south"],
        ...     "age": ["old", "old", "young", "young", "old"],
        ... }
        >>> targets = {
        ...     "region": {"north": 40, "south": 60},
        ...     "age": {"young": 50, "old": 50},
        ... }
        >>> raking = rake(answered, targets)
        >>> raking.weights.round(1).tolist()
        [12.1, 12.1, 15.9, 34.1, 25.9]
        >>> print(raking)
        Weights of 5 respondents, targets met after 6 rounds;
        effective n 4.2, design effect 1.19, largest weight 2.1 medians
        column  level  target  before  after  n  factor
        region  north    40.0    60.0   40.0  3   0.667
        region  south    60.0    40.0   60.0  2   1.500
        age     young    50.0    40.0   50.0  2   1.250
        age     old      50.0    60.0   50.0  3   0.833
    """
    tolerance = check_between(tolerance, "tolerance", FINEST, COARSEST)
    most = check_positive(max_iterations, "max_iterations")
    return _raking(Cells.of(frame, targets, weights), tolerance, most)


def poststratify(frame: Any, targets: Targets, *, weights: str | Responses | None = None) -> Raking:
    """Weights that meet the numbers of the population in every stratum.

    Args:
        frame: One row per respondent: a data frame in memory, or a mapping from names
            of columns to labels.
        targets: What the weights of each stratum must sum to, as numbers of people or
            as shares: `{"region": {"north": 4000, ...}}`, or for strata by several
            columns `{("region", "age"): {("north", "young"): 1000, ...}}`.
        weights: Base weights, as an array or as the name of a column; equal ones
            unless given.

    Returns:
        The weights, with the total of the targets, and what they cost.

    Raises:
        ArgumentError: If there is not exactly one margin.
        CxMetricsError: As `rake` does.

    References:
        Holt, D. and Smith, T. M. F. (1979). Post stratification. Journal of the Royal
        Statistical Society A 142, 33-46.

    Examples:
        >>> shops = {"shop": ["north", "north", "north", "south"]}
        >>> poststratify(shops, {"shop": {"north": 0.4, "south": 0.6}}).weights.round(3).tolist()
        [0.133, 0.133, 0.133, 0.6]
    """
    cells = Cells.of(frame, targets, weights)
    if len(cells.margins) > 1:
        hint = "did you mean rake(frame, targets)?"
        fail(ArgumentError, f"`targets` must have one margin, not {len(cells.margins)}.", hint)
    return _raking(cells, 1e-8, 1)


def _raking(cells: Cells, tolerance: float, max_iterations: int) -> Raking:
    base = cells.sums(cells.base)
    fitted = fit(base[:, None], cells.margins, tolerance=tolerance, max_iterations=max_iterations)
    factors = np.divide(fitted.weights[:, 0], base, out=np.zeros_like(base), where=base > 0)
    error = float(fitted.error[0])
    raking = Raking(
        weights=factors[cells.cell] * cells.base,
        converged=error <= tolerance,
        iterations=fitted.iterations,
        error=error,
        tolerance=tolerance,
        max_iterations=max_iterations,
        cells=cells,
    )
    if not raking.converged:
        _warn_missed(raking)
    return raking


def _warn_missed(raking: Raking) -> None:
    """Name the level that is farthest from its target."""
    after = raking.cells.sums(raking.weights)
    off = [
        (deviation, f"{level} of {margin.name}")
        for margin in raking.cells.margins
        for deviation, level in zip(deviations(after, margin), margin.level_names, strict=True)
    ]
    deviation, where = max(off)
    warn(
        f"Each target must be met to {raking.tolerance:g}, but after {raking.iterations:,} rounds "
        f"{where} is off by {100 * deviation:.3g}%.",
        ConvergenceWarning,
    )
