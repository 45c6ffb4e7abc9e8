"""Counting small whole numbers by their bits, 64 of them in one machine word."""

from typing import Any

import numpy as np
import numpy.typing as npt

from cxmetrics._typing import IntArray

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]

BITS = 4

NIBBLES = 1 << BITS
"""As many numbers have four bits: 0...15."""

SUMMED = 512
"""So many words have fewer than 2**16 bits, so that narrow integers can sum them."""

GRAIN = SUMMED * 64
"""Numbers are counted in multiples of this."""

PAIRS = 0x3333333333333333
SINGLES = 0x5555555555555555


class NibbleCounter:
    """Counts how often each of 0...15 occurs among `n` numbers.

    A bit plane holds one bit of many numbers, side by side in words. The planes
    of 8 and of 1, joined by AND, mark the numbers that have both bits: 9, 11, 13
    and 15. So the marks in each meet of planes tell how many numbers have a set
    of bits, whatever their others are. Bit by bit, those that have one bit more
    are then taken away, until what is left are the numbers equal to each.

    The memory is kept from call to call, as getting it anew takes longer than
    using it.

    Args:
        n: A multiple of `GRAIN`.
    """

    def __init__(self, n: int) -> None:
        words = n // 64
        self.squares: Words = np.empty((2, 2, words), np.uint64)
        self.differing: Words = np.empty((2, words), np.uint64)
        self.meets: Words = np.full((NIBBLES, words), ~np.uint64(0))
        self.marks: Bytes = np.empty((NIBBLES, words), np.uint8)

    def __call__(self, numbers: npt.NDArray[np.unsignedinteger[Any]], size: int) -> IntArray:
        """How often each of 0...15 occurs among numbers below a `size` of at most 16."""
        self._split(np.ascontiguousarray(numbers, np.uint8))
        # A number is at least the sum of its bits, so meets from `size` on are empty.
        meets, marks = self.meets[:size], self.marks[:size]
        for k, plane in enumerate(self.squares.reshape(BITS, -1)):
            joined = meets[1 << k : 2 << k]
            np.bitwise_and(meets[: len(joined)], plane, out=joined)
        np.bitwise_count(meets, out=marks)
        sums = marks.reshape(size, -1, SUMMED).sum(axis=2, dtype=np.uint16)
        counts = np.zeros(NIBBLES, np.int64)
        counts[:size] = sums.sum(axis=1)
        for k in range(BITS):
            without, within = counts.reshape(-1, 2, 1 << k).swapaxes(0, 1)
            without -= within
        return counts

    def _split(self, numbers: Bytes) -> None:
        """The planes of 1, 2, 4 and 8, which all hold the numbers in one order, whichever it is.

        The upper half of each byte is empty, so other numbers are put there. Then
        four bits in each of four words, one below the other, are a square with
        a number per row. Its transpose has a plane per row: bits are exchanged
        across the diagonal, first pairs of them and then single ones.
        """
        lower, upper = numbers.view(np.uint64).reshape(2, 2, 2, -1)
        np.left_shift(upper, BITS, out=self.squares)
        self.squares |= lower
        self._exchange(self.squares[0], self.squares[1], 2, PAIRS)
        self._exchange(self.squares[:, 0], self.squares[:, 1], 1, SINGLES)

    def _exchange(self, above: Words, below: Words, shift: int, mask: int) -> None:
        """Swap the bits of a mask with those of the row above that stand so far up."""
        differing = np.right_shift(above, shift, out=self.differing)
        differing ^= below
        differing &= mask
        below ^= differing
        differing <<= shift
        above ^= differing
