"""Books of accounts of very different size: how often the intervals of retained revenue hold.

Accounts differ in size like a lognormal variable. What becomes of one has nothing to do with
its size, so that the truth is the mean of what remains of an account.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
from _tables import Coverage, Floats

import cxmetrics as cx
from cxmetrics.metrics.revenue import RatioMethod, ShareMethod

DRAWS = 4_000
RESAMPLED_DRAWS = 500
RESAMPLES = 999
SEED = 2033

SPREADS = (1, 2)
"""Standard deviation of the logarithm of the size of an account."""

SIZES = (20, 50, 200)
"""Accounts."""

CONTRACTS, EXPANDS, MORE = 0.2, 0.2, 0.3
"""Shares of accounts that lose up to half of their revenue and that gain; the mean gain."""

NET: tuple[RatioMethod, ...] = ("adjusted", "t", "fieller")
DRAWN: tuple[RatioMethod, ...] = ("bootstrap", "bca")
GROSS: tuple[ShareMethod, ...] = ("score", "t")

By: TypeAlias = dict[str, Coverage]
"""Coverage by method."""


class Book(NamedTuple):
    """What becomes of accounts.

    Args:
        lost: Share of the accounts that leave.
        changes: Whether others contract or expand.
    """

    lost: float
    changes: bool

    @property
    def gross(self) -> float:
        """True gross revenue retention, in percent."""
        return 100 * (1 - self.lost) * (1 - self.changes * CONTRACTS / 4)

    @property
    def net(self) -> float:
        """True net revenue retention, in percent."""
        return self.gross + 100 * (1 - self.lost) * self.changes * EXPANDS * MORE

    def remains(self, shape: tuple[int, int], rng: np.random.Generator) -> Floats:
        """What remains of each account, as a share of its revenue at the start."""
        kind = rng.random(shape)
        part = np.where(kind < CONTRACTS, rng.uniform(0.5, 1, shape), 1.0)
        part = np.where(kind > 1 - EXPANDS, 1 + rng.exponential(MORE, shape), part)
        return np.where(rng.random(shape) < self.lost, 0.0, part if self.changes else 1.0)


MANY_CHANGE, FEW_LEAVE = "many change", "a few leave"
BOOKS = {MANY_CHANGE: Book(0.05, changes=True), FEW_LEAVE: Book(0.05, changes=False)}


class Cell(NamedTuple):
    """A kind of book, how accounts differ in size, and how many there are."""

    book: str
    spread: int
    n: int


class Retained(NamedTuple):
    """Coverage of net revenue retention, of the same from accounts drawn again, and of gross."""

    net: By
    drawn: By
    gross: By


def coverages() -> dict[Cell, Retained]:
    """Coverage by method in every book."""
    rng = np.random.default_rng(SEED)
    cells = [Cell(book, spread, n) for book in BOOKS for spread in SPREADS for n in SIZES]
    return {cell: _of(cell, rng) for cell in cells}


def _of(cell: Cell, rng: np.random.Generator) -> Retained:
    shape, book = (DRAWS, cell.n), BOOKS[cell.book]
    start = rng.lognormal(sigma=cell.spread, size=shape)
    end = start * book.remains(shape, rng)
    revenue = cx.Revenue.of(start.ravel(), end.ravel(), by=np.repeat(np.arange(DRAWS), cell.n))
    return Retained(
        {m: _coverage(cx.net_revenue_retention(revenue.batch, method=m), book.net) for m in NET},
        {m: _of_drawn(start, end, m, book, rng) for m in DRAWN},
        {
            m: _coverage(cx.gross_revenue_retention(revenue.batch, method=m), book.gross)
            for m in GROSS
        },
    )


def _of_drawn(
    start: Floats, end: Floats, method: RatioMethod, book: Book, rng: np.random.Generator
) -> Coverage:
    """Coverage in some of the books, whose accounts are drawn again one book after the other."""
    each = zip(start[:RESAMPLED_DRAWS], end[:RESAMPLED_DRAWS], strict=True)
    found = [
        cx.net_revenue_retention(*accounts, method=method, rng=rng, resamples=RESAMPLES).interval
        for accounts in each
    ]
    chances = np.full((1, RESAMPLED_DRAWS), 1 / RESAMPLED_DRAWS)
    interval = cx.Interval(*np.transpose(found))
    return Coverage.of(interval, chances, np.array([book.net]), RESAMPLED_DRAWS)


def _coverage(estimates: cx.Estimate, truth: float) -> Coverage:
    chances = np.full((1, DRAWS), 1 / DRAWS)
    return Coverage.of(estimates.interval, chances, np.array([truth]), DRAWS)
