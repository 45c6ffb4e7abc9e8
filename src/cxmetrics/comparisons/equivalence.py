"""Whether two groups or periods have practically the same score."""

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args, overload

import numpy as np

from cxmetrics._checks import check_confidence_level, check_number, check_option, fail
from cxmetrics._frozen import SHARED, settled
from cxmetrics._table import Table, Tabular
from cxmetrics._typing import AnyArray, Floats
from cxmetrics.comparisons.contrast import Contrast
from cxmetrics.comparisons.difference import (
    Difference,
    comparison_of,
    difference,
    difference_bounds,
)
from cxmetrics.errors import ArgumentError
from cxmetrics.estimate import Estimate, level_text, p_cells, p_text, plain, with_unit
from cxmetrics.intervals.method import Interval
from cxmetrics.likelihood.resampling import TIE
from cxmetrics.summaries.grouped import Grouped

EquivalenceMethod: TypeAlias = Literal["score", "mover", "welch"]

EquivalenceKind: TypeAlias = Literal["equivalence", "non-inferiority"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Equivalence(Contrast):
    """A difference `after` - `before` that is held against a margin.

    Every field is a number, or an array with one entry per row of a batch.

    Args:
        value: The difference, in `unit`.
        std_error: Linearised standard error.
        interval: Confidence interval at the level 2 `confidence_level` - 1: 90% for 0.95.
        confidence_level: Confidence level of the verdict, as a proportion.
        margin: The largest difference that does not matter.
        kind: "equivalence" or "non-inferiority".
        statistic: Statistic of the one-sided test with the larger p-value.
        pvalue: That p-value.
        method: Method of the interval and the tests.
        metric: Name of the metric.
        unit: "points", "percentage points" or "scale points".
        after: The estimate that is compared.
        before: The estimate it is compared with.
    """

    value: Floats
    std_error: Floats
    interval: Interval
    confidence_level: float = field(metadata=SHARED)
    margin: float = field(metadata=SHARED)
    kind: EquivalenceKind = field(metadata=SHARED)
    statistic: Floats
    pvalue: Floats
    method: str = field(metadata=SHARED)
    metric: str = field(metadata=SHARED)
    unit: str = field(metadata=SHARED)
    after: Estimate = field(repr=False)
    before: Estimate = field(repr=False)

    @property
    def bounds(self) -> tuple[float, float]:
        """The largest fall and the largest rise that are possible."""
        return difference_bounds(self.after, self.before)

    @property
    def n(self) -> Any:
        """Number of answers in the smaller of the two groups."""
        return settled(np.minimum(self.after.n, self.before.n))

    @property
    def null_hypothesis(self) -> str:
        """The hypothesis in words: the difference matters."""
        margin = self._with_unit(self.margin)
        differs = "differs" if self.kind == "equivalence" else "is lower"
        return f"{self.metric} {differs} by {margin} or more"

    @property
    def verdict(self) -> Any:
        """What was shown: "equivalent", "different", or "undecided".

        Of a non-inferiority test "not inferior", "inferior", or "undecided". Equivalent
        is a difference whose interval lies within the margins, different one whose
        interval lies beyond.
        """
        low, high = self.interval
        shown = np.asarray(self.pvalue) <= 1 - self.confidence_level
        if self.kind == "equivalence":
            good, bad = "equivalent", "different"
            beyond = np.greater_equal(low, self.margin) | np.less_equal(high, -self.margin)
        else:
            good, bad = "not inferior", "inferior"
            beyond = np.less_equal(high, -self.margin)
        words: AnyArray = np.where(shown, good, np.where(beyond, bad, "undecided"))
        return settled(words)

    def summary(self) -> str:
        """The verdict in one sentence; of a batch, a sentence per line.

        Examples:
            >>> from cxmetrics import YES_NO, Counts, top_box
            >>> old = top_box(Counts(YES_NO, [200, 800]), top=1, label="Solved")
            >>> new = top_box(Counts(YES_NO, [190, 810]), top=1, label="Solved")
            >>> print(equivalence(new, old, margin=5).summary())
            Solved is equivalent within 5.0 percentage points: 81.0% after 80.0%, a difference \
of -1.9 to 3.9 (90% CI; p = 0.012).
        """
        if self.shape:
            return "\n".join(row.summary() for row in self)
        if np.isnan(self.value):
            numbers = f"{self.after.n:,} answers after and {self.before.n:,} before"
            return f"{self.metric} can't be compared, with {numbers}."
        percent = "%" if self.after.unit == "%" else ""
        after, before = (
            f"{side.value:{self._spec}}{percent}" for side in (self.after, self.before)
        )
        low, high = (format(limit, self._spec) for limit in self.interval)
        margin = self._with_unit(self.margin)
        claims = {
            "equivalent": f"is equivalent within {margin}",
            "different": f"is not equivalent within {margin}",
            "not inferior": f"is not lower by {margin} or more",
            "inferior": f"is lower by {margin} or more",
            "undecided": f"may or may not {self._at_stake} {margin}",
        }
        return (
            f"{self.metric} {claims[self.verdict]}: {after} after {before}, a difference of "
            f"{low} to {high} ({self._level} CI; {p_text(self.pvalue)})."
        )

    def to_dict(self) -> dict[str, Any]:
        """One flat row with stable keys; of a batch, a list per column."""
        return {
            "metric": self.metric,
            "unit": self.unit,
            "verdict": plain(self.verdict),
            "value": plain(self.value),
            "std_error": plain(self.std_error),
            "low": plain(self.interval.low),
            "high": plain(self.interval.high),
            "margin": self.margin,
            "kind": self.kind,
            "confidence_level": self.confidence_level,
            "statistic": plain(self.statistic),
            "pvalue": plain(self.pvalue),
            "method": self.method,
            "after": plain(self.after.value),
            "before": plain(self.before.value),
            "n_after": plain(self.after.n),
            "n_before": plain(self.before.n),
        }

    def __str__(self) -> str:
        if self.shape:
            return Tabular.__str__(self)
        low, high = (format(limit, self._spec) for limit in self.interval)
        value = with_unit(format(self.value, f"+{self._spec}"), self.unit)
        return (
            f"{self.metric} {self.verdict} within {self.margin:g}: {value} [{low}, {high}] "
            f"({self._level} {self.method}, {p_text(self.pvalue)}, "
            f"n={self.after.n:,} and {self.before.n:,})"
        )

    @property
    def _spec(self) -> str:
        return self.after.basis.spec

    @property
    def _level(self) -> str:
        return level_text(2 * self.confidence_level - 1)

    @property
    def _at_stake(self) -> str:
        return "be equivalent within" if self.kind == "equivalence" else "be lower by"

    def _with_unit(self, value: float) -> str:
        return with_unit(format(value, self._spec), self.unit)

    def _display(self, *, detailed: bool) -> Table:
        unknown = np.isnan(self.value)
        numbers = {
            "change": self.value,
            "low": np.where(unknown, np.nan, self.interval.low),
            "high": np.where(unknown, np.nan, self.interval.high),
            "after": self.after.value,
            "before": self.before.value,
        }
        if detailed:
            numbers["std. error"] = self.std_error
        sizes = {"n after": self.after.n, "n before": self.before.n}
        columns = {name: np.ravel(number) for name, number in (numbers | sizes).items()}
        formats = dict.fromkeys(numbers, self._spec) | dict.fromkeys(sizes, ",") | {"p": ""}
        how = f"{self._level} {self.method} interval"
        caption = f"{self.metric}, {self.kind} within {self._with_unit(self.margin)}, {how}"
        verdict = {"verdict": np.ravel(self.verdict)}
        return Table.of(
            columns | {"p": p_cells(self.pvalue)} | verdict,
            np.size(self.value),
            caption=caption,
            formats=formats,
        )


@overload
def equivalence(
    after: Estimate,
    before: Estimate,
    *,
    margin: float,
    kind: EquivalenceKind = "equivalence",
    method: EquivalenceMethod | None = None,
    confidence_level: float = 0.95,
) -> Equivalence: ...
@overload
def equivalence(
    after: Grouped[Estimate],
    before: Grouped[Estimate],
    *,
    margin: float,
    kind: EquivalenceKind = "equivalence",
    method: EquivalenceMethod | None = None,
    confidence_level: float = 0.95,
) -> Grouped[Equivalence]: ...
def equivalence(
    after: Any,
    before: Any,
    *,
    margin: float,
    kind: EquivalenceKind = "equivalence",
    method: EquivalenceMethod | None = None,
    confidence_level: float = 0.95,
) -> Any:
    """Test that two independent groups or periods differ by less than a margin.

    That a difference was not found does not show that there is none. Here the burden of
    proof is turned round: the null hypothesis is that the scores differ by the margin or
    more, and two one-sided tests have to reject it on both sides.

    Args:
        after: Estimate, or grouped Estimates, of the later or treated group.
        before: The same metric of the group that it is compared with.
        margin: The smallest difference that matters, in the unit of the difference. It is
            chosen before the answers are seen.
        kind: `"equivalence"`, or `"non-inferiority"`: only that `after` is not lower by
            the margin. Where low scores are the good ones, swap the groups.
        method: `"score"`, `"mover"` or `"welch"`, with the default of `difference`.
        confidence_level: Confidence level of the verdict; the chance of a wrong
            "equivalent" is at most 1 - confidence_level.

    Returns:
        The verdict, the larger of the two p-values, and the interval that belongs to
        them: of level 2 confidence_level - 1, it lies within the margins exactly when the
        groups are equivalent. Of grouped estimates, one for each group that either has.

    Raises:
        ArgumentError: If the margin is not above 0 and below the range of the score, the
            confidence level is not above 0.5, or an option is not one there is.
        MismatchError: If the estimates do not belong together.
        OverlappingClustersError: If both groups have answers of the same clusters.
        TooFewResponsesError: If an estimate has no response, outside of a batch.

    References:
        Farrington, C. P. and Manning, G. (1990). Test statistics and sample size formulae
        for comparative binomial trials with null hypothesis of non-zero risk difference
        or non-unity relative risk. Statistics in Medicine 9, 1447-1454; here for any
        score.

        Schuirmann, D. J. (1987). A comparison of the two one-sided tests procedure and
        the power approach for assessing the equivalence of average bioavailability.
        Journal of Pharmacokinetics and Biopharmaceutics 15, 657-680.

    Examples:
        >>> from cxmetrics import NPS_GROUPS, Counts, nps
        >>> phone = nps(Counts(NPS_GROUPS, [400, 700, 900]))
        >>> web = nps(Counts(NPS_GROUPS, [390, 710, 900]))
        >>> print(equivalence(web, phone, margin=5))
        NPS equivalent within 5: +0.5 points [-3.5, 4.5] (90% score, p = 0.031, n=2,000 and 2,000)
    """
    check_option(kind, "kind", get_args(EquivalenceKind))
    if method is not None:
        check_option(method, "method", get_args(EquivalenceMethod))
    confidence_level = check_confidence_level(confidence_level)
    if confidence_level <= 0.5:  # noqa: PLR2004
        message = f"`confidence_level` must be above 0.5, not {confidence_level:g}."
        fail(ArgumentError, message)
    margin = check_number(margin, "margin")
    both = difference(after, before, method=method, confidence_level=2 * confidence_level - 1)
    if isinstance(both, Grouped):
        batch = _equivalence(both.batch, margin, kind, confidence_level)
        return Grouped(both.columns, batch)
    return _equivalence(both, margin, kind, confidence_level)


def _equivalence(
    both: Difference, margin: float, kind: EquivalenceKind, confidence_level: float
) -> Equivalence:
    """A difference with its interval, and the tests of both margins."""
    span = difference_bounds(both.after, both.before)[1]
    if not 0 < margin < span:
        unit = f" {both.unit}" if both.unit else ""
        message = f"`margin` must be above 0 and below {span:g}{unit}, not {margin:g}."
        fail(ArgumentError, message)
    comparison = comparison_of(both.after, both.before, both.method)
    statistic, pvalue = comparison.test(-margin, "greater")
    if kind == "equivalence":
        above, p_above = comparison.test(margin, "less")
        # Where both sides are as close, rounding must not choose between them.
        statistic = np.where(p_above > (1 + TIE) * pvalue, above, statistic)
        pvalue = np.fmax(pvalue, p_above)
    return Equivalence(
        value=both.value,
        std_error=both.std_error,
        interval=both.interval,
        confidence_level=confidence_level,
        margin=margin,
        kind=kind,
        statistic=statistic,
        pvalue=pvalue,
        method=both.method,
        metric=both.metric,
        unit=both.unit,
        after=both.after,
        before=both.before,
    )
