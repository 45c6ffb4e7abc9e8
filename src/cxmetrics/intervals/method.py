"""Interval, and what every interval method has: limits at a level, p-values of a null.

An interval method gives its limits and its p-values from one law. So an interval
excludes a null exactly when the test of the same method rejects it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Self, TypeAlias

import numpy as np
import scipy

from cxmetrics._checks import warn
from cxmetrics._typing import Alternative, BoolArray, FloatArray, Floats
from cxmetrics.errors import ZeroWidthWarning
from cxmetrics.likelihood.iterate import rising_root

SAYS_NOTHING = 0.05
"""Effective number of answers below which no limit can be relied upon."""

Limits: TypeAlias = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
"""Lower and upper limits, from a critical value per row."""

Statistic: TypeAlias = Callable[[FloatArray], FloatArray]
"""Signed statistics, from a null per row."""


class Interval(NamedTuple):
    """A confidence interval: numbers, or arrays for a batch."""

    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a batch that a method is applied to, in one line.

    Args:
        bounds: Lowest and highest possible value.
        shape: Shape of the batch.
        empty: Rows without any answer.
        silent: Further rows that say nothing: any value is possible.
        known: The value where everyone has answered, so that it is certain; else NaN.
        is_stepped: Whether values lie apart, so that an interval may be a single one.
        better: A method whose intervals have width even if nothing varies, if there is one.
    """

    bounds: tuple[float, float]
    shape: tuple[int, ...]
    empty: BoolArray
    silent: BoolArray
    known: FloatArray
    is_stepped: bool = False
    better: str = "score"

    @classmethod
    def of(
        cls, value: FloatArray, n_effective: FloatArray, bounds: tuple[float, float], df: Floats
    ) -> Self:
        """Rows with these values, so many effective answers, and degrees of freedom."""
        answers = n_effective.ravel()
        silent = (answers < SAYS_NOTHING) | ~(np.ravel(df) > 0)
        known = np.where(np.isinf(answers), value.ravel(), np.nan)
        return cls(bounds, n_effective.shape, np.isnan(value.ravel()), silent, known)

    @property
    def is_known(self) -> BoolArray:
        """Rows whose value is certain."""
        return ~np.isnan(self.known)


