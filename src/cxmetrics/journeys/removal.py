"""Removal effects: how many conversions depend on each touchpoint."""

from typing import Any, NamedTuple

import numpy as np
import scipy

from cxmetrics._checks import check_positive, check_rng, fail
from cxmetrics._typing import FloatArray, IndexArray
from cxmetrics.errors import TooFewResponsesError
from cxmetrics.estimate import Estimate
from cxmetrics.intervals.resampled import Resampled
from cxmetrics.journeys.chain import AbsorbingChain
from cxmetrics.journeys.paths import check_single
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.moves import Moves

MOST_DRAWN = 10_000
"""Paths that are drawn one by one; of more of them, customers are drawn in so many groups."""

BLOCK = 1 << 22
"""Cells of the tables of moves that are worked on at a time."""


def removal_effects(
    moves: Moves,
    to: str,
    *,
    rng: "np.random.Generator | int",
    draws: int = 1_000,
    confidence_level: float = 0.95,
) -> Grouped[Estimate]:
    """Percentage of conversions that a Markov chain loses if a touchpoint leads nowhere.

    Customers move as in a Markov chain of first order with the observed probabilities until
    they convert or leave. Whoever would come to the touchpoint is lost instead. This
    describes how conversions and touchpoints go together: it is association, not causation,
    and says nothing of what customers would do if there were no such touchpoint. Effects of
    several touchpoints overlap, and do not add up to 100%.

    Args:
        moves: The paths of customers.
        to: The touchpoint that is the conversion; what comes after it does not matter.
        rng: Generator of the random numbers, or a seed for one.
        draws: Number of bootstrap samples.
        confidence_level: Confidence level of the intervals.

    Returns:
        The effects in percent, by touchpoint, of all that anybody came to before
        converting. Intervals are the percentiles of bootstrap samples of the customers;
        with more than 10,000 different paths, customers are drawn in 10,000 random groups.
        An effect that is the same in all samples, such as 0 or 100, has no width. Effects
        of the same customers are not independent: `difference` is for those of others.

    Raises:
        MismatchError: If the moves are a batch.
        UnknownKeyError: If there is no such touchpoint.
        TooFewResponsesError: If nobody converted, or everybody did at once.
        ArgumentError: If `rng` is neither a generator nor a seed, or `draws` is not from 1.

    References:
        Anderl, E., Becker, I., von Wangenheim, F. and Schumann, J. H. (2016). Mapping the
        customer journey: lessons learned from graph-based online attribution modeling.
        International Journal of Research in Marketing 33, 457-474.

    Examples:
        >>> moves = Moves.from_paths(
        ...     {
        ...         ("ad", "web", "buy"): 40,
        ...         ("web", "buy"): 60,
        ...         ("mail", "buy"): 10,
        ...         ("ad", "mail"): 50,
        ...         ("web",): 140,
        ...     }
        ... )
        >>> print(removal_effects(moves, "buy", rng=1))
        Removal effect in %, 95% bootstrap interval
        touchpoint  value   low  high    n  missing
        ad           22.7  17.7  27.3  300        0
        mail          9.1   4.3  15.2  300        0
        web          90.9  84.8  95.7  300        0
    """
    check_single(moves, "moves")
    position, number = moves.position(to, "to"), check_positive(draws, "draws")
    generator = check_rng(rng)
    cut = _Cut.of(moves, position)
    if not cut.converted(moves):
        fail(TooFewResponsesError, f"At least one customer must come to {to!r}, not 0.")
    names = [name for name in moves.touchpoints if name != to]
    point = 100 * _effects(cut.table(moves.customers))
    seen = np.flatnonzero(cut.visited(moves))
    if not len(seen):
        fail(TooFewResponsesError, f"At least one touchpoint must come before {to!r}, not 0.")
    drawn = 100 * _drawn(cut, moves, number, generator)
    basis = Resampled.of(point[seen], drawn[:, seen].T, moves.n, (0.0, 100.0))
    effects = Estimate.of(
        basis,
        metric="Removal effect",
        unit="%",
        confidence_level=confidence_level,
        method="bootstrap",
    )
    return Grouped({"touchpoint": [names[k] for k in seen.tolist()]}, effects)


