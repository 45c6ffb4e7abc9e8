"""Concentration: on how few accounts revenue rests."""

from dataclasses import dataclass
from typing import Any, Self, overload

import numpy as np

from cxmetrics._frozen import Frozen
from cxmetrics._table import Table, Tabular
from cxmetrics._typing import Floats, IndexArray, Ints, Responses
from cxmetrics.metrics.accounts import revenue_of
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.revenue import Revenue


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RevenueConcentration(Tabular, Frozen):
    """On how few accounts the revenue at the start rests.

    Every field is a number, or an array with one entry per row of a batch.

    Args:
        n: Number of accounts.
        n_effective: Number of accounts of equal size among which revenue would be as
            concentrated: one over the Herfindahl index.
        largest_share: Share, 0...1, of the ten largest accounts.
    """

    n: Ints
    n_effective: Floats
    largest_share: Floats

    @classmethod
    def of(cls, revenue: Revenue) -> Self:
        """The concentration of the revenue at the start."""
        return cls(
            n=revenue.n, n_effective=revenue.n_effective, largest_share=revenue.largest_share
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch; () for one group."""
        return np.shape(self.n)

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without accounts."""
        picked, blank = self[rows], rows < 0
        return type(self)(
            n=np.where(blank, 0, picked.n),
            n_effective=np.where(blank, np.nan, picked.n_effective),
            largest_share=np.where(blank, np.nan, picked.largest_share),
        )

    def to_dict(self) -> dict[str, Any]:
        """One flat row with stable keys; of a batch, a list per column."""
        return {name: np.asarray(each).tolist() for name, each in self._contents().items()}

    def __str__(self) -> str:
        if self.shape:
            return Tabular.__str__(self)
        return (
            f"{self.n:,} accounts as concentrated as {self.n_effective:,.1f} of equal size; "
            f"the ten largest have {self.largest_share:.1%}"
        )

    def _table(self) -> Table:
        columns = {name: np.ravel(each) for name, each in self._contents().items()}
        return Table.of(columns, np.size(self.n))

    def _display(self, *, detailed: bool) -> Table:
        del detailed
        columns = self._table().columns
        names = {"n": "n", "n_effective": "effective n", "largest_share": "ten largest"}
        shown = {names[name]: column for name, column in columns.items()}
        formats = {"n": ",", "effective n": ",.1f", "ten largest": ".1%"}
        return Table(shown, "Concentration of revenue", formats)


@overload
def revenue_concentration(start: Responses | Revenue) -> RevenueConcentration: ...
@overload
def revenue_concentration(start: Grouped[Revenue]) -> Grouped[RevenueConcentration]: ...
def revenue_concentration(start: Any) -> Any:
    """On how few accounts revenue rests.

    A book of a thousand accounts may be worth no more than one of ten, if these have nearly
    all of the revenue: what becomes of them then is what becomes of the book.

    Args:
        start: Revenue of each account at the start, in any 1-D array-like; or Revenue, alone
            or grouped.

    Returns:
        The number of accounts, the effective one, and the share of the ten largest, 0...1.
        Of grouped Revenue, NaN for a group without revenue at the start.

    Raises:
        ArgumentError: If an amount is missing or negative.
        TooFewResponsesError: If there is no revenue, outside of a batch.

    References:
        Herfindahl, O. C. (1950). Concentration in the Steel Industry. Dissertation, Columbia
        University.

    Examples:
        >>> print(revenue_concentration([5_000, 1_200, 300, 90, 60, 45, 30, 20, 15, 10, 10, 5]))
        12 accounts as concentrated as 1.7 of equal size; the ten largest have 99.8%
    """
    if isinstance(start, Grouped):
        return start.map(RevenueConcentration.of)
    given = start if isinstance(start, Revenue) else revenue_of(start, start)
    return RevenueConcentration.of(revenue_of(given, None))
