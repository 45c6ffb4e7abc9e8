"""The exact law of a sum of changes whose signs are left to chance."""

from typing import NamedTuple

import numpy as np

from cxmetrics._typing import FloatArray
from cxmetrics.likelihood.resampling import CELLS, UNLIKELY, Law, lattice, log_choose


class SignFlips(NamedTuple):
    """A mean change, and the law of what it is when signs are left to chance."""

    law: Law
    observed: float


def sign_flips(counts: FloatArray, changes: FloatArray) -> SignFlips:
    """The law of the mean change when each sign is as likely as the other (Fisher 1935).

    It lies on whole steps of the common divisor of the changes, or where they have none of
    a sensible size, of 1/1024 of the largest, to which they are then rounded.

    Args:
        counts: How often each change was observed, whole numbers.
        changes: The changes, ascending, and symmetric about 0.
    """
    falls, rises, sizes = (side[len(changes) // 2 :] for side in (counts[::-1], counts, changes))
    steps, step = lattice(sizes)
    if steps[-1] > CELLS or np.any(steps % 1):
        steps, step = np.rint(sizes / sizes[-1] * CELLS), float(sizes[-1]) / CELLS
    # Two neighbours differ by 2 steps, as every flip moves the sum by an even number.
    law = np.ones(1)
    for size, number in zip(steps[1:].astype(int), (falls + rises)[1:].astype(int), strict=True):
        law = _and_flips(law, int(size), int(number))
    each = step / max(1, counts.sum())
    values = (2.0 * np.arange(len(law)) - (len(law) - 1)) * each
    return SignFlips(Law(values, law), float((rises - falls) @ steps * each))


def _and_flips(law: FloatArray, size: int, number: int) -> FloatArray:
    """The law after so many more changes of one size, without the ends that are not likely."""
    positive = np.arange(number + 1)
    signs = _likely(np.exp(log_choose(number, positive) - number * np.log(2)))
    longer = np.zeros(len(law) + (len(signs) - 1) * size)
    for first in range(min(size, len(law))):
        longer[first::size] = np.convolve(law[first::size], signs)
    return _likely(longer)


def _likely(law: FloatArray) -> FloatArray:
    """A symmetric law to the last digit, but for the ends that are not worth one."""
    law = (law + law[::-1]) / 2
    rank = int(np.argmax(law > UNLIKELY))
    return law[rank : len(law) - rank]