@dataclass(frozen=True, slots=True)
class Method(ABC):
    """An interval and the tests that belong to it."""

    rows: Rows

    @abstractmethod
    def limits(self, tail: float) -> tuple[FloatArray, FloatArray]:
        """Lower and upper limit, each of which misses with probability `tail`."""

    @abstractmethod
    def tails(self, null: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Statistic, and p-values against "less" and against "greater"."""

    def interval(self, confidence_level: float, alternative: Alternative) -> Interval:
        """The interval at a level; a one-sided one reaches to the end of the range."""
        rows = self.rows
        lowest, highest = rows.bounds
        low, high = self.limits((1 - confidence_level) / (1 + (alternative == "two-sided")))
        full = rows.empty | rows.silent
        low, high = (np.where(rows.is_known, rows.known, limit) for limit in (low, high))
        low = np.where(full | (alternative == "less"), lowest, np.clip(low, lowest, highest))
        high = np.where(full | (alternative == "greater"), highest, np.clip(high, lowest, highest))
        if np.any((low == high) & ~rows.is_known) and not rows.is_stepped:
            but = f", but {rows.better!r} needs none" if rows.better else ""
            warn(f"An interval has no width: this method sees no variation{but}.", ZeroWidthWarning)
        return Interval(low.reshape(rows.shape), high.reshape(rows.shape))

    def test(self, null: float, alternative: Alternative) -> tuple[FloatArray, FloatArray]:
        """The statistic and the p-value of a null."""
        rows = self.rows
        statistic, less, greater = self.tails(null)
        if rows.is_known.any():
            gap = rows.known - null
            statistic = np.where(
                rows.is_known, np.where(gap == 0, 0, np.copysign(np.inf, gap)), statistic
            )
            less = np.where(rows.is_known, gap >= 0, less)
            greater = np.where(rows.is_known, gap <= 0, greater)
        pvalue = {
            "two-sided": np.minimum(1, 2 * np.minimum(less, greater)),
            "less": less,
            "greater": greater,
        }[alternative]
        statistic = np.where(rows.empty, np.nan, np.where(rows.silent, 0, statistic))
        pvalue = np.where(rows.empty, np.nan, np.where(rows.silent, 1, pvalue))
        return statistic.reshape(rows.shape), pvalue.reshape(rows.shape)


@dataclass(frozen=True, slots=True)
class Pivot(Method):
    """Limits at critical values and statistics at nulls, both of Student's t or the normal.

    Args:
        limit: Lower and upper limits, from a critical value per row.
        statistic: Signed statistics, from a null per row.
        df: Degrees of freedom per row; infinite for the normal.
    """

    limit: Limits
    statistic: Statistic
    df: Floats = np.inf

    def limits(self, tail: float) -> tuple[FloatArray, FloatArray]:
        """Limits at the critical value of the tail."""
        z = -_quantile(tail, self._df())
        low, high = self.limit(np.abs(z))
        # A one-sided limit of a level below 50 % lies on the other side of the estimate.
        return (low, high) if tail <= 0.5 else (high, low)  # noqa: PLR2004

    def tails(self, null: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Tails of the statistic."""
        df = self._df()
        statistic = self.statistic(np.full(df.shape, null))
        return statistic, _cdf(statistic, df), _cdf(-statistic, df)

    def _df(self) -> FloatArray:
        # Where rows say nothing there may be none; what is reckoned there is not used.
        return np.where(self.rows.silent, np.inf, np.ravel(self.df))


Tails: TypeAlias = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
"""p-values against "less" and against "greater", from a null per row."""


@dataclass(frozen=True, slots=True)
class Exact(Pivot):
    """A pivot whose tails are those of one exact law, and whose limits invert them.

    Args:
        law: The tails; beyond the estimate they need not add up to 1.
    """

    law: Tails = field(kw_only=True)

    @classmethod
    def of(cls, rows: Rows, limit: Limits, law: Tails) -> Self:
        """Limits at a normal deviate of any sign, and the law that they invert."""
        return cls(rows, limit, lambda null: deviate(*law(null)), law=law)

    def limits(self, tail: float) -> tuple[FloatArray, FloatArray]:
        """Limits at the deviate of the tail."""
        return self.limit(np.full(self.rows.empty.shape, -scipy.special.ndtri(tail)))

    def tails(self, null: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Tails of the law, and their deviate."""
        less, greater = self.law(np.full(self.rows.empty.shape, null))
        return deviate(less, greater), less, greater


def around(center: FloatArray, std_error: FloatArray) -> tuple[Limits, Statistic]:
    """Limits `center` ± z `std_error`, and the statistic that belongs to them."""
    center, std_error = center.ravel(), std_error.ravel()

    def limits(z: FloatArray) -> tuple[FloatArray, FloatArray]:
        return center - z * std_error, center + z * std_error

    def statistic(null: FloatArray) -> FloatArray:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(center == null, 0.0, (center - null) / std_error)

    return limits, statistic


def z_at(
    limits: Limits, value: FloatArray, null: FloatArray, *, close: float = 4e-16
) -> FloatArray:
    """The signed critical value at which a limit meets the null, this close to it."""
    target = np.abs(value - null)

    def log_reach(z: FloatArray) -> FloatArray:
        low, high = limits(z)
        return np.log(np.where(null < value, value - low, high - value) / target)

    once = np.ones_like(value)
    z = rising_root(log_reach, once, once, close=close)
    return np.where(target == 0, 0, np.sign(value - null) * z)


def deviate(less: FloatArray, greater: FloatArray) -> FloatArray:
    """The normal deviate of two tails: the statistic of a method that has only tails."""
    size = -scipy.special.ndtri(np.minimum(np.minimum(less, greater), 0.5))
    return np.asarray(np.where(greater < less, size, -size))


def _quantile(tail: float, df: FloatArray) -> FloatArray:
    """Quantile of Student's t, or of the normal where df is infinite."""
    normal = np.isinf(df)
    if normal.all():
        return np.full(df.shape, scipy.special.ndtri(tail))
    finite = np.where(normal | (df <= 0), 1, df)
    student = np.asarray(scipy.special.stdtrit(finite, tail), np.float64)
    # One Newton step: older scipy inverts to 1e-10 only, and tests must agree with limits.
    log_height = scipy.special.gammaln((finite + 1) / 2) - scipy.special.gammaln(finite / 2)
    density = np.exp(log_height - (finite + 1) / 2 * np.log1p(student**2 / finite))
    student -= (_student(finite, student) - tail) * np.sqrt(finite * np.pi) / density
    return np.where(normal, scipy.special.ndtri(tail), student)


def _cdf(statistic: FloatArray, df: FloatArray) -> FloatArray:
    """Lower tail of Student's t, or of the normal where df is infinite."""
    normal = np.isinf(df)
    if normal.all():
        return np.asarray(scipy.special.ndtr(statistic))
    return np.where(
        normal, scipy.special.ndtr(statistic), _student(np.where(normal, 1, df), statistic)
    )


def _student(df: FloatArray, statistic: FloatArray) -> FloatArray:
    """Lower tail of Student's t; of one degree of freedom scipy is off by 1e-9 near the middle."""
    cauchy = np.arctan2(1, -statistic) / np.pi
    return np.where(df == 1, cauchy, scipy.special.stdtr(df, statistic))
