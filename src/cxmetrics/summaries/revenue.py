"""Revenue: what became of the revenue of accounts between the start and the end of a period."""

from dataclasses import dataclass, field
from typing import Self, overload

import numpy as np

from cxmetrics._checks import fail
from cxmetrics._frozen import settled
from cxmetrics._table import Table
from cxmetrics._typing import FloatArray, Floats, IndexArray, Ints, Labels, Responses
from cxmetrics.errors import MismatchError
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.labels import Groups
from cxmetrics.summaries.moments import Moments, read_columns
from cxmetrics.summaries.sampling import read_weights
from cxmetrics.summaries.summary import Additive, Summary

AMOUNTS = ("start", "expansion", "contraction", "lost")
"""What every metric of revenue is linear in, per account that was there at the start."""

TOP = 10
"""So many of the largest accounts are kept."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Largest(Additive):
    """The ten largest amounts, which merge: the largest of all are among those of the parts.

    Args:
        amounts: Ten amounts per row, largest first; 0 where there are fewer.
    """

    amounts: FloatArray

    def __post_init__(self) -> None:
        amounts = np.array(self.amounts, np.float64)
        ten = amounts.shape[-1:] == (TOP,)
        if not (ten and (amounts[..., 1:] <= amounts[..., :-1]).all() and (amounts >= 0).all()):
            fail(MismatchError, f"`amounts` must be {TOP} numbers from 0, largest first.")
        object.__setattr__(self, "amounts", amounts)
        Additive.__post_init__(self)

    @classmethod
    def of(cls, amounts: FloatArray, codes: IndexArray, size: int) -> Self:
        """The largest amounts of each group."""
        order = np.lexsort((-amounts, codes))
        codes = codes[order]
        rank = np.arange(len(codes)) - np.searchsorted(codes, codes)
        first = rank < TOP
        largest = np.zeros((size, TOP))
        largest[codes[first], rank[first]] = amounts[order][first]
        return cls(amounts=largest)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch; () for a single row."""
        return self.amounts.shape[:-1]

    def __add__(self, other: object) -> Self:
        if not isinstance(other, Largest) or self.shape != other.shape:
            return Additive.__add__(self, other)
        both = np.sort(np.concatenate([self.amounts, other.amounts], axis=-1), axis=-1)
        return type(self)(amounts=both[..., : -TOP - 1 : -1])

    def regrouped(self, codes: IndexArray, size: int) -> Self:
        """The largest amounts of the rows of a batch that share a code."""
        return type(self).of(self.amounts.ravel(), np.repeat(codes, TOP), size)

    def others(self) -> Self:
        """For each row of a batch, the largest amounts of all the other rows."""
        # At most ten of the twenty largest are a row's own.
        order = np.argsort(-self.amounts, axis=None, kind="stable")[: 2 * TOP]
        amounts, owner = self.amounts.ravel()[order], order // TOP
        theirs = np.zeros((*self.shape, 2 * TOP))
        theirs[:, : len(order)] = np.where(owner == np.arange(*self.shape)[:, None], 0, amounts)
        return type(self)(amounts=np.sort(theirs)[:, : -TOP - 1 : -1])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Revenue(Summary):
    """What became of the revenue of accounts in a period, mergeable by `+`.

    Of an account that was there at the start, expansion is what it has more at the end,
    contraction what it has less; if it ends with nothing, all its revenue is lost instead.
    An account without revenue at the start is new.

    Args:
        moments: Moments of "start", "expansion", "contraction" and "lost" of the accounts
            that were there at the start.
        largest: Their ten largest amounts at the start; with weights, these times those.
        n_new: Number of new accounts.
        new: Revenue of new accounts at the end.

    Raises:
        MismatchError: If the moments are of other amounts, or there is not one number per
            row of a batch.

    Examples:
        >>> north = Revenue.of([100, 200, 150, 0], [110, 180, 0, 60])
        >>> south = Revenue.of([80, 120], [75, 130])
        >>> print(north + south)
        5 accounts with 650 at the start: 20 expansion, 25 contraction, 150 lost; 1 new with 60
    """

    moments: Moments = field(metadata={"parse": Moments.from_dict})
    largest: Largest = field(metadata={"parse": Largest.from_dict})
    n_new: Ints
    new: Floats

    def __post_init__(self) -> None:
        if self.moments.names != AMOUNTS:
            came = ", ".join(self.moments.names)
            fail(MismatchError, f"`moments` must be of {', '.join(AMOUNTS)}, not of {came}.")
        n_new, new = np.array(self.n_new, np.int64), np.array(self.new, np.float64)
        for name, shape in (
            ("largest", self.largest.shape),
            ("n_new", n_new.shape),
            ("new", new.shape),
        ):
            if shape != self.shape:
                must = f"`{name}` must have the shape {self.shape} of `moments`"
                fail(MismatchError, f"{must}, not {shape}.")
        object.__setattr__(self, "n_new", n_new)
        object.__setattr__(self, "new", new)
        Summary.__post_init__(self)

    @overload
    @classmethod
    def of(
        cls,
        start: Responses,
        end: Responses,
        *,
        by: None = None,
        weights: Responses | None = None,
    ) -> Self: ...
    @overload
    @classmethod
    def of(
        cls,
        start: Responses,
        end: Responses,
        *,
        by: Labels,
        weights: Responses | None = None,
    ) -> Grouped[Self]: ...
    @classmethod
    def of(
        cls,
        start: Responses,
        end: Responses,
        *,
        by: Labels | None = None,
        weights: Responses | None = None,
    ) -> Self | Grouped[Self]:
        """Sum up the revenue of accounts at the start and at the end of a period.

        Args:
            start: Revenue of each account at the start, in any 1-D array-like; 0 for one
                that was not there.
            end: Revenue of each at the end, in the same order; 0 for one that left.
            by: One label per account, or a mapping of column names to labels; the
                revenue of each group that occurs is then returned.
            weights: One sampling weight per account.

        Returns:
            The revenue, or with `by` a Grouped of it. An account without revenue at either
            end counts nowhere.

        Raises:
            ArgumentError: If an amount is missing or negative, or a weight is negative or
                not finite.
            MismatchError: If there is not one amount, label or weight per account.

        Examples:
            >>> revenue = Revenue.of([100, 50, 80], [120, 50, 0], by=["pro", "pro", "basic"])
            >>> revenue["pro"].start, revenue["pro"].end, revenue["basic"].lost
            (150.0, 170.0, 80.0)
        """
        before, after = read_columns({"start": start, "end": end}, lowest=0)
        n = len(before)
        weight = None if weights is None else read_weights(weights, n)
        groups = Groups.one(n) if by is None else Groups.of(by, n)
        batch = cls._of_accounts(before, after, groups, weight)
        return batch[0] if by is None else Grouped(groups.keys, batch)

    @classmethod
    def _of_accounts(
        cls, start: FloatArray, end: FloatArray, groups: Groups, weight: FloatArray | None
    ) -> Self:
        """The revenue of each group."""
        there, new = start > 0, (start == 0) & (end > 0)
        codes = groups.codes.astype(np.intp)
        each = np.broadcast_to(1.0, len(start)) if weight is None else weight
        return cls(
            moments=Moments.of_columns(
                AMOUNTS,
                flows(start[there], end[there]),
                groups._replace(codes=codes[there]),
                None if weight is None else weight[there],
            ),
            largest=Largest.of((each * start)[there], codes[there], groups.size),
            n_new=np.bincount(codes[new], minlength=groups.size),
            new=np.bincount(codes[new], (each * end)[new], groups.size),
        )

    @classmethod
    def empty(cls) -> Self:
        """No accounts: the zero of `+`."""
        largest = Largest(amounts=np.zeros(TOP))
        return cls(moments=Moments.empty(AMOUNTS), largest=largest, n_new=0, new=0.0)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch; () for the revenue of one group."""
        return self.moments.shape

    @property
    def n(self) -> Ints:
        """Number of accounts that were there at the start."""
        return self.moments.n

    @property
    def start(self) -> Floats:
        """Revenue at the start."""
        return self._total("start")

    @property
    def expansion(self) -> Floats:
        """What accounts that were there at the start have more at the end."""
        return self._total("expansion")

    @property
    def contraction(self) -> Floats:
        """What accounts that stayed have less at the end."""
        return self._total("contraction")

    @property
    def lost(self) -> Floats:
        """Revenue at the start of the accounts that left."""
        return self._total("lost")

    @property
    def retained(self) -> Floats:
        """Revenue at the start that is still there at the end."""
        return settled(np.maximum(self.start - self.contraction - self.lost, 0))

    @property
    def end(self) -> Floats:
        """Revenue at the end of the accounts that were there at the start."""
        return self.retained + self.expansion

    @property
    def n_effective(self) -> Floats:
        """Number of accounts of equal size among which revenue would be as concentrated.

        One over the Herfindahl index of the shares in the revenue at the start.
        """
        scatter = self.moments.squared or self.moments.scatter
        weight, total = np.asarray(scatter.weight), scatter.totals[..., 0]
        with np.errstate(invalid="ignore"):
            squares = scatter.products[..., 0, 0] + total**2 / weight
            return settled(np.asarray(self.start) ** 2 / squares)

    @property
    def largest_share(self) -> Floats:
        """Share, 0...1, that the ten largest accounts have in the revenue at the start."""
        with np.errstate(invalid="ignore"):
            return settled(self.largest.amounts.sum(axis=-1) / np.asarray(self.start))

    def _total(self, name: str) -> Floats:
        return settled(self.moments.totals[..., AMOUNTS.index(name)])

    def __str__(self) -> str:
        if self.shape:
            return Summary.__str__(self)
        moved = ", ".join(f"{getattr(self, name):,.10g} {name}" for name in AMOUNTS[1:])
        begun = f"{self.n:,} accounts with {self.start:,.10g} at the start"
        return f"{begun}: {moved}; {self.n_new:,} new with {self.new:,.10g}"

    def _table(self) -> Table:
        columns = {
            "n": self.n,
            **{name: getattr(self, name) for name in (*AMOUNTS, "end")},
            "n_new": self.n_new,
            "new": self.new,
            "n_effective": self.n_effective,
            "largest_share": self.largest_share,
        }
        rows = {name: np.ravel(content) for name, content in columns.items()}
        return Table.of(rows, np.size(self.n))

    def _display(self, *, detailed: bool) -> Table:
        columns = self._table().columns
        if not detailed:
            del columns["n_effective"], columns["largest_share"]
        formats = dict.fromkeys(columns, ",.10g") | {"n_effective": ",.1f", "largest_share": ".1%"}
        return Table(columns, "Revenue from the start to the end of a period", formats)


def flows(start: FloatArray, end: FloatArray) -> list[FloatArray]:
    """The amounts per account: start, expansion, contraction, lost."""
    left = end == 0
    more, less = np.maximum(end - start, 0), np.maximum(start - end, 0)
    return [start, more, np.where(left, 0, less), np.where(left, start, 0)]
