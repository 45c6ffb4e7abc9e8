"""Many groups: whether they differ at all, and which of them do."""

from dataclasses import replace
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

import numpy as np

from cxmetrics._checks import check_confidence_level, check_option, fail, near
from cxmetrics._table import Table
from cxmetrics._typing import BoolArray, FloatArray, IndexArray
from cxmetrics.comparisons.difference import Difference, difference
from cxmetrics.comparisons.equality import equality_test
from cxmetrics.comparisons.families import (
    Adjustment,
    Family,
    dunnett,
    holm,
    screening,
    separate,
    sidak,
    tukey,
)
from cxmetrics.comparisons.groups import check_all_apart, check_grouped, check_in_order
from cxmetrics.comparisons.letters import compact_letters
from cxmetrics.errors import ArgumentError, UnknownKeyError
from cxmetrics.estimate import Estimate, Test
from cxmetrics.intervals.method import Interval
from cxmetrics.summaries.grouped import Grouped

SegmentMethod: TypeAlias = Literal["score", "mover", "welch"]

FEW = 10
"""Fewer effective answers, events or customers than this are marked in tables."""


class Judgement(NamedTuple):
    """How a family of comparisons was made and judged.

    Args:
        versus: What the groups are compared with.
        adjust: How p-values are adjusted.
        interval_kind: "Tukey", "Dunnett", "Šidák" or "Bonferroni" intervals hold for the
            whole family at once, "separate" ones each by itself.
        overall: Test that all groups have one score.
    """

    versus: Any
    adjust: Adjustment
    interval_kind: str
    overall: Test


class SegmentComparison(Grouped[Difference]):
    """The differences of a family, with the test that asks whether there are any.

    Args:
        keys: Columns of key values of the comparisons.
        batch: The differences; their p-values and intervals are those of the family.
        judgement: How they were judged.
        raw_pvalues: p-values of the comparisons, each by itself.
        shares: Share that the group of each comparison has in the total, 0...1; NaN where
            the total is no weighted mean of its groups.
    """

    __slots__ = ("judgement", "raw_pvalues", "shares")

    def __init__(
        self,
        keys: dict[str, list[Any]],
        batch: Difference,
        *,
        judgement: Judgement,
        raw_pvalues: FloatArray,
        shares: FloatArray,
    ) -> None:
        super().__init__(keys, batch)
        self.judgement = judgement
        self.raw_pvalues = raw_pvalues
        self.shares = shares

    @property
    def overall(self) -> Test:
        """Test that all groups have one score."""
        return self.judgement.overall

    @property
    def versus(self) -> Any:
        """What the groups are compared with."""
        return self.judgement.versus

    @property
    def adjust(self) -> Adjustment:
        """How p-values are adjusted."""
        return self.judgement.adjust

    @property
    def interval_kind(self) -> str:
        """Whether intervals hold for the whole family, by what method, or are separate."""
        return self.judgement.interval_kind

    def ranked(self) -> "SegmentComparison":
        """The comparisons from the largest difference to the smallest."""
        order = np.argsort(-self.batch.value, kind="stable")
        return SegmentComparison(
            {name: [column[i] for i in order] for name, column in self.columns.items()},
            self.batch[order],
            judgement=self.judgement,
            raw_pvalues=self.raw_pvalues[order],
            shares=self.shares[order],
        )

    def versus_total(self) -> "SegmentComparison":
        """The same effects against the total, of which the group is a part.

        A group with the share f of the answers is 1 - f times as far from the total as
        from the rest. It is the same test, and the interval shrinks with the effect.

        Raises:
            ArgumentError: If the groups are not compared with the rest, or the total of
                the metric is no weighted mean of its groups.
        """
        if self.versus != "rest":
            message = "Only groups that are compared with the rest have a total."
            fail(ArgumentError, message, "did you mean versus='rest'?")
        batch, part = self.batch, 1 - self.shares
        if batch.after.basis.share is None:
            fail(ArgumentError, f"The total of {batch.metric} is no weighted mean of its groups.")
        scaled = replace(
            batch,
            value=part * batch.value,
            std_error=part * batch.std_error,
            interval=Interval(part * batch.interval.low, part * batch.interval.high),
        )
        return SegmentComparison(
            self.columns,
            scaled,
            judgement=self.judgement,
            raw_pvalues=self.raw_pvalues,
            shares=self.shares,
        )

    def letters(self) -> dict[Any, str]:
        """Compact letters, from the best group to the worst: those who share one do not differ.

        Raises:
            ArgumentError: If not all pairs were compared.

        References:
            Piepho, H.-P. (2004). An algorithm for a letter-based representation of
            all-pairwise comparisons. Journal of Computational and Graphical Statistics
            13, 456-466.
        """
        if self.versus != "pairs":
            message = "Only comparisons of all pairs have letters."
            fail(ArgumentError, message, "did you mean versus='pairs'?")
        alone = len(self.by) == 2  # noqa: PLR2004 (one column, and what it is compared with)
        pairs = [(key[0] if alone else key[:-1], key[-1]) for key in self]
        values: dict[Any, float] = {}
        sides = (np.ravel(side.value) for side in (self.batch.after, self.batch.before))
        for (a, b), after, before in zip(pairs, *sides, strict=True):
            values |= {a: after, b: before}
        # Groups without answers come last.
        best_first = sorted(values, key=lambda group: np.nan_to_num(-values[group], nan=np.inf))
        found = [pair for pair, is_found in zip(pairs, self._found, strict=True) if is_found]
        return dict(compact_letters(best_first, found))

    def summary(self) -> str:
        """What differs, in two sentences."""
        found = f"{self._found.sum():,} of {len(self):,} comparisons with {self._versus}"
        return f"{self.overall}.\n{found} show a difference ({self._how})."

    @property
    def _found(self) -> BoolArray:
        """Which comparisons show a difference."""
        return np.ravel(self.batch.pvalue) <= 1 - self.batch.confidence_level

    @property
    def _versus(self) -> str:
        names = {"rest": "the rest", "pairs": "each other", "previous": "the group before"}
        return names[self.versus] if self._is_named else f"{self.versus!r}"

    @property
    def _is_named(self) -> bool:
        return isinstance(self.versus, str) and self.versus in {"rest", "pairs", "previous"}

    @property
    def _how(self) -> str:
        names = {"single-step": self.interval_kind, "holm": "Holm", "bh": "Benjamini-Hochberg"}
        adjusted = names.get(self.adjust, "not adjusted")
        return f"p-values: {adjusted}, intervals: {self.interval_kind}"

    def _display(self, *, detailed: bool) -> Table:
        table = super()._display(detailed=detailed)
        sides = (self.batch.after, self.batch.before)
        fewest = np.min([np.ravel(side.n_effective) for side in sides], axis=0)
        columns = dict(table.columns)
        if (fewest < FEW).any():
            note = f"few {self.batch.after.basis.things}"
            columns["note"] = [note if few else "" for few in (fewest < FEW).tolist()]
        overall = f"versus {self._versus}; {self._how}\n{self.overall}"
        return Table(columns, f"{table.caption},\n{overall}", table.formats)


