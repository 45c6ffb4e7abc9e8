"""Estimate: a value with its uncertainty; Test: a null hypothesis and its p-value."""

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from cxmetrics._checks import (
    check_alternative,
    check_between,
    check_confidence_level,
    fail,
)
from cxmetrics._frozen import SHARED, Frozen, settled
from cxmetrics._table import Table, Tabular
from cxmetrics._typing import Alternative, Floats, IndexArray, Ints
from cxmetrics.errors import MismatchError, TooFewResponsesError
from cxmetrics.intervals.basis import Basis
from cxmetrics.intervals.linear_score import LinearScore
from cxmetrics.intervals.method import Interval

RELATION = {"two-sided": "=", "less": ">=", "greater": "<="}
"""How the null hypothesis relates the value to the null, by alternative."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Test(Tabular, Frozen):
    """A null hypothesis, the statistic that measures it and its p-value.

    Args:
        statistic: Signed statistic, in standard errors; positive above the null.
        pvalue: Probability of a statistic as far out, if the null hypothesis holds.
        null: The value that was tested.
        alternative: "two-sided", "less" or "greater".
        method: Name of the method.
        null_hypothesis: The hypothesis in words.
    """

    statistic: Floats
    pvalue: Floats
    null: float = field(metadata=SHARED)
    alternative: Alternative = field(metadata=SHARED)
    method: str = field(metadata=SHARED)
    null_hypothesis: str = field(metadata=SHARED)

    # pytest takes a class of this name for tests.
    __test__ = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch; () for a single test."""
        return np.shape(self.pvalue)

    def to_dict(self) -> dict[str, Any]:
        """One flat row; of a batch, a list per column."""
        return {
            "null_hypothesis": self.null_hypothesis,
            "statistic": plain(self.statistic),
            "pvalue": plain(self.pvalue),
            "null": self.null,
            "alternative": self.alternative,
            "method": self.method,
        }

    def __str__(self) -> str:
        if self.shape:
            return Tabular.__str__(self)
        how = f"{self.method}, statistic {self.statistic:.2f}"
        return f"{self.null_hypothesis}: {p_text(self.pvalue)} ({how})"

    def _table(self) -> Table:
        return Table.of(self.to_dict(), np.size(self.pvalue))

    def _display(self, *, detailed: bool) -> Table:
        del detailed
        columns = {"statistic": np.ravel(self.statistic).tolist(), "p": p_cells(self.pvalue)}
        caption = f"{self.null_hypothesis} ({self.method})"
        return Table(columns, caption, {"statistic": ".2f", "p": ""})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimate(Tabular, Frozen):
    """A value estimated from a summary, with its standard error and interval.

    Every field is a number, or an array with one entry per row of a batch.

    Args:
        value: The estimate, in `unit`.
        std_error: Standard error, linearised; NaN for one answer.
        interval: Confidence interval, `interval.low` to `interval.high`.
        confidence_level: Confidence level of the interval, as a proportion.
        n: Number of answers, customers, accounts or events.
        n_missing: Number of missing answers.
        n_effective: Number of simple random answers that say as much.
        df: Degrees of freedom of the standard error.
        method: Method of the interval and of its tests.
        metric: Name of the metric.
        unit: Unit of the value: "points", "%", "scale points" or that of an amount.
        basis: What the estimate was made from, such as the answers and their scores.
    """

    value: Floats
    std_error: Floats
    interval: Interval
    confidence_level: float = field(metadata=SHARED)
    n: Ints
    n_missing: Ints
    n_effective: Floats
    df: Floats
    method: str = field(metadata=SHARED)
    metric: str = field(metadata=SHARED)
    unit: str = field(metadata=SHARED)
    basis: Basis = field(repr=False)

    @classmethod
    def of(
        cls,
        basis: Basis,
        *,
        metric: str,
        unit: str,
        confidence_level: float = 0.95,
        method: str = "score",
    ) -> Self:
        """Estimate the value of a basis.

        Raises:
            TooFewResponsesError: If there is nothing to estimate from, outside of a batch.
            ArgumentError: If the level or the method is not one there is.
        """
        level = check_confidence_level(confidence_level)
        basis.check_method(method)
        value = basis.value
        if not basis.shape and not basis.n and np.isnan(value):
            missing = f" ({basis.n_missing:,} missing)" if basis.n_missing else ""
            things = f"at least one {basis.noun}, not 0{missing}"
            fail(TooFewResponsesError, f"{metric} must have {things}.")
        return cls(
            value=value,
            std_error=basis.std_error,
            interval=basis.method(method).interval(level, "two-sided"),
            confidence_level=level,
            n=basis.n,
            n_missing=basis.n_missing,
            n_effective=basis.n_effective,
            df=basis.df,
            method=method,
            metric=metric,
            unit=unit,
            basis=basis,
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch; () for a single estimate."""
        return np.shape(self.value)

    @property
    def design_effect(self) -> Floats:
        """Answers per effective answer: what weights and clusters cost, over 1 if they do."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return settled(np.divide(self.n, self.n_effective))

    @property
    def shares(self) -> dict[str, Floats]:
        """The percentages behind the score: of each group, or of each point."""
        return {name: settled(share) for name, share in self.basis.shares.items()}

    def confidence_interval(
        self, confidence_level: float | None = None, *, alternative: Alternative = "two-sided"
    ) -> Interval:
        """The interval at another level, from the answers that the estimate keeps.

        Args:
            confidence_level: Confidence level; the estimate's own by default.
            alternative: "greater" gives only a lower limit, "less" only an upper
                one; the other end is then the end of the range.

        Examples:
            >>> from cxmetrics import nps
            >>> low, high = nps([10, 9, 9, 8, 7, 3]).confidence_interval(0.8)
            >>> round(low, 1), round(high, 1)
            (-9.7, 64.9)
        """
        level = self.confidence_level if confidence_level is None else confidence_level
        check_alternative(alternative)
        interval = self.basis.method(self.method).interval(
            check_confidence_level(level), alternative
        )
        result: Interval = settled(interval)
        return result

    def test(self, null: float, *, alternative: Alternative = "two-sided") -> Test:
        """Test the value against a benchmark, by the method of the interval.

        Args:
            null: The benchmark, in the unit of the value.
            alternative: What holds if the null hypothesis does not: the value
                differs from it, is "less" or is "greater".

        Raises:
            ArgumentError: If the null is not in the range of the metric.

        Examples:
            >>> from cxmetrics import nps
            >>> print(nps([10, 9, 9, 8, 7, 3]).test(0))
            NPS = 0.0 points: p = 0.32 (score, statistic 1.00)
        """
        check_alternative(alternative)
        null = check_between(null, "null", *self.basis.bounds)
        statistic, pvalue = self.basis.method(self.method).test(null, alternative)
        return Test(
            statistic=statistic,
            pvalue=pvalue,
            null=null,
            alternative=alternative,
            method=self.method,
            null_hypothesis=f"{self.metric} {RELATION[alternative]} {self._text(null)}",
        )

    @property
    def score(self) -> LinearScore:
        """The answers and their scores, which some comparisons need.

        Raises:
            MismatchError: If the estimate is not of answers on a scale.
        """
        if not isinstance(self.basis, LinearScore):
            message = f"Estimates must be of answers on a scale, not of {self.metric}."
            fail(MismatchError, message)
        return self.basis

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without answers."""
        return self.based_on(self.basis.take(rows))

    def based_on(self, basis: Basis) -> Self:
        """The same metric by the same method, from another basis."""
        return type(self).of(
            basis,
            metric=self.metric,
            unit=self.unit,
            confidence_level=self.confidence_level,
            method=self.method,
        )

    def to_dict(self) -> dict[str, Any]:
        """One flat row with stable keys; of a batch, a list per column."""
        return {
            "metric": self.metric,
            "unit": self.unit,
            "value": plain(self.value),
            "std_error": plain(self.std_error),
            "low": plain(self.interval.low),
            "high": plain(self.interval.high),
            "confidence_level": self.confidence_level,
            "n": plain(self.n),
            "n_missing": plain(self.n_missing),
            "n_effective": plain(self.n_effective),
            "method": self.method,
        }

    def __str__(self) -> str:
        if self.shape:
            return Tabular.__str__(self)
        low, high = (format(limit, self._spec) for limit in self.interval)
        missing = f", {self.n_missing:,} missing" if self.n_missing else ""
        level = level_text(self.confidence_level)
        return (
            f"{self.metric} {self._text(self.value)} [{low}, {high}] "
            f"({level} {self.method}, n={self.n:,}{missing})"
        )

    @property
    def _spec(self) -> str:
        return self.basis.spec

    def _text(self, value: Any) -> str:
        return with_unit(format(value, self._spec), self.unit)

    def _table(self) -> Table:
        shares = {f"share_{name}": np.ravel(share) for name, share in self.shares.items()}
        return Table.of(self.to_dict() | shares, np.size(self.value))

    def _display(self, *, detailed: bool) -> Table:
        answered = ~np.isnan(np.ravel(self.value))
        columns = {
            "value": np.ravel(self.value),
            "low": np.where(answered, np.ravel(self.interval.low), np.nan),
            "high": np.where(answered, np.ravel(self.interval.high), np.nan),
            "n": np.ravel(self.n),
            "missing": np.ravel(self.n_missing),
        }
        formats = dict.fromkeys(["value", "low", "high"], self._spec) | dict.fromkeys(
            ["n", "missing"], ","
        )
        if detailed:
            shares = {f"{name} %": np.ravel(share) for name, share in self.shares.items()}
            columns, formats = columns | shares, formats | dict.fromkeys(shares, ".1f")
        how = f"{level_text(self.confidence_level)} {self.method} interval"
        caption = f"{self.metric}{in_unit(self.unit)}, {how}"
        return Table.of(columns, np.size(self.value), caption=caption, formats=formats)


def plain(value: Any) -> Any:
    """Numbers as they are, arrays as lists."""
    return value.tolist() if isinstance(value, np.ndarray) else value


def with_unit(number: str, unit: str) -> str:
    """A number followed by its unit."""
    return f"{number}{unit}" if unit in {"", "%"} else f"{number} {unit}"


def in_unit(unit: str) -> str:
    """A unit as captions have it."""
    return f" {unit}" if unit.startswith("per ") else f" in {unit}" if unit else ""


def level_text(confidence_level: float) -> str:
    """A confidence level in percent."""
    return f"{100 * confidence_level:.4g}%"


def p_text(pvalue: Any) -> str:
    """A p-value with the digits that matter."""
    if np.isnan(pvalue):
        return "no p-value"
    if pvalue < 0.001:  # noqa: PLR2004
        return "p < 0.001"
    return f"p = {pvalue:.3f}" if pvalue < 0.1 else f"p = {pvalue:.2f}"  # noqa: PLR2004


def p_cells(pvalues: Floats) -> list[str | None]:
    """p-values for a column that is headed "p"."""
    return [
        None if np.isnan(p) else p_text(p).removeprefix("p ").removeprefix("= ")
        for p in np.ravel(pvalues).tolist()
    ]
