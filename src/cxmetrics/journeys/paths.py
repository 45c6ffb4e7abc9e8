"""Paths: which ways customers take most, where they come back, and who needs but one contact."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cxmetrics._checks import check_positive, check_type, fail
from cxmetrics._frozen import SHARED, Frozen
from cxmetrics._table import Table, Tabular
from cxmetrics._typing import BoolArray, IntArray
from cxmetrics.errors import MismatchError, TooFewResponsesError
from cxmetrics.estimate import Estimate, level_text
from cxmetrics.metrics.linear import score_estimate
from cxmetrics.scale import YES_NO
from cxmetrics.summaries.counts import Counts
from cxmetrics.summaries.grouped import Grouped, check_one_group
from cxmetrics.summaries.moves import Moves
from cxmetrics.summaries.sequences import summed

IN_PERCENT = np.array([0.0, 100.0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrequentPaths(Tabular, Frozen):
    """The paths that most customers took, the most frequent one first.

    Args:
        paths: The touchpoints of each path, in order.
        share: Percentage of all customers who took each path, as a batch.
        different: Number of different paths there are.
    """

    paths: tuple[tuple[str, ...], ...] = field(metadata=SHARED)
    share: Estimate = field(repr=False)
    different: int = field(metadata=SHARED)

    @property
    def shape(self) -> tuple[int, ...]:
        """Always (): the list is one statement."""
        return ()

    @property
    def customers(self) -> IntArray:
        """Number of customers who took each path."""
        return np.asarray(self.share.score.counts.counts[..., 1])

    def to_dict(self) -> dict[str, Any]:
        """Lists by column, one value per path."""
        return self._table().columns

    def _table(self) -> Table:
        columns: dict[str, Any] = {
            "path": [" > ".join(path) for path in self.paths],
            "events": [len(path) for path in self.paths],
            "customers": self.customers,
            "share": self.share.value,
            "low": self.share.interval.low,
            "high": self.share.interval.high,
        }
        return Table.of(columns, len(self.paths))

    def _display(self, *, detailed: bool) -> Table:
        del detailed
        formats = {"events": ",", "customers": ","} | dict.fromkeys(["share", "low", "high"], ".1f")
        n = int(np.max(self.share.n, initial=0))
        how = f"{level_text(self.share.confidence_level)} score interval"
        caption = f"{len(self.paths):,} of {self.different:,} paths of {n:,} customers, in %, {how}"
        return Table(self._table().columns, caption, formats)


def frequent_paths(
    moves: Moves, most: int = 10, *, confidence_level: float = 0.95
) -> FrequentPaths:
    """The paths that most customers took, and which share of the customers that is.

    Args:
        moves: The paths of customers.
        most: Number of paths at most.
        confidence_level: Confidence level of the intervals.

    Returns:
        The paths, the most frequent first; of equally frequent ones in the order of their
        touchpoints. Shares are of all customers, in percent, with Wilson's interval.

    Raises:
        MismatchError: If the moves are a batch.
        TooFewResponsesError: If there is no customer.

    Examples:
        >>> moves = Moves.from_paths({("web", "shop"): 24, ("web",): 15, ("phone", "shop"): 9})
        >>> print(frequent_paths(moves, 2))
        2 of 3 paths of 48 customers, in %, 95% score interval
        path        events  customers  share   low  high
        web > shop       2         24   50.0  36.4  63.6
        web              1         15   31.2  19.9  45.3
    """
    check_single(moves, "moves")
    number = check_positive(most, "most")
    taken = np.flatnonzero(moves.customers)
    rows = taken[np.argsort(-moves.customers[taken], kind="stable")[:number]]
    took = moves.customers[rows]
    return FrequentPaths(
        paths=tuple(moves.paths_at(rows)),
        share=share_of(took, moves.n - took, "took", "Path", confidence_level),
        different=len(taken),
    )


def return_rate(moves: Moves, *, confidence_level: float = 0.95) -> Grouped[Estimate]:
    """Percentage of the customers of each touchpoint who came back to it: loops and rework.

    A customer comes back with any second event at the touchpoint, the next one or a later
    one, and counts once however often that is. Customers count at each touchpoint they came
    to, so rates of several touchpoints are not independent.

    Args:
        moves: The paths of customers.
        confidence_level: Confidence level of the intervals.

    Returns:
        The rates in percent, by touchpoint; of those where anybody came. `n` is the number
        of customers who came there.

    Raises:
        MismatchError: If the moves are a batch.
        TooFewResponsesError: If there is no customer.

    Examples:
        >>> moves = Moves.from_paths({("web", "phone", "web"): 12, ("web", "phone"): 28})
        >>> print(return_rate(moves))
        Return rate in %, 95% score interval
        touchpoint  value   low  high   n  missing
        phone         0.0   0.0   8.8  40        0
        web          30.0  18.1  45.4  40        0
    """
    check_single(moves, "moves")
    size = len(moves.touchpoints)
    visits, times = np.unique(moves.owners * size + moves.steps, return_counts=True)
    owner, at = np.divmod(visits, size)
    came = summed(moves.customers[owner], at, size)
    back = summed(np.where(times > 1, moves.customers[owner], 0), at, size)
    seen = np.flatnonzero(came)
    rate = share_of(back[seen], (came - back)[seen], "returned", "Return rate", confidence_level)
    return Grouped({"touchpoint": [moves.touchpoints[k] for k in seen.tolist()]}, rate)


def first_contact_resolution(
    moves: Moves, resolved: str, *, confidence_level: float = 0.95
) -> Estimate:
    """Percentage of customers whose case was resolved by their first contact.

    Every event that is not the resolution is a contact. Who had one contact, then the
    resolution, and no contact after it counts as resolved by the first.

    Args:
        moves: The paths of customers.
        resolved: The touchpoint that stands for the resolution.
        confidence_level: Confidence level of the interval.

    Returns:
        The rate in percent of all customers who had a contact, with Wilson's interval.

    Raises:
        MismatchError: If the moves are a batch.
        UnknownKeyError: If there is no such touchpoint.
        TooFewResponsesError: If nobody had a contact.

    Examples:
        >>> moves = Moves.from_paths(
        ...     {("call", "solved"): 70, ("call", "call", "solved"): 20, ("call",): 10}
        ... )
        >>> print(first_contact_resolution(moves, "solved"))
        First-contact resolution 70.0% [60.4, 78.1] (95% score, n=100)
    """
    check_single(moves, "moves")
    is_contact = moves.steps != moves.position(resolved, "resolved")
    contacts = np.bincount(moves.owners, is_contact, len(moves.lengths))
    firsts = np.cumsum(moves.lengths) - moves.lengths
    at_once: BoolArray = (contacts == 1) & is_contact[firsts] & (moves.lengths > 1)
    yes = int(moves.customers[at_once].sum())
    no = int(moves.customers[contacts > 0].sum()) - yes
    if not yes + no:
        must = "At least one customer must have an event other than"
        fail(TooFewResponsesError, f"{must} {resolved!r}, not 0.")
    metric = "First-contact resolution"
    return share_of(np.array(yes), np.array(no), "first contact", metric, confidence_level)


def check_single(moves: Any, name: str) -> None:
    """There must be moves of one group, and customers in it."""
    check_one_group(moves, name)
    check_type(moves, name, Moves)
    if moves.shape:
        hint = "did you mean grouped[key]?"
        fail(MismatchError, f"`{name}` must be of one group, not a batch.", hint)
    if not moves.n:
        fail(TooFewResponsesError, f"`{name}` must have at least one customer, not 0.")


def share_of(
    yes: IntArray, no: IntArray, name: str, metric: str, confidence_level: float
) -> Estimate:
    """So many of so many, in percent, with Wilson's interval."""
    return score_estimate(
        Counts(YES_NO, np.stack([no, yes], axis=-1)),
        IN_PERCENT,
        groups=(("other", 1), (name, 1)),
        metric=metric,
        unit="%",
        confidence_level=confidence_level,
        method="score",
    )
