"""Sequences of codes, each packed into a few numbers that sort and group as it does."""

import numpy as np

from cxmetrics._typing import AnyArray, IndexArray, IntArray

DIGITS = 52
"""Bits of a number: what every engine keeps exactly, in floats too."""

ROWS = 1 << 16
"""Sequences that are unpacked at a time."""


def per_number(size: int) -> tuple[int, int]:
    """Bits of one of `size` codes, and how many of them a number holds."""
    bits = max(1, size.bit_length())
    return bits, DIGITS // bits


def packed(codes: AnyArray, lengths: AnyArray, size: int) -> IntArray:
    """Numbers for each sequence, first codes in the highest bits of the first number.

    Args:
        codes: Codes 0 to `size` - 1 of all sequences, one after the other.
        lengths: How many of them each sequence has.
        size: Number of possible codes.
    """
    bits, per = per_number(size)
    width = -(-int(lengths.max(initial=1)) // per)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    at = np.arange(len(codes)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    digit = np.ldexp(codes.astype(np.float64) + 1, bits * (per - 1 - at % per))
    sums = np.bincount(owner * width + at // per, digit, len(lengths) * width)
    return sums.astype(np.int64).reshape(-1, width)


def unpacked(numbers: IntArray, size: int) -> tuple[AnyArray, IntArray]:
    """The inverse of `packed`: all codes, one sequence after the other, and the lengths."""
    bits, per = per_number(size)
    shifts = bits * np.arange(per - 1, -1, -1)
    codes: list[AnyArray] = [np.zeros(0, np.int16)]
    lengths: list[IntArray] = [np.zeros(0, np.int64)]
    for first in range(0, len(numbers), ROWS):
        block = numbers[first : first + ROWS, :, None] >> shifts & (1 << bits) - 1
        digits = block.astype(np.int16).reshape(len(block), -1)
        there = digits > 0
        codes.append(digits[there] - np.int16(1))
        lengths.append(there.sum(axis=1))
    return np.concatenate(codes), np.concatenate(lengths)


def distinct(numbers: IntArray) -> tuple[IndexArray, IndexArray]:
    """Where each distinct row occurs first, in order; and which of them each row is."""
    order = np.lexsort(numbers.T[::-1])
    ranked = numbers[order]
    fresh = np.ones(len(numbers), np.bool_)
    fresh[1:] = (ranked[1:] != ranked[:-1]).any(axis=1)
    inverse = np.empty(len(numbers), np.intp)
    inverse[order] = np.cumsum(fresh) - 1
    return order[fresh], inverse


def summed(numbers: IntArray, at: IndexArray, size: int) -> IntArray:
    """Sums over the last axis of the entries that are told to be at the same place."""
    sums = np.zeros((*numbers.shape[:-1], size), np.int64)
    for row in np.ndindex(numbers.shape[:-1]):
        sums[row] = np.bincount(at, numbers[row], size)
    return sums