class _Cut(NamedTuple):
    """Moves up to the conversion, as numbers of cells of a table.

    The rows of the table are the touchpoints without the conversion, and the start; its
    columns the same touchpoints, those who convert and those who are lost.

    Args:
        cells: The cell of each move of each path.
        path: The path that it is of.
        size: Number of rows.
    """

    cells: IndexArray
    path: IndexArray
    size: int

    @classmethod
    def of(cls, moves: Moves, to: int) -> "_Cut":
        """The paths, each up to the first event at this touchpoint."""
        size, owners, different = len(moves.touchpoints), moves.owners, len(moves.lengths)
        starts = np.cumsum(moves.lengths) - moves.lengths
        reached = np.cumsum(moves.steps == to)
        before = np.append(0, reached)[starts]
        kept = reached == before[owners]
        codes, owner = moves.steps[kept].astype(np.intp), owners[kept]
        codes -= codes > to
        converted = np.append(0, reached)[starts + moves.lengths] > before
        sink = np.where(converted, size - 1, size)
        lasts = np.cumsum(np.bincount(owner, minlength=different))
        firsts = np.append(0, lasts[:-1])
        target = sink[owner]
        inner = np.flatnonzero(owner[1:] == owner[:-1])
        target[inner] = codes[inner + 1]
        begun = np.append(codes, size)[firsts]
        first = np.where(firsts < lasts, begun, sink)
        width = size + 1
        cells = np.concatenate([codes * width + target, (size - 1) * width + first])
        return cls(cells, np.concatenate([owner, np.arange(different)]), size)

    def table(self, customers: Any) -> FloatArray:
        """How many moves there are in each cell, if so many customers took each path."""
        shape = (self.size, self.size + 1)
        sums = np.bincount(self.cells, customers[self.path], shape[0] * shape[1])
        return sums.astype(np.float64).reshape(shape)

    def sparse(self, different: int) -> Any:
        """How often each path is in each cell, as paths × cells."""
        shape = (different, self.size * (self.size + 1))
        each = np.ones(len(self.cells))
        return scipy.sparse.csr_array((each, (self.path, self.cells)), shape=shape)

    def converted(self, moves: Moves) -> float:
        """Number of customers who converted."""
        return float(self.table(moves.customers)[:, -2].sum())

    def visited(self, moves: Moves) -> FloatArray:
        """Number of events at each touchpoint before converting."""
        return np.asarray(self.table(moves.customers)[:-1].sum(axis=1))


def _effects(table: FloatArray) -> FloatArray:
    """The removal effects of the chain with the proportions of these moves."""
    totals = table.sum(axis=-1, keepdims=True)
    shares = np.divide(table, totals, out=np.zeros_like(table), where=totals > 0)
    size = table.shape[-2]
    first = np.zeros(table.shape[:-1])
    first[..., -1] = 1
    moves = np.zeros((*table.shape[:-1], size))
    moves[..., :-1] = shares[..., :-2]
    # The start is a row of its own, since some customers convert at once.
    chain = AbsorbingChain(
        touchpoints=tuple(map(str, range(size))),
        first=first,
        moves=moves,
        converts=shares[..., -2],
    )
    return chain.removal_effects[..., :-1]


def _drawn(cut: _Cut, moves: Moves, draws: int, rng: "np.random.Generator") -> FloatArray:
    """The effects in samples of as many customers, drawn with replacement."""
    units, number = cut.sparse(len(moves.lengths)), int(moves.n)
    chances = moves.customers / number
    if len(moves.lengths) > MOST_DRAWN:
        whose = np.repeat(np.arange(len(moves.lengths)), moves.customers)
        group = rng.permutation(number) % MOST_DRAWN
        shape = (MOST_DRAWN, len(moves.lengths))
        units = scipy.sparse.csr_array((np.ones(number), (group, whose)), shape=shape) @ units
        number, chances = MOST_DRAWN, np.full(MOST_DRAWN, 1 / MOST_DRAWN)
    size = max(1, BLOCK // max(units.shape))
    parts = []
    for at in range(0, draws, size):
        times = rng.multinomial(number, chances, size=min(size, draws - at))
        tables = (units.T @ times.T).T.reshape(len(times), cut.size, cut.size + 1)
        parts.append(_effects(tables))
    return np.concatenate(parts)
