"""Whether a score rises or falls from period to period."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

import numpy as np
import scipy

from cxmetrics._checks import (
    check_alternative,
    check_between,
    check_confidence_level,
    check_option,
    fail,
)
from cxmetrics._frozen import SHARED, Frozen
from cxmetrics._table import Table, Tabular
from cxmetrics._typing import Alternative, BoolArray, FloatArray
from cxmetrics.comparisons.groups import (
    check_all_apart,
    check_grouped,
    check_in_order,
    group_variances,
)
from cxmetrics.errors import ArgumentError
from cxmetrics.estimate import RELATION, Estimate, in_unit, level_text, p_cells, p_text
from cxmetrics.intervals.linear_score import LinearScore
from cxmetrics.intervals.method import Interval, Pivot, Rows, around
from cxmetrics.summaries.grouped import Grouped

TrendMethod: TypeAlias = Literal["weighted", "linear-by-linear"]

FEWEST = 3
"""Through two periods there always is a straight line."""

BORROWED = 1
"""Answers that each period borrows for its variance. A slope averages over the periods,
so their variances may be rough, but none of them may be 0."""

DAYS_PER_YEAR = 365.2425


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trend(Tabular, Frozen):
    """The slope of a straight line through the scores of periods, with its interval and test.

    Args:
        value: Change per period, in `unit`. Where the periods are numbers, per 1 of them;
            where they are days, per mean distance of two neighbouring periods.
        std_error: Its standard error.
        interval: Confidence interval, `interval.low` to `interval.high`.
        confidence_level: Confidence level of the interval, as a proportion.
        statistic: Signed statistic of the test of `null`.
        pvalue: p-value of that test.
        null: The slope that was tested.
        alternative: "two-sided", "less" or "greater".
        df: Degrees of freedom of the test; infinite for the normal.
        overdispersion: How many times the squared distances from the line are what chance
            makes of them; about 1 if the line is the truth.
        p_straight: p-value of the test that it is, by this ratio.
        periods_per_year: Periods in a year where the periods are days, else NaN.
        fitted: The line at each period with answers.
        n_periods: Number of periods with answers.
        n: Number of answers.
        method: "weighted" or "linear-by-linear".
        metric: Name of the metric.
        unit: "points", "percentage points" or "scale points".
        null_hypothesis: The hypothesis in words.
        spec: How scores are written.
    """

    value: float
    std_error: float
    interval: Interval
    confidence_level: float = field(metadata=SHARED)
    statistic: float
    pvalue: float
    null: float = field(metadata=SHARED)
    alternative: Alternative = field(metadata=SHARED)
    df: float
    overdispersion: float
    p_straight: float
    periods_per_year: float
    fitted: FloatArray = field(repr=False)
    n_periods: int
    n: int
    method: TrendMethod = field(metadata=SHARED)
    metric: str = field(metadata=SHARED)
    unit: str = field(metadata=SHARED)
    null_hypothesis: str = field(metadata=SHARED)
    spec: str = field(metadata=SHARED, repr=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """Always (): all periods make one statement."""
        return ()

    @property
    def per_year(self) -> float:
        """Change per year where the periods are days, else NaN."""
        return self.value * self.periods_per_year

    @property
    def interval_per_year(self) -> Interval:
        """Confidence interval of the change per year."""
        low, high = self.interval
        return Interval(low * self.periods_per_year, high * self.periods_per_year)

    def summary(self) -> str:
        """The trend in one sentence.

        Examples:
            >>> from cxmetrics import NPS_GROUPS, Counts, nps
            >>> counts = Counts(NPS_GROUPS, [[60, 90, 90], [50, 90, 100], [40, 90, 110]])
            >>> print(trend(nps(Grouped({"wave": [1, 2, 3]}, counts))).summary())
            NPS rose by 8.33 points per period over 3 periods \
