"""compare_scorecards: what changed between two scorecards, touchpoint by touchpoint."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, get_args

import numpy as np

from cxmetrics._checks import check_confidence_level, check_option, check_type, fail, near
from cxmetrics._table import Table, Tabular
from cxmetrics.comparisons.difference import Difference, difference
from cxmetrics.comparisons.families import StepAdjustment, family_of
from cxmetrics.errors import MismatchError, UnknownKeyError
from cxmetrics.estimate import Estimate, in_unit, level_text, p_cells
from cxmetrics.journeys.scorecard import Scorecard
from cxmetrics.summaries.grouped import check_one_group
from cxmetrics.summaries.summary import as_batch

WHOSE = {
    "holm": "Holm's p",
    "single-step": "Šidák's p",
    "bh": "Benjamini and Hochberg's p",
    "none": "p, each by itself,",
}
"""What the p-values are called, by how they were adjusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorecardComparison(Tabular, Mapping[str, Difference]):
    """The changes of the scores of touchpoints, by name.

    Args:
        changes: The difference of each touchpoint that both scorecards have, in order; its
            p-value and its interval are those of the family.
        raw_pvalues: p-values of the differences, each by itself.
        adjust: How p-values were adjusted.
        interval_kind: Whether intervals hold for all touchpoints at once, by what method,
            or are separate.
        confidence_level: Confidence level of the family, as a proportion.
    """

    changes: Mapping[str, Difference] = field(repr=False)
    raw_pvalues: tuple[float, ...]
    adjust: StepAdjustment
    interval_kind: str
    confidence_level: float

    def __getitem__(self, touchpoint: str) -> Difference:
        if touchpoint not in self.changes:
            message = f"There is no touchpoint {touchpoint!r:.60} in both scorecards."
            fail(UnknownKeyError, message, near(touchpoint, self.changes))
        return self.changes[touchpoint]

    def __iter__(self) -> Iterator[str]:
        return iter(self.changes)

    def __len__(self) -> int:
        return len(self.changes)

    @property
    def rose(self) -> tuple[str, ...]:
        """Names of the touchpoints whose scores rose, beyond chance."""
        return self._moved(1)

    @property
    def fell(self) -> tuple[str, ...]:
        """Names of the touchpoints whose scores fell, beyond chance."""
        return self._moved(-1)

    def summary(self) -> str:
        """How many touchpoints rose and fell, and which, in one sentence."""
        rose, fell = (
            f"{len(names)} {verb}" + (f" ({', '.join(names)})" if names else "")
            for verb, names in (("rose", self.rose), ("fell", self.fell))
        )
        most = f"{1 - self.confidence_level:.4g}"
        return f"Of {len(self)} touchpoints {rose} and {fell} ({WHOSE[self.adjust]} ≤ {most})."

    def to_dict(self) -> dict[str, Any]:
        """A dict per touchpoint, by name."""
        return {name: change.to_dict() for name, change in self.items()}

    def _moved(self, sign: int) -> tuple[str, ...]:
        most = 1 - self.confidence_level
        return tuple(n for n, c in self.items() if c.pvalue <= most and np.sign(c.value) == sign)

    def _table(self) -> Table:
        rows = [{"touchpoint": name} | change.to_dict() for name, change in self.items()]
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        return Table(columns | {"raw_pvalue": list(self.raw_pvalues)})

    def _display(self, *, detailed: bool) -> Table:
        columns, [first, *_] = self._table().columns, self.values()
        metrics = list(dict.fromkeys(columns["metric"]))
        shown = {name: columns[name] for name in ["touchpoint", "metric"][: len(metrics)]}
        names = {"value": "change", "low": "low", "high": "high", "after": "after"}
        names |= {"before": "before", "n_after": "n after", "n_before": "n before"}
        shown |= {name: columns[column] for column, name in names.items()}
        formats = dict.fromkeys(names.values(), first.after.basis.spec)
        formats |= {"n after": ",", "n before": ",", "p": ""}
        shown["p"] = p_cells(np.array(columns["pvalue"]))
        if detailed:
            shown["raw p"], formats["raw p"] = p_cells(np.array(self.raw_pvalues)), ""
        what = f"{first.metric}{in_unit(first.unit)}" if len(metrics) == 1 else "scores"
        how = f"{level_text(self.confidence_level)} {self.interval_kind} intervals"
        return Table(shown, f"Change of {what}, {how}, {WHOSE[self.adjust]}", formats)