def compare_segments(
    estimates: Grouped[Estimate],
    *,
    versus: Any = "rest",
    adjust: Adjustment = "single-step",
    method: SegmentMethod | None = None,
    confidence_level: float = 0.95,
) -> SegmentComparison:
    """Compare many groups, with an error rate that holds for all comparisons together.

    Args:
        estimates: One estimate per group, of any metric.
        versus: What each group is compared with: `"rest"`, all other groups together, so
            that no answer is on both sides; `"pairs"`, every other group; `"previous"`,
            the group before it, such as the month before; or the key of one group, the
            control.
        adjust: How p-values and intervals are kept honest. `"single-step"`, the default:
            the chance of any false alarm is at most 1 - confidence_level, and interval and
            p-value agree (Tukey for pairs, Dunnett with unequal variances for a control,
            Šidák for rest and previous). `"holm"`: as safe, with somewhat more power for
            the p-values; the intervals are Bonferroni's. `"bh"`: the share of false alarms
            among the alarms, for screening many groups; the intervals are separate.
            `"none"`: every comparison by itself; so are two groups, each the other's rest.
        method: `"score"`, `"mover"` or `"welch"`, with the default of `difference`.
        confidence_level: Confidence level of the family.

    Returns:
        The differences by group, for pairs by group and `versus`; and `overall`, the test
        that all groups have the same score. A group without answers stays in the table,
        as NaN, and does not count in the family.

    Raises:
        ArgumentError: If there are not at least two groups, or periods are not in order.
        UnknownKeyError: If there is no such control.
        OverlappingClustersError: If groups share clusters, so that they are not
            independent.
        MismatchError: If estimates that are made from no summary, and so have no rest,
            are compared with the rest.

    References:
        Dunnett, C. W. (1955). A multiple comparison procedure for comparing several
        treatments with a control. Journal of the American Statistical Association 50,
        1096-1121.

        Šidák, Z. (1967). Rectangular confidence regions for the means of multivariate
        normal distributions. Journal of the American Statistical Association 62, 626-633.

        Tukey, J. W. (1953). The problem of multiple comparisons. Princeton University.

    Examples:
        >>> from cxmetrics import NPS_GROUPS, Counts, nps
        >>> counts = Counts(NPS_GROUPS, [[20, 30, 50], [10, 20, 70], [3, 5, 12]])
        >>> shops = nps(Grouped({"shop": ["N", "S", "W"]}, counts))
        >>> rest = compare_segments(shops)
        >>> print(rest.overall)
        NPS is the same in 3 groups: p = 0.018 (score, statistic 8.08)
        >>> print(rest["S"])
        NPS +27.5 points [3.5, 50.3] (95% score, p = 0.020, n=100 and 120)
        >>> compare_segments(shops, versus="pairs").letters()
        {'S': 'a', 'W': 'ab', 'N': 'b'}
    """
    check_grouped(estimates, "compare_segments")
    check_all_apart(estimates.batch)
    if len(estimates) < 2:  # noqa: PLR2004
        fail(ArgumentError, f"`estimates` must have at least two groups, not {len(estimates)}.")
    check_option(adjust, "adjust", get_args(Adjustment))
    if method is not None:
        check_option(method, "method", get_args(SegmentMethod))
    confidence_level = check_confidence_level(confidence_level)
    keys, rows, after, before = _sides(estimates, versus)
    known = np.isfinite(after.value) & np.isfinite(before.value)
    errors = np.ravel(after.std_error)[known], np.ravel(before.std_error)
    family = _family(adjust, versus, estimates.batch, *errors)
    level = family.level(confidence_level)
    single = difference(after, before, method=method, confidence_level=level)
    raw = np.ravel(single.pvalue)
    pvalues = raw.copy()
    pvalues[known] = family.adjusted(raw[known])
    return SegmentComparison(
        keys,
        replace(single, pvalue=pvalues, confidence_level=confidence_level),
        judgement=Judgement(versus, adjust, family.intervals, equality_test(estimates.batch)),
        raw_pvalues=raw,
        shares=_shares(estimates.batch)[rows],
    )


