"""Transitions: where customers go from each touchpoint, and whether two groups differ in it."""

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import scipy

from cxmetrics._checks import (
    check_confidence_level,
    check_option,
    check_positive,
    check_rng,
    fail,
    near,
)
from cxmetrics._frozen import SHARED, Frozen
from cxmetrics._table import Table, Tabular
from cxmetrics._typing import FloatArray, IntArray
from cxmetrics.errors import UnknownKeyError
from cxmetrics.estimate import Estimate, Test, level_text
from cxmetrics.journeys.paths import check_single
from cxmetrics.metrics.linear import score_estimate
from cxmetrics.scale import YES_NO
from cxmetrics.summaries.counts import Counts
from cxmetrics.summaries.moves import END, START, Moves, unlike
from cxmetrics.summaries.sequences import summed

TransitionMethod: TypeAlias = Literal["wilson", "goodman"]
TransitionTest: TypeAlias = Literal["chi-squared", "permutation"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Transitions(Tabular, Frozen):
    """Probabilities of moves from each touchpoint to each, as proportions 0...1.

    Arrays are from × to: a row for the start and each touchpoint, a column for each
    touchpoint and the end. Each row adds up to 1; one without moves is NaN.

    Args:
        touchpoints: Names of the touchpoints.
        moves: Number of moves.
        method: "wilson" for intervals of each probability by itself, "goodman" for those of
            a row that hold together.
        confidence_level: Confidence level of the intervals, or of those of a row.
    """

    touchpoints: tuple[str, ...] = field(metadata=SHARED)
    moves: IntArray = field(metadata=SHARED)
    method: TransitionMethod = field(metadata=SHARED)
    confidence_level: float = field(metadata=SHARED)

    @property
    def shape(self) -> tuple[int, ...]:
        """Always (): the matrix is one statement."""
        return ()

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the rows: "start", or "(start)" if one is called so, and the touchpoints."""
        return (unlike(START, self.touchpoints), *self.touchpoints)

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the columns: the touchpoints, and "end", or "(end)" if one is called so."""
        return (*self.touchpoints, unlike(END, self.touchpoints))

    @property
    def n(self) -> IntArray:
        """Number of moves from each row."""
        return np.asarray(self.moves.sum(axis=1))

    @property
    def probabilities(self) -> FloatArray:
        """Proportion of the moves from each row that go to each column."""
        return np.asarray(self.estimate.value)

    @property
    def estimate(self) -> Estimate:
        """All probabilities with their intervals, as a batch from × to."""
        others = self.n[:, None] - self.moves
        level = self.confidence_level
        if self.method == "goodman":
            level = 1 - (1 - level) / len(self.targets)
        return score_estimate(
            Counts(YES_NO, np.stack([others, self.moves], axis=-1)),
            np.array([0.0, 1.0]),
            groups=(("elsewhere", 1), ("moved", 1)),
            metric="Transition probability",
            unit="",
            confidence_level=level,
            method="score",
        )

    def between(self, source: str, target: str) -> Estimate:
        """The probability of one move.

        Raises:
            UnknownKeyError: If there is no such row or column.
        """
        for name, known, kind in ((source, self.sources, "from"), (target, self.targets, "to")):
            if name not in known:
                fail(UnknownKeyError, f"There are no moves {kind} {name!r}.", near(name, known))
        return self.estimate[self.sources.index(source), self.targets.index(target)]

    def to_dict(self) -> dict[str, Any]:
        """Lists by column, one value per pair of touchpoints."""
        return self._table().columns

    def _table(self) -> Table:
        estimate, size = self.estimate, self.moves.size
        width = len(self.targets)
        columns = {
            "from": [source for source in self.sources for _ in range(width)],
            "to": list(self.targets) * width,
            "n": np.repeat(self.n, width),
            "moves": np.ravel(self.moves),
            "probability": np.ravel(estimate.value),
            "low": np.ravel(estimate.interval.low),
            "high": np.ravel(estimate.interval.high),
        }
        return Table.of(columns, size)

    def _display(self, *, detailed: bool) -> Table:
        interval, probabilities = self.estimate.interval, self.probabilities
        source, number = (unlike(name, self.touchpoints) for name in ("from", "n"))
        columns: dict[str, Any] = {source: list(self.sources), number: self.n}
        formats = {number: ","}
        for k, name in enumerate(self.targets):
            column: Any = probabilities[:, k]
            formats[name] = ".3f"
            if detailed:
                limits = (np.asarray(limit)[:, k] for limit in interval)
                column, formats[name] = _with_limits(column, *limits), ""
            columns[name] = column
        names = {"wilson": "Wilson", "goodman": "simultaneous Goodman"}
        how = f", {level_text(self.confidence_level)} {names[self.method]} intervals"
        caption = f"Transition probabilities{how * detailed}"
        return Table.of(columns, len(self.sources), caption=caption, formats=formats)


def _with_limits(values: FloatArray, low: FloatArray, high: FloatArray) -> list[str | None]:
    """Probabilities with their intervals, of rows that have moves."""
    rows = zip(values.tolist(), low.tolist(), high.tolist(), strict=True)
    return [None if np.isnan(v) else f"{v:.3f} [{lo:.3f}, {hi:.3f}]" for v, lo, hi in rows]


def transitions(
    moves: Moves, *, method: TransitionMethod = "wilson", confidence_level: float = 0.95
) -> Transitions:
    """Probabilities of moves from each touchpoint to each, with intervals.

    Moves are taken for independent, as they are in a Markov chain of first order.

    Args:
        moves: The paths of customers.
        method: `"wilson"`, the interval of each probability by itself; or `"goodman"`,
            intervals that hold together for all probabilities of a row.
        confidence_level: Confidence level of the intervals; by `"goodman"`, of a row.

    Returns:
        The probabilities, as proportions 0...1.

    Raises:
        MismatchError: If the moves are a batch.
        TooFewResponsesError: If there is no customer.
        ArgumentError: If the method is not one there is.

    References:
        Goodman, L. A. (1965). On simultaneous confidence intervals for multinomial
        proportions. Technometrics 7, 247-254.

        Wilson, E. B. (1927). Probable inference, the law of succession, and statistical
        inference. Journal of the American Statistical Association 22, 209-212.

    Examples:
        >>> moves = Moves.from_paths({("web", "shop"): 24, ("web",): 15, ("phone", "shop"): 9})
        >>> print(transitions(moves))
        Transition probabilities
        from    n  phone   shop    web    end
        start  48  0.188  0.000  0.812  0.000
        phone   9  0.000  1.000  0.000  0.000
        shop   33  0.000  0.000  0.000  1.000
        web    39  0.000  0.615  0.000  0.385
        >>> print(transitions(moves).between("web", "shop"))
        Transition probability 0.615 [0.459, 0.751] (95% score, n=39)
    """
    check_single(moves, "moves")
    check_option(method, "method", get_args(TransitionMethod))
    return Transitions(
        touchpoints=moves.touchpoints,
        moves=np.roll(moves.transitions, 1, axis=0),
        method=method,
        confidence_level=check_confidence_level(confidence_level),
    )


def compare_transitions(
    after: Moves,
    before: Moves,
    *,
    method: TransitionTest = "chi-squared",
    draws: int = 1_000,
    rng: "np.random.Generator | int | None" = None,
) -> Test:
    """Test that customers of two groups or periods move with the same probabilities.

    The statistic adds up Pearson's chi-squared over the touchpoints that customers of both
    groups moved on from.

    Args:
        after: The paths of the later period, or of one group.
        before: Those they are compared with, of other customers.
        method: `"chi-squared"`, which takes moves for independent, as they are in a Markov
            chain of first order, and needs enough of them in each cell; or `"permutation"`,
            which takes only customers for independent, and exchanges them between the groups.
        draws: Number of permutations.
        rng: For `"permutation"`, a generator of random numbers, or a seed for one.

    Returns:
        The test; a small p-value says that the probabilities differ.

    Raises:
        MismatchError: If a side is a batch.
        TooFewResponsesError: If a side has no customer.
        ArgumentError: If an option is not one there is, or `rng` is lacking.

    References:
        Anderson, T. W. and Goodman, L. A. (1957). Statistical inference about Markov chains.
        Annals of Mathematical Statistics 28, 89-110.

    Examples:
        >>> may = Moves.from_paths({("web", "shop"): 240, ("web",): 150})
        >>> june = Moves.from_paths({("web", "shop"): 260, ("web",): 110})
        >>> print(compare_transitions(june, may))
        Moves have the same probabilities: p = 0.011 (chi-squared, statistic 6.43)
    """
    for name, side in (("after", after), ("before", before)):
        check_single(side, name)
    check_option(method, "method", get_args(TransitionTest))
    one, two = after.aligned(before)
    observed, df = _chi_squared(one.transitions, two.transitions)
    if method == "permutation":
        number = check_positive(draws, "draws")
        pvalue = _permuted(one, two, observed, number, check_rng(rng))
    else:
        pvalue = float(scipy.special.chdtrc(df, observed)) if df else 1.0
    return Test(
        statistic=observed,
        pvalue=pvalue,
        null=0.0,
        alternative="two-sided",
        method=method,
        null_hypothesis="Moves have the same probabilities",
    )


def _chi_squared(one: IntArray, two: IntArray) -> tuple[float, int]:
    """Pearson's chi-squared of two tables of moves, row by row, and its degrees of freedom."""
    both = (one.sum(axis=1) > 0) & (two.sum(axis=1) > 0)
    tables = np.stack([one[both], two[both]]).astype(np.float64)
    pooled = tables.sum(axis=0)
    expected = tables.sum(axis=2, keepdims=True) * pooled / pooled.sum(axis=1)[:, None]
    with np.errstate(invalid="ignore"):
        parts = np.where(expected > 0, (tables - expected) ** 2 / expected, 0)
    return float(parts.sum()), int((pooled > 0).sum() - len(pooled))


def _permuted(
    one: Moves, two: Moves, observed: float, draws: int, rng: "np.random.Generator"
) -> float:
    """How often customers who change sides at random differ as much."""
    everybody = one.customers + two.customers
    size = len(one.touchpoints) + 1
    cell, path = one.cells()
    whole = summed(everybody[path], cell, size * size).reshape(size, size)
    as_much = 1
    for _ in range(draws):
        drawn = rng.multivariate_hypergeometric(everybody, int(one.n), method="marginals")
        mine = summed(drawn[path], cell, size * size).reshape(size, size)
        as_much += _chi_squared(mine, whole - mine)[0] >= observed * (1 - 1e-12)
    return as_much / (draws + 1)