def compare_scorecards(
    after: Scorecard,
    before: Scorecard,
    *,
    adjust: StepAdjustment = "holm",
    confidence_level: float = 0.95,
) -> ScorecardComparison:
    """Differences of the scores between two scorecards, touchpoint by touchpoint.

    Args:
        after: The scorecard of the later period, or of one segment.
        before: The one that it is compared with, of other customers.
        adjust: How p-values and intervals are kept honest over all touchpoints: `"holm"`,
            with Bonferroni's intervals; `"single-step"`, Šidák's for both; `"bh"`, for
            screening, with separate intervals; or `"none"`.
        confidence_level: Confidence level of the family.

    Returns:
        The differences, by name, of the touchpoints that both have. Of one without answers
        on either side nothing is known: NaN, and it does not count in the family.

    Raises:
        MismatchError: If these are not two single scorecards, they have no touchpoint in
            common, or one of them is measured in different ways.
        OverlappingClustersError: If both have answers of the same clusters.
        ArgumentError: If an option is not one there is.

    Examples:
        >>> from cxmetrics import datasets, scorecard
        >>> survey = datasets.airport()
        >>> waiting = datasets.airport_journey().select(stage="Waiting")
        >>> by_year = {
        ...     each.name: survey[each.column].total(over=["boarding_area", "flight"])
        ...     for each in waiting
        ... }
        >>> cards = scorecard(waiting, by_year)
        >>> print(compare_scorecards(cards[2018], cards[2017]).summary())
        Of 4 touchpoints 0 rose and 1 fell (Shops) (Holm's p ≤ 0.05).
    """
    for name, card in (("after", after), ("before", before)):
        check_one_group(card, name)
        check_type(card, name, Scorecard)
        if card.shape:
            fail(MismatchError, f"`{name}` must be one scorecard, not a batch of them.")
    check_option(adjust, "adjust", get_args(StepAdjustment))
    level = check_confidence_level(confidence_level)
    names = [name for name in after.touchpoints if name in before.touchpoints]
    if not names:
        fail(MismatchError, "Both scorecards must have touchpoints in common, not none.")
    sides = [(_as_batch(after.score(name)), _as_batch(before.score(name))) for name in names]
    pairs = zip(names, sides, strict=True)
    raw = np.concatenate([np.ravel(_change(name, *pair).pvalue) for name, pair in pairs])
    known = np.isfinite(raw)
    family = family_of(adjust, max(1, int(known.sum())))
    adjusted = raw.copy()
    adjusted[known] = family.adjusted(raw[known])
    changes = [difference(*pair, confidence_level=family.level(level))[0] for pair in sides]
    judged = zip(names, changes, adjusted.tolist(), strict=True)
    return ScorecardComparison(
        changes={n: replace(c, pvalue=p, confidence_level=level) for n, c, p in judged},
        raw_pvalues=tuple(raw.tolist()),
        adjust=adjust,
        interval_kind=family.intervals,
        confidence_level=level,
    )


def _change(touchpoint: str, after: Estimate, before: Estimate) -> Difference:
    """The difference of one touchpoint; an error of its scores says which one it is."""
    try:
        return difference(after, before)
    except MismatchError as error:
        fail(type(error), f"Touchpoint {touchpoint!r}: {error}")


def _as_batch(estimate: Estimate) -> Estimate:
    """An estimate as a batch of one row, in which a touchpoint may be without answers."""
    score = estimate.score
    return estimate.based_on(score.of_counts(as_batch(score.counts)))
