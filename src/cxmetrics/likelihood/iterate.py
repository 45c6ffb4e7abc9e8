"""Iterations that run in all rows of a batch until each of them stands."""

from collections.abc import Callable
from typing import Any

import numpy as np

from cxmetrics._typing import BoolArray, FloatArray
from cxmetrics.likelihood.side import Side

STILL = 1e-9
"""An iteration stands when a step is shorter than this: as steps converge
quadratically, that step has landed at rounding."""

PATIENCE = 80
"""Sweeps after which an iteration may stand less still; ordinary rows need ten."""

BLOCK = 4096
"""Rows that are worked on at a time."""

FARTHEST = 1e12
"""A root beyond this is none."""

NO_GAP = 1e-15
"""Share of the range below which a null is the estimate."""

AT_END = 1e-100
"""Share of the range below which a null is the end of the scale."""


def in_blocks(
    function: Callable[..., tuple[FloatArray, ...]], *rows: FloatArray
) -> tuple[FloatArray, ...]:
    """Apply a function to rows that fit in the processor's cache, one block after the other.

    Rows without answers give NaN, and warn of nothing.
    """
    blocks = range(0, max(1, len(rows[0])), BLOCK)
    with np.errstate(all="ignore"):
        parts = [function(*(each[at : at + BLOCK] for each in rows)) for at in blocks]
    return parts[0] if len(parts) == 1 else tuple(map(np.concatenate, zip(*parts, strict=True)))


def positive_root(a: FloatArray, b: FloatArray, k: FloatArray) -> FloatArray:
    """The positive root of a x² = b x + k; infinite where there is none."""
    root = np.sqrt(b * b + 4 * a * k)
    found = np.where(b > 0, (b + root) / (2 * a), 2 * k / (root - b))
    return np.where((a > 0) | ((a == 0) & (b < 0)), found, np.inf)


def bracket(start: FloatArray) -> FloatArray:
    """Positive unknowns, each with the bracket 0..∞."""
    return np.stack([start, np.zeros_like(start), np.full_like(start, np.inf)])


def in_bracket(state: FloatArray, left: BoolArray, new: FloatArray) -> FloatArray:
    """Close the bracket from the left or the right, and step inside it."""
    at, low, high = state
    low, high = np.where(left, at, low), np.where(left, high, at)
    middle = np.where(np.isinf(high), 16 * at, np.where(low == 0, at / 16, np.sqrt(low * high)))
    # At rounding a step may stay where it is, so the ends belong to the bracket.
    return np.stack([np.where((new >= low) & (new <= high), new, middle), low, high])


def until_still(
    closer: Callable[..., FloatArray], start: FloatArray, *known: Any, times: int = 1
) -> FloatArray:
    """Iterate `closer` in every column until its first row stands; NaN stands at once.

    Args:
        closer: The next state, from a state and what is known of its columns.
        start: The first state; further rows than the first may hold a bracket.
        known: Arrays and sides with one column per column of the state.
        times: How often in a row a column must stand. Beside a kink, one step may be
            short by chance.
    """
    found, state = start.copy(), start
    moving, stood = np.arange(start.shape[-1]), np.zeros(start.shape[-1])
    sweeps = 0
    while moving.size:
        new = closer(state, *known)
        found[..., moving] = new
        step, reached = np.atleast_2d(np.abs(new - state))[0], np.atleast_2d(np.abs(new))[0]
        # Close to an end of the scale, rounding may keep a row from standing stiller.
        sweeps += 1
        stands = ~(step > STILL * 2.0 ** max(0, sweeps - PATIENCE) * reached)
        stood = np.where(stands, stood + 1, 0)
        moves = (stood < times) & (step > 0)
        if 2 * np.count_nonzero(moves) > len(moves):  # gathering costs more than it saves
            state = new
            continue
        moving, state, stood = moving[moves], new[..., moves], stood[moves]
        known = tuple(k.rows(moves) if isinstance(k, Side) else k[..., moves] for k in known)
    return found


def rising_root(
    height: Callable[[FloatArray], FloatArray],
    start: FloatArray,
    slope: FloatArray,
    *,
    close: float,
) -> FloatArray:
    """The positive x at which a rising function is 0, best one that is straight in log x.

    Secants inside a bracket, in all rows together, from a start and a guess of the
    slope there. A row that never reaches 0 ends up at infinity, or at 0.
    """
    state = bracket(start)
    before = np.full_like(start, np.nan), np.full_like(start, np.nan)
    moving = True
    while moving:
        x = state[0]
        with np.errstate(all="ignore"):
            now = height(x)
            secant = (now - before[1]) / np.log(x / before[0])
            slope = np.where((secant > 0) & np.isfinite(secant), secant, slope)
            step = np.where(np.isinf(now), np.nan, np.exp(np.clip(-now / slope, -3, 3)))
        state, before = in_bracket(state, now < 0, x * step), (x, now)
        # The ends of the bracket meet at the latest, at rounding.
        moves = (np.abs(state[0] - x) > close * x) & (state[2] - state[1] > close * x)
        moving = bool(np.any(moves & (x < FARTHEST) & (x > 1 / FARTHEST)))
    x = np.where(state[0] >= FARTHEST, np.inf, state[0])
    return np.where(x <= 1 / FARTHEST, 0, x)
