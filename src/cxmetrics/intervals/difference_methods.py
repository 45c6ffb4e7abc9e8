"""The interval methods of the difference between two estimates."""

from dataclasses import dataclass

import numpy as np

from cxmetrics._checks import fail
from cxmetrics._typing import Alternative, FloatArray, Floats
from cxmetrics.errors import ArgumentError
from cxmetrics.intervals.basis import Basis
from cxmetrics.intervals.linear_score import LinearScore
from cxmetrics.intervals.method import Method, Pivot, Rows, around, z_at
from cxmetrics.likelihood import (
    Law,
    difference_limits,
    difference_statistic,
    permutation_law,
    studentised,
)
from cxmetrics.likelihood.resampling import TIE

NOTHING = Law(np.zeros(1), np.ones(1))
"""The law of a statistic without answers."""


def score_difference(after: LinearScore, before: LinearScore) -> Pivot:
    """Miettinen and Nurminen (1985), for any score."""
    n = np.ravel(np.add(after.counts.n, before.counts.n)).astype(np.float64)
    df = _satterthwaite(after, before, after.reference_df, before.reference_df)
    return Pivot(
        _rows(after, before, after.method("score").rows, before.method("score").rows, df),
        lambda z: difference_limits(after.rows, before.rows, after.points, z, n),
        lambda null: difference_statistic(after.rows, before.rows, after.points, null, n),
        df,
    )


def mover(after: Basis, before: Basis, methods: tuple[str, str]) -> Pivot:
    """Zou and Donner (2008), from the limits of each side; Newcombe's (1998) on two points."""
    first, second = after.reach(methods[0]), before.reach(methods[1])
    one, two = np.ravel(after.value), np.ravel(before.value)

    def limits(z: FloatArray) -> tuple[FloatArray, FloatArray]:
        (low_one, high_one), (low_two, high_two) = first.limit(z), second.limit(z)
        with np.errstate(invalid="ignore"):
            down, up = (
                np.hypot(one - low_one, high_two - two),
                np.hypot(high_one - one, two - low_two),
            )
            return one - two - down, one - two + up

    with np.errstate(invalid="ignore"):
        gap = one - two
    df = _satterthwaite(after, before, first.df, second.df)
    rows = _rows(after, before, first.rows, second.rows, df)
    return Pivot(rows, limits, lambda null: z_at(limits, gap, null), df)


def welch(after: Basis, before: Basis, methods: tuple[str, str]) -> Pivot:
    """Welch (1947), from the standard errors of each side."""
    value = np.subtract(after.value, before.value)
    std_error = np.hypot(after.std_error, before.std_error)
    df = _satterthwaite(after, before, after.df, before.df)
    own = after.reach(methods[0]).rows, before.reach(methods[1]).rows
    return Pivot(_rows(after, before, *own, df), *around(value, std_error), df)


def _rows(after: Basis, before: Basis, one: Rows, two: Rows, df: Floats) -> Rows:
    """What both sides say together."""
    (low_one, high_one), (low_two, high_two) = after.bounds, before.bounds
    return Rows(
        bounds=(low_one - high_two, high_one - low_two),
        shape=one.shape,
        empty=~(np.isfinite(np.ravel(after.value)) & np.isfinite(np.ravel(before.value))),
        silent=one.silent | two.silent | ~(np.ravel(df) > 0),
        known=one.known - two.known,
        is_stepped=one.is_stepped and two.is_stepped,
        better=one.better if one.better == two.better else "",
    )


@dataclass(frozen=True, slots=True)
class _Permutation(Method):
    """The studentised difference, referred to what it is when answers change groups.

    Args:
        laws: Law of the statistic per row.
        value: Difference per row.
        std_error: Its standard error.
        statistic: Their ratio.
    """

    laws: tuple[Law, ...]
    value: FloatArray
    std_error: FloatArray
    statistic: FloatArray

    def limits(self, tail: float) -> tuple[FloatArray, FloatArray]:
        """Difference less its standard error times the quantiles of the laws."""
        highest = np.array([law.highest(tail) for law in self.laws])
        lowest = np.array([law.lowest(tail) for law in self.laws])
        with np.errstate(invalid="ignore"):
            low = self.value - (highest + TIE * np.abs(highest)) * self.std_error
            high = self.value - (lowest - TIE * np.abs(lowest)) * self.std_error
        return np.nan_to_num(low, nan=-np.inf), np.nan_to_num(high, nan=np.inf)

    def tails(self, null: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Tails of the laws beyond the statistic; the null is always 0."""
        del null
        pairs = list(zip(self.laws, self.statistic.tolist(), strict=True))
        less = np.array([law.at_most(t * (1 + TIE * np.sign(t))) for law, t in pairs])
        greater = np.array([law.at_least(t * (1 - TIE * np.sign(t))) for law, t in pairs])
        return self.statistic, less, greater


def permutation_difference(
    after: LinearScore,
    before: LinearScore,
    alternative: Alternative,
    rng: "np.random.Generator | None",
) -> Method:
    """Janssen (1997): exact where all tables can be enumerated, from draws elsewhere."""
    for side in (after, before):
        if not side.counts.is_simple:
            message = f"`method` must not be 'permutation' for {side.counts.sample} answers."
            fail(ArgumentError, message, "did you mean method='score'?")
    laws: list[Law] = []
    for one, two in zip(after.rows, before.rows, strict=True):
        answered = one.any() and two.any()
        law = permutation_law(one, two, after.points, rng) if answered else NOTHING
        if law is None:
            message = "`rng` must be given to permute more than three scores, or large groups."
            fail(ArgumentError, message, "did you mean rng=1?")
        laws.append(law.symmetric() if alternative == "two-sided" else law)
    own = after.method("score").rows, before.method("score").rows
    with np.errstate(invalid="ignore", divide="ignore"):
        statistic = studentised(after.rows, before.rows, after.points)
    return _Permutation(
        _rows(after, before, *own, np.minimum(after.df, before.df)),
        tuple(laws),
        np.ravel(after.value - before.value),
        np.ravel(np.hypot(after.std_error, before.std_error)),
        statistic,
    )


def _satterthwaite(after: Basis, before: Basis, df_after: Floats, df_before: Floats) -> FloatArray:
    """Degrees of freedom of the sum of two variances (Satterthwaite 1946; Welch 1947)."""
    one, two = np.asarray(after.std_error) ** 2, np.asarray(before.std_error) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        of_one = np.where(np.isinf(df_after), 0, one**2 / df_after)
        of_two = np.where(np.isinf(df_before), 0, two**2 / df_before)
        both = np.where(of_one + of_two == 0, np.inf, (one + two) ** 2 / (of_one + of_two))
    return np.where(one + two == 0, np.minimum(df_after, df_before), both)