def _shares(batch: Estimate) -> FloatArray:
    """Weight of each group in the total; NaN where the total is no weighted mean."""
    weights = batch.basis.share
    if weights is None:
        return np.full(batch.shape, np.nan)
    with np.errstate(invalid="ignore"):
        return np.asarray(weights / weights.sum())


def _sides(
    estimates: Grouped[Estimate], versus: Any
) -> tuple[dict[str, list[Any]], IndexArray, Estimate, Estimate]:
    """Keys of the comparisons, the rows they are about, and both sides."""
    batch, every, n = estimates.batch, list(estimates), len(estimates)
    rows, beside = np.arange(n), {}
    match versus:
        case "rest":
            before = batch.based_on(batch.basis.others())
        case "pairs":
            rows, others = np.triu_indices(n, 1)
            beside, before = {"versus": [every[i] for i in others]}, batch[others]
        case "previous":
            check_in_order(every)
            rows, before = rows[1:], batch[:-1]
        case _:
            control = _control(every, versus)
            rows, before = np.delete(rows, control), batch[np.full(n - 1, control)]
    keys = {name: [column[i] for i in rows] for name, column in estimates.columns.items()}
    return keys | beside, rows, batch[rows], before


def _control(keys: list[Any], key: Any) -> int:
    if key not in keys:
        hint = near(key, [*keys, "rest", "pairs", "previous"])
        message = f"`versus` must be 'rest', 'pairs', 'previous' or a group, not {key!r}."
        fail(UnknownKeyError, message, hint)
    return keys.index(key)


def _family(
    adjust: Adjustment, versus: Any, batch: Estimate, after: FloatArray, before: FloatArray
) -> Family:
    """How comparisons with these standard errors are judged together."""
    # Of two groups each is the rest of the other: one comparison, told from both sides.
    is_one = versus == "rest" and len(after) == 2  # noqa: PLR2004
    if adjust == "none" or is_one or not len(after):
        return separate()
    if adjust != "single-step":
        return screening() if adjust == "bh" else holm(len(after))
    match versus:
        case "rest" | "previous":
            return sidak(len(after))
        case "pairs":
            return tukey(int(np.count_nonzero(~np.isnan(batch.value))))
        case _:
            return dunnett(after**2, before[0] ** 2)