(95% CI of the rise: 1.54 to 15.13; p = 0.016).
        """
        rises = self.value >= 0
        sign = 1 if rises else -1
        low, high = sorted(sign * limit for limit in self.interval)
        per = f"{self.unit} per period".lstrip()
        if np.isfinite(self.periods_per_year):
            per += f" ({self._text(abs(self.per_year))} per year)"
        null = f" for {self.null:+g}" if self.null else ""
        size = f"{self._text(abs(self.value))} {per} over {self.n_periods:,} periods"
        told = f"{'rose' if rises else 'fell'} by {size}"
        if low <= 0 <= high:
            way = "up" if self.value > 0 else "down" if self.value else "moved"
            told = f"shows no clear trend: {way} by {size}"
        noun = "rise" if rises else "fall"
        return (
            f"{self.metric} {told} ({level_text(self.confidence_level)} CI of the {noun}: "
            f"{self._text(low)} to {self._text(high)}; {p_text(self.pvalue)}{null})."
        )

    def to_dict(self) -> dict[str, Any]:
        """One flat row with stable keys."""
        return {
            "metric": self.metric,
            "unit": self.unit,
            "value": self.value,
            "std_error": self.std_error,
            "low": self.interval.low,
            "high": self.interval.high,
            "confidence_level": self.confidence_level,
            "statistic": self.statistic,
            "pvalue": self.pvalue,
            "null": self.null,
            "alternative": self.alternative,
            "df": self.df,
            "method": self.method,
            "per_year": self.per_year,
            "overdispersion": self.overdispersion,
            "p_straight": self.p_straight,
            "n_periods": self.n_periods,
            "n": self.n,
        }

    def __str__(self) -> str:
        low, high = map(self._text, self.interval)
        level = level_text(self.confidence_level)
        per = f"{self.unit} per period".lstrip()
        return (
            f"{self.metric} {self._text(self.value, '+')} {per} [{low}, {high}] "
            f"({level} {self.method}, {p_text(self.pvalue)}, {self.n_periods:,} periods, "
            f"n={self.n:,})"
        )

    @property
    def _spec(self) -> str:
        """One more decimal than the score has: a slope is small."""
        start, decimals = self.spec.split(".")
        return f"{start}.{int(decimals[0]) + 1}f"

    def _text(self, value: float, sign: str = "") -> str:
        return format(value, sign + self._spec)

    def _table(self) -> Table:
        return Table.of(self.to_dict(), 1)

    def _display(self, *, detailed: bool) -> Table:
        numbers = {"slope": self.value, "low": self.interval.low, "high": self.interval.high}
        formats = dict.fromkeys(numbers, self._spec)
        if np.isfinite(self.periods_per_year):
            numbers["per year"], formats["per year"] = self.per_year, formats["slope"]
        columns: dict[str, Any] = dict(numbers)
        if detailed:
            columns |= {"std. error": self.std_error, "overdispersion": self.overdispersion}
            formats |= {"std. error": formats["slope"], "overdispersion": ".2f"}
        columns |= {"periods": self.n_periods, "n": self.n, "p": p_cells(self.pvalue)[0]}
        formats |= {"periods": ",", "n": ",", "p": ""}
        per = f"{self.unit} per period".lstrip()
        how = f"{level_text(self.confidence_level)} {self.method} interval"
        return Table.of(
            columns, 1, caption=f"Trend of {self.metric}{in_unit(per)}, {how}", formats=formats
        )


def trend(
    estimates: Grouped[Estimate],
    *,
    method: TrendMethod = "weighted",
    null: float = 0.0,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> Trend:
    """Straight line through the scores of three or more periods: does the score rise or fall?

    A trend uses all periods at once, so it is seen sooner than in comparisons of each
    period with the one before. For those, take `compare_segments(..., versus="previous")`.

    Args:
        estimates: One estimate per period. Periods that are days or numbers are that far
            apart; any others are one apart, in the order of the table.
        method: `"weighted"`, the default: least squares, in which each period weighs as
            much as it has effective answers, whatever the distributions in the periods.
            Where periods scatter about the line more than chance makes them, the standard
            error grows by as much, and Student's t takes the place of the normal.
            `"linear-by-linear"`: the correlation of answers with time, whose null
            hypothesis is the *same distribution* in all periods; for shares it is the
            trend test of Cochran and Armitage.
        null: The slope to test.
        alternative: What holds if the null hypothesis does not: the slope is another one,
            is "less" or is "greater".
        confidence_level: Confidence level of the interval.

    Returns:
        The slope per period, of percentages in percentage points, and per year where the
        periods are days. Periods without answers do not count. A one-sided interval
        reaches to the steepest slope that scores on their range can have.

    Raises:
        MismatchError: If these are not grouped estimates.
        ArgumentError: If the periods have several columns of keys, are not known or not
            in order, fewer than three have answers, or an option is not one there is.
        OverlappingClustersError: If periods share clusters, so that they are not
            independent.

    References:
        Armitage, P. (1955). Tests for linear trends in proportions and frequencies.
        Biometrics 11, 375-386.

        Birge, R. T. (1932). The calculation of errors by the method of least squares.
        Physical Review 40, 207-227.

        Mantel, N. (1963). Chi-square tests with one degree of freedom; extensions of the
        Mantel-Haenszel procedure. Journal of the American Statistical Association 58,
        690-700.

    Examples:
        >>> from cxmetrics import NPS_GROUPS, Counts, nps
        >>> counts = Counts(NPS_GROUPS, [[60, 90, 90], [50, 90, 100], [40, 90, 110]])
        >>> print(trend(nps(Grouped({"wave": [1, 2, 3]}, counts))))
        NPS +8.33 points per period [1.54, 15.13] (95% weighted, p = 0.016, 3 periods, n=720)
    """
    check_grouped(estimates, "trend")
    check_option(method, "method", get_args(TrendMethod))
    check_alternative(alternative)
    confidence_level = check_confidence_level(confidence_level)
    batch = estimates.batch
    check_all_apart(batch)
    keep = batch.basis.speaks
    if keep.sum() < FEWEST:
        message = f"at least three periods with answers, not {keep.sum()}"
        fail(ArgumentError, f"`estimates` must have {message}.")
    time, per_year = _time(estimates)
    variances = group_variances(batch, keep, borrowed=BORROWED)
    line = Line.through(time[keep], np.ravel(batch.value)[keep], _weights(batch, keep, variances))
    low, high = batch.basis.bounds
    steepest = line.steepest(high - low)
    null = check_between(null, "null", -steepest, steepest)
    if method == "linear-by-linear":
        if null:
            fail(ArgumentError, f"`null` must be 0 for method='linear-by-linear', not {null:g}.")
        variances = _same_variances(batch.score.rows[keep], batch.score.points)
        hypothesis = f"answers to {batch.metric} are distributed alike in all periods"
    else:
        hypothesis = f"slope of {batch.metric} {RELATION[alternative]} {null:g}"
    std_error, df = line.std_error(variances), np.inf
    dispersion, df_rest = line.dispersion(variances)
    if method == "weighted" and dispersion > 1:
        std_error, df = std_error * np.sqrt(dispersion), df_rest
    pivot = line.pivot(std_error, steepest, df)
    statistic, pvalue = pivot.test(null, alternative)
    return Trend(
        value=float(np.clip(line.slope, -steepest, steepest)),
        std_error=float(std_error),
        interval=pivot.interval(confidence_level, alternative),
        confidence_level=confidence_level,
        statistic=float(statistic),
        pvalue=float(pvalue),
        null=null,
        alternative=alternative,
        df=df,
        overdispersion=dispersion,
        p_straight=float(scipy.special.chdtrc(df_rest, dispersion * df_rest)),
        periods_per_year=per_year,
        fitted=line.fitted,
        n_periods=int(keep.sum()),
        n=int(np.ravel(batch.n)[keep].sum()),
        method=method,
        metric=batch.metric,
        unit="percentage points" if batch.unit == "%" else batch.unit,
        null_hypothesis=hypothesis,
        spec=batch.basis.spec,
    )


class Line(NamedTuple):
    """The line of least squares through scores, with given weights.

    Args:
        values: Scores of the periods.
        weights: Weights of the periods.
        away: Times, less their weighted mean.
        slope: Slope of the line.
    """

    values: FloatArray
    weights: FloatArray
    away: FloatArray
    slope: float

    @classmethod
    def through(cls, time: FloatArray, values: FloatArray, weights: FloatArray) -> "Line":
        """The line through the scores at these times."""
        weights = weights / weights.sum()
        away = time - weights @ time
        # Less the first score, so that rounding makes no slope of scores that are all alike.
        slope = weights * away @ (values - values[0]) / (weights @ away**2)
        return cls(values, weights, away, float(slope))

    @property
    def fitted(self) -> FloatArray:
        """The line at the times of the periods."""
        first = self.values[0]
        mean = first + self.weights @ (self.values - first)
        return np.asarray(mean + self.slope * self.away)

    def std_error(self, variances: FloatArray) -> float:
        """Standard error of the slope, if the scores have these variances."""
        pull = self.weights * self.away / (self.weights @ self.away**2)
        return float(np.sqrt(pull**2 @ variances))

    def steepest(self, span: float) -> float:
        """The largest slope that scores within a span can have."""
        return float(
            span * np.abs(self.weights * self.away).sum() / 2 / (self.weights @ self.away**2)
        )

    def pivot(self, std_error: float, steepest: float, df: float) -> Pivot:
        """Interval and tests of the slope with a standard error."""
        no = np.zeros(1, np.bool_)
        rows = Rows((-steepest, steepest), (), empty=no, silent=no, known=np.array([np.nan]))
        return Pivot(rows, *around(np.array([self.slope]), np.array([std_error])), df)

    def dispersion(self, variances: FloatArray) -> tuple[float, float]:
        """Squared distances from the line over what chance makes of them, and their df.

        With weights that are inverse variances it is Birge's ratio, Q over periods less 2.
        """
        leverage = self.weights * (1 + self.away**2 / (self.weights @ self.away**2))
        squares = self.weights @ (self.values - self.fitted) ** 2
        expected = (self.weights * variances) @ (1 - leverage)
        # Where all answers are alike, and nothing else is possible, there is no distance.
        return float(squares / expected) if expected else 0.0, len(self.values) - 2.0


def _weights(batch: Estimate, keep: BoolArray, variances: FloatArray) -> FloatArray:
    """Answers of each period; where the value is no score of answers, inverse variances."""
    if isinstance(batch.basis, LinearScore):
        answers: FloatArray = batch.basis.rows[keep].sum(axis=-1)
        return answers
    return 1 / variances


def _same_variances(rows: FloatArray, points: FloatArray) -> FloatArray:
    """Squared standard errors of scores, if the answers of all periods have one distribution.

    With the factor N/(N - 1) the squared statistic of a slope is Mantel's (N - 1) r².
    """
    n = rows.sum(axis=-1)
    pool, total = rows.sum(axis=0) / n.sum(), n.sum()
    return np.asarray(pool @ (points - pool @ points) ** 2 * total / (total - 1) / n)


def _time(estimates: Grouped[Estimate]) -> tuple[FloatArray, float]:
    """When the periods are, counted in periods, and how many of these a year has."""
    if len(estimates.by) > 1:
        came = f"{len(estimates.by)}: {', '.join(estimates.by)}"
        hint = f"did you mean to select one {estimates.by[-1]} at a time?"
        fail(ArgumentError, f"Periods must be one column of keys, not {came}.", hint)
    keys = list(estimates)
    for key in keys:
        if key is None or (isinstance(key, float) and not np.isfinite(key)):
            fail(ArgumentError, f"Each period must be known, not {key}.")
    of_days = [isinstance(key, date) for key in keys]
    of_numbers = [isinstance(key, int | float) for key in keys]
    if not any(of_days) and not any(of_numbers):
        return np.arange(len(keys), dtype=np.float64), np.nan
    if not all(of_days) and not all(of_numbers):
        fail(ArgumentError, "Periods must all be days, or all be numbers, or neither.")
    check_in_order(keys)
    if all(of_numbers):
        return np.array(keys, np.float64), np.nan
    days = np.array([(key - keys[0]).total_seconds() / 86_400 for key in keys])
    distance = days[-1] / (len(keys) - 1)
    return days / distance, DAYS_PER_YEAR / distance
