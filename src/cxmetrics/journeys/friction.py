"""Friction: how much is lost at each touchpoint, factor by factor."""

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np

from cxmetrics._frozen import SHARED, Frozen
from cxmetrics._table import Table, Tabular
from cxmetrics._typing import AnyArray, BoolArray, FloatArray, IntArray
from cxmetrics.estimate import level_text, p_cells
from cxmetrics.intervals.method import Interval

Versus: TypeAlias = Literal["expectation", "mean"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Friction(Tabular, Frozen):
    """What is lost at each touchpoint: volume by shortfall by value.

    Arrays have one number per touchpoint; leading axes are a batch. A touchpoint of which
    nothing is expected, and no mean is known, has no shortfall: NaN.

    Args:
        touchpoints: Names of the touchpoints, in order.
        versus: What each is held against: what customers expect of it, where that is said,
            else the mean of all touchpoints; None where neither is known.
        volume: Number of customers who rated it.
        shortfall: How far its score is below that.
        interval: Confidence interval of the shortfall; all of them hold at once.
        pvalue: p-value of no shortfall, adjusted by Holm's method.
        value: What a point more is worth with one customer.
        confidence_level: Level at which all intervals hold at once, as a proportion.
        spec: How scores are written.
    """

    touchpoints: tuple[str, ...] = field(metadata=SHARED)
    versus: tuple[Versus | None, ...] = field(metadata=SHARED)
    volume: IntArray
    shortfall: FloatArray
    interval: Interval
    pvalue: FloatArray
    value: FloatArray = field(metadata=SHARED)
    confidence_level: float = field(metadata=SHARED)
    spec: str = field(metadata=SHARED, repr=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch; () for a single one."""
        return self.shortfall.shape[:-1]

    @property
    def loss(self) -> FloatArray:
        """Volume by shortfall by value; negative where a touchpoint is better."""
        return np.asarray(self.volume * self.shortfall * self.value)

    @property
    def loss_interval(self) -> Interval:
        """Confidence interval of the loss, with the volume taken as it is."""
        low, high = (self.volume * limit * self.value for limit in self.interval)
        return Interval(low, high)

    @property
    def rank(self) -> IntArray:
        """Place by the loss, the largest first; where nothing is lost, all share the last one."""
        loss = np.maximum(np.nan_to_num(self.loss, nan=0), 0)
        larger = (loss[..., None, :] > loss[..., :, None]).sum(axis=-1)
        return np.asarray(larger + 1)

    @property
    def worst(self) -> AnyArray:
        """Position of the touchpoint with the largest loss; -1 where nothing is lost."""
        loss = np.nan_to_num(self.loss, nan=-np.inf)
        return np.where(loss.max(axis=-1) > 0, loss.argmax(axis=-1), -1)

    def to_dict(self) -> dict[str, Any]:
        """Lists by column, one entry per touchpoint, in their order."""
        numbers = {name: column.tolist() for name, column in self._numbers().items()}
        return {"touchpoint": list(self.touchpoints), "versus": list(self.versus), **numbers}

    @property
    def is_known(self) -> BoolArray:
        """Which touchpoints are held against anything."""
        return np.array([against is not None for against in self.versus])

    def _numbers(self) -> dict[str, Any]:
        low, high = self.loss_interval
        return {
            "rank": self.rank,
            "volume": self.volume,
            "shortfall": self.shortfall,
            "shortfall_low": self.interval.low,
            "shortfall_high": self.interval.high,
            "pvalue": self.pvalue,
            "value": np.broadcast_to(self.value, self.shortfall.shape),
            "loss": self.loss,
            "loss_low": low,
            "loss_high": high,
        }

    def _table(self) -> Table:
        """A row per touchpoint, in the order of the ranks; of a batch, columns per touchpoint."""
        if self.shape:
            return Table.wide(self._numbers(), self.touchpoints)
        order = np.argsort(self.rank, kind="stable")
        columns = {n: [column[i] for i in order] for n, column in self.to_dict().items()}
        # How much a touchpoint matters for the whole is a factor that is not known yet.
        return Table(columns | {"importance": [None] * len(order)})

    def _display(self, *, detailed: bool) -> Table:
        table = self._table()
        level = level_text(self.confidence_level)
        caption = f"Customers by shortfall by value, {level} intervals that hold at once"
        if self.shape:
            return Table(table.columns, caption)
        columns = table.columns
        names = ["rank", "touchpoint", "versus", "volume", "shortfall"]
        shown: dict[str, list[Any]] = {name: columns[name] for name in names}
        shown |= {"low": columns["shortfall_low"], "high": columns["shortfall_high"]}
        shown |= {"value": columns["value"], "loss": columns["loss"]}
        formats = dict.fromkeys(["shortfall", "low", "high"], self.spec)
        formats |= {"rank": "", "volume": ",", "value": ",g", "loss": ",.0f"}
        if detailed:
            shown |= {"loss low": columns["loss_low"], "loss high": columns["loss_high"]}
            shown |= {"p": p_cells(np.array(columns["pvalue"]))}
            formats |= {"loss low": ",.0f", "loss high": ",.0f", "p": ""}
        return Table(shown, caption, formats)
