"""Scorecard: the scores of a journey in words and tables."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from cxmetrics._table import Table, Tabular
from cxmetrics._typing import FloatArray
from cxmetrics.estimate import Estimate, in_unit, level_text, p_cells, p_text, with_unit
from cxmetrics.journeys.card_scores import CardScores, holm_by_row
from cxmetrics.journeys.friction import Friction


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scorecard(Tabular, CardScores):
    """The scores of the touchpoints of a journey, and what follows from them.

    The mean of the journey is the mean of the scores of its touchpoints, in which each
    counts alike, however many customers rated it; so are those of a stage and of a channel.
    In a batch all numbers are arrays, with one entry per group of customers.

    Args:
        journey: The journey, with only those touchpoints that were measured.
        scores: The estimate of each touchpoint, in their order.
        met: Whom each touchpoint reached, as counts of no and yes; None where that is not
            known.
        links: How the scores hang together; None if they were made from summaries.
        n: Number of customers.
        share: Their share of all customers, in percent; with weights, of what all weigh.
        values: What a point more at each touchpoint is worth with one customer; None if
            that was not said.
        confidence_level: Confidence level of the intervals, as a proportion.
    """

    def summary(self) -> str:
        """Where it hurts most, in a sentence; of a batch, a sentence per line."""
        if self.shape:
            return "\n".join(row.summary() for row in self)
        if not self._hurts:
            return self._extremes()
        friction = self.friction
        k = int(friction.worst)
        if k < 0:
            return self._nowhere(friction)
        score, name = self.scores[k], self.touchpoints[k]
        against = "what they expect" if friction.versus[k] == "expectation" else "the mean"
        spec, unit = score.basis.spec, _unit_of_gaps(score)
        low, high = (format(np.ravel(limit)[k], spec) for limit in friction.interval)
        below = with_unit(format(friction.shortfall[k], spec), unit)
        level = level_text(self.confidence_level)
        return (
            f"It hurts most at {name}: {score.n:,} of {self.n:,} customers rated it, and its "
            f"{score.metric} of {self._written(k)} is {below} below {against} "
            f"({level} CI: {low} to {high}; {p_text(friction.pvalue[k])})."
        )

    def to_dict(self) -> dict[str, Any]:
        """Lists by column, one entry per touchpoint, in their order.

        Raises:
            MismatchError: If there are several scorecards.
        """
        self._check_single("list of touchpoints")
        numbers = {name: column.tolist() for name, column in self._numbers().items()}
        return {
            "touchpoint": list(self.touchpoints),
            "stage": [each.stage for each in self.journey],
            "channel": [each.channel for each in self.journey],
            "metric": [score.metric for score in self.scores],
            "unit": [score.unit for score in self.scores],
            **numbers,
        }

    def _nowhere(self, friction: Friction) -> str:
        """That no touchpoint falls short, if that is known of any."""
        if np.isnan(friction.loss).all():
            return self._extremes()
        against = {"expectation": "what customers expect", "mean": "the mean", None: ""}
        known = dict.fromkeys(against[each] for each in friction.versus if each)
        return f"It hurts nowhere: no touchpoint falls short of {' or '.join(known)}."

    def _extremes(self) -> str:
        """Where scores are lowest and highest, if nothing tells where they should be."""
        if len(self.metrics) > 1:
            return self.why_no_mean
        values = np.array([score.value for score in self.scores])
        if np.isnan(values).all():
            return f"Nobody rated any touchpoint of {self.journey.name}."
        least, most = int(np.nanargmin(values)), int(np.nanargmax(values))
        low, high = map(self._written, (least, most))
        if least == most:
            known = zip(self.touchpoints, values, strict=True)
            names = " and ".join(name for name, value in known if not np.isnan(value))
            return f"{self.metrics[0]} is {low} at {names}."
        one, other = self.touchpoints[least], self.touchpoints[most]
        return f"{self.metrics[0]} is lowest at {one} ({low}), and highest at {other} ({high})."

    def _written(self, position: int) -> str:
        """A score with its unit."""
        score = self.scores[position]
        return with_unit(format(score.value, score.basis.spec), score.unit)

    def _numbers(self) -> dict[str, FloatArray]:
        """All numbers by column, with the touchpoints along the last axis."""
        nothing = np.full((*self.shape, len(self.scores)), np.nan)
        reach = [None if met is None else self._reach(met) for met in self.met]
        reached = [nothing[..., 0] if each is None else np.asarray(each.value) for each in reach]
        gap, low, high, pvalue = [nothing] * 4
        if self._has_gaps:
            gaps = self.gaps
            gap, low, high = (np.asarray(part) for part in (gaps.value, *gaps.interval))
            pvalue = holm_by_row(np.asarray(gaps.test(0).pvalue))
        expected = self._expected
        tests = [
            nothing[..., 0] if np.isnan(null) else np.asarray(score.test(null).pvalue)
            for score, null in zip(self.scores, expected.tolist(), strict=True)
        ]
        value = np.stack([score.value for score in self.scores], axis=-1)
        return {
            "n": np.stack([score.n for score in self.scores], axis=-1),
            "n_missing": np.stack([score.n_missing for score in self.scores], axis=-1),
            "reach": np.stack(reached, axis=-1),
            "value": value,
            "low": np.stack([score.interval.low for score in self.scores], axis=-1),
            "high": np.stack([score.interval.high for score in self.scores], axis=-1),
            "gap": gap,
            "gap_low": low,
            "gap_high": high,
            "gap_pvalue": pvalue,
            "expectation": np.broadcast_to(expected, value.shape),
            "beyond": value - expected,
            "beyond_pvalue": holm_by_row(np.stack(tests, axis=-1)),
            "loss": self.friction.loss if self._hurts else nothing,
        }

    def _table(self) -> Table:
        """A row per touchpoint; of a batch a row per group, with columns per touchpoint."""
        if not self.shape:
            return Table.of(self.to_dict(), len(self.scores))
        groups = {"n": np.ravel(self.n).tolist(), "share": np.ravel(self.share).tolist()}
        return Table.wide(self._numbers(), self.touchpoints).beside(groups)

    def _display(self, *, detailed: bool) -> Table:
        return self._display_of_batch() if self.shape else self._display_of_one(detailed=detailed)

    def _display_of_one(self, *, detailed: bool) -> Table:
        columns, spec = self.to_dict(), self.scores[0].basis.spec
        places = ["touchpoint", "stage"] + ["channel"] * detailed
        places += ["metric"] * (len(self.metrics) > 1)
        names = {"n": "n", "reach": "reach", "value": "score", "low": "low", "high": "high"}
        names |= {"gap": "gap", "gap_pvalue": "p", "expectation": "expected"}
        names |= {"beyond": "beyond", "beyond_pvalue": "p beyond", "loss": "loss"}
        shown = {name: columns[name] for name in places}
        formats: dict[str, str] = {}
        for column, name in names.items():
            if np.isnan(columns[column]).all() and column not in {"value", "low", "high"}:
                continue
            is_p = column.endswith("pvalue")
            shown[name] = p_cells(np.array(columns[column])) if is_p else columns[column]
            formats[name] = {"n": ",", "reach": ".1f", "loss": ",.0f"}.get(
                name, "" if is_p else spec
            )
        return Table(shown, self._caption, formats)

    def _display_of_batch(self) -> Table:
        columns: dict[str, Any] = {"n": self.n, "share": self.share}
        formats = {"n": ",", "share": ".1f"}
        if not self.why_no_mean:
            whole = self.whole
            columns |= {"mean": whole.value, "low": whole.interval.low, "high": whole.interval.high}
            formats |= dict.fromkeys(["mean", "low", "high"], whole.basis.spec)
        if self._hurts:
            friction = self.friction
            names, worst = np.array([*self.touchpoints, None], object), friction.worst
            columns |= {"hurts most at": names[worst]}
            columns["loss"] = np.where(worst < 0, np.nan, np.nan_to_num(friction.loss).max(axis=-1))
            formats["loss"] = ",.0f"
        flat = {name: np.ravel(column) for name, column in columns.items()}
        return Table.of(flat, np.size(self.n), caption=self._caption, formats=formats)

    @property
    def _caption(self) -> str:
        """What the table is about; and the mean, or why there is none."""
        first, level = self.scores[0], level_text(self.confidence_level)
        customers = "" if self.shape else f", {self.n:,} customer{'s' * (self.n != 1)}"
        what = f"{first.metric}{in_unit(first.unit)}, " if len(self.metrics) == 1 else ""
        top = f"{self.journey.name}{customers}: {what}{level} score interval"
        if self.why_no_mean:
            return f"{top}\n{self.why_no_mean}"
        if self.shape or not self._has_gaps:
            return top
        whole = self.whole
        if np.isnan(whole.value):
            return f"{top}\nThere is no mean, for some touchpoints have no answers."
        mean = with_unit(format(whole.value, whole.basis.spec), whole.unit)
        return f"{top}\nGap to their mean of {mean}, p-values by Holm"


def _unit_of_gaps(score: Estimate) -> str:
    return "percentage points" if score.unit == "%" else score.unit
