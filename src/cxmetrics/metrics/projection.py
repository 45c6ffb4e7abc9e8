"""Projection: an estimate by a model, which says how much of it lies beyond the data."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from cxmetrics._frozen import settled
from cxmetrics._table import Table
from cxmetrics._typing import Floats
from cxmetrics.estimate import Estimate, level_text, plain
from cxmetrics.intervals.basis import Basis
from cxmetrics.intervals.fitted import FittedValue
from cxmetrics.intervals.mapped import Derived
from cxmetrics.intervals.quotient import Quotient

COLUMN = "beyond the data %"
"""Heading of the share that lies there."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Projection(Estimate):
    """An estimate that a model makes, for periods too in which no customer was seen.

    It has all that an `Estimate` has, and tells how much of the value is the model's.
    """

    @property
    def share_beyond(self) -> Floats:
        """Percentage of the value that is due to periods in which no customer was seen."""
        return settled(_share_beyond(self.basis))

    def summary(self) -> str:
        """The value in one sentence; of a batch, a sentence per line."""
        if self.shape:
            return "\n".join(row.summary() for row in self)
        low, high = (self._text(limit) for limit in self.interval)
        return (
            f"{self.metric} is {self._text(self.value)} ({level_text(self.confidence_level)} CI: "
            f"{low} to {high}); {self.share_beyond:.1f}% of it lies beyond the data."
        )

    def to_dict(self) -> dict[str, Any]:
        """One flat row with stable keys; of a batch, a list per column."""
        return Estimate.to_dict(self) | {"share_beyond": plain(self.share_beyond)}

    def __str__(self) -> str:
        if self.shape:
            return Estimate.__str__(self)
        part = "" if self.share_beyond == 100 else f"{self.share_beyond:.1f}% "  # noqa: PLR2004
        return f"{Estimate.__str__(self)[:-1]}, {part}beyond the data)"

    def _display(self, *, detailed: bool) -> Table:
        table = Estimate._display(self, detailed=detailed)
        columns = {**table.columns, COLUMN: np.ravel(self.share_beyond).tolist()}
        return Table(columns, table.caption, {**table.formats, COLUMN: ".1f"})


def _share_beyond(basis: Basis) -> Floats:
    """That of the fitted value from which a basis follows."""
    while isinstance(basis, Derived | Quotient):
        basis = basis.basis if isinstance(basis, Derived) else basis.over
    assert isinstance(basis, FittedValue)  # noqa: S101 (no other value is projected)
    return basis.share_beyond
