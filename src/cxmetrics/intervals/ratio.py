"""Ratio: a ratio of two totals of amounts, and its interval methods."""

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from cxmetrics._checks import fail
from cxmetrics._frozen import SHARED
from cxmetrics._typing import BoolArray, FloatArray, Floats, IndexArray, Ints
from cxmetrics.errors import ArgumentError
from cxmetrics.intervals.basis import Basis
from cxmetrics.intervals.method import Limits, Pivot, Statistic, around
from cxmetrics.intervals.resamples import Resamples
from cxmetrics.summaries.moments import Moments

RESAMPLING = ("bootstrap", "bca")
"""Methods that draw accounts, and so need to know each of them."""

ROUNDING = 1e-14
"""Share of its terms below which a sum is rounding."""

ALIKE = 1e-40
"""Share of the squares of amounts below which they are alike: floats do not vary so little."""


class Spread(NamedTuple):
    """What varies from sample to sample, relative to the denominator.

    Args:
        error: Variance of the ratio.
        tilt: Covariance of the ratio and the denominator.
        unsure: Variance of the denominator.
    """

    error: FloatArray
    tilt: FloatArray
    unsure: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ratio(Basis):
    """A ratio of two totals, to both of which each account adds a sum of its amounts.

    Args:
        moments: Moments of the amounts.
        numerator: Coefficients of 1 and of every amount in what an account adds above.
        denominator: The same below; what it adds up to is never negative.
        factor: What the ratio is multiplied by, 100 for a percentage.
        bounds: Lowest and highest possible value.
        resamples: Ratios of accounts that were drawn again, if the accounts are known.
    """

    moments: Moments
    numerator: tuple[float, ...] = field(metadata=SHARED)
    denominator: tuple[float, ...] = field(metadata=SHARED)
    factor: float = field(default=1.0, metadata=SHARED)
    bounds: tuple[float, float] = field(default=(-np.inf, np.inf), metadata=SHARED)
    resamples: Resamples | None = field(default=None, metadata=SHARED, repr=False)
    methods: ClassVar[tuple[str, ...]] = ("t", "fieller", *RESAMPLING)
    noun: ClassVar[str] = "account"
    things: ClassVar[str] = "accounts"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch."""
        return self.moments.shape

    @property
    def n(self) -> Ints:
        """Number of accounts."""
        return self.moments.n

    @property
    def n_effective(self) -> FloatArray:
        """Accounts that add equally below and say as much: (Σs)² / Σs²."""
        with np.errstate(invalid="ignore", divide="ignore"):
            found = self.share**2 / self._product(self.below, self.below)
        return np.where(self.share > 0, found, 0.0)

    @property
    def df(self) -> FloatArray:
        """Degrees of freedom of the standard error: the accounts less one."""
        return np.asarray(self.n, np.float64) - 1

    @property
    def share(self) -> FloatArray:
        """The denominator of each row: the ratio of all is the mean that it weights."""
        return self._total(self.below)

    @property
    def ratio(self) -> FloatArray:
        """The ratio itself; NaN where the denominator is 0."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.share > 0, self._total(self.above) / self.share, np.nan)

    @property
    def value(self) -> FloatArray:
        """The ratio in the unit of the estimate; NaN where the denominator is 0."""
        return np.asarray(np.clip(self.factor * self.ratio, *self.bounds))

    @property
    def std_error(self) -> FloatArray:
        """Linearised standard error; NaN for one account."""
        return np.asarray(np.sqrt(self.spread.error))

    @property
    def speaks(self) -> BoolArray:
        """Which rows say something; if all accounts are alike, `"t"` hears nothing from them."""
        least = 0 if self.methods[0] == "t" else -1
        return np.asarray(np.isfinite(np.ravel(self.value)) & (np.ravel(self.std_error) > least))

    @property
    def spread(self) -> Spread:
        """Linearised variances and the covariance, in the unit of the value."""
        n = np.asarray(self.n, np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            # Less its mean, so that it varies as its total does.
            varies = np.tile(self.below, (*self.shape, 1))
            varies[..., 0] -= self.share / self.moments.weight
            factor = np.where(n > 1, n / (n - 1), np.nan) / self.share**2
            squares = self.residual_squares
            both = np.where(squares > 0, self._product(self.residual, varies), 0.0)
            return Spread(
                error=self.factor**2 * factor * squares,
                tilt=self.factor * factor * both,
                unsure=factor * self._product(varies, varies),
            )

    @property
    def above(self) -> FloatArray:
        """Coefficients of the numerator."""
        return np.array(self.numerator, np.float64)

    @property
    def below(self) -> FloatArray:
        """Coefficients of the denominator."""
        return np.array(self.denominator, np.float64)

    @property
    def residual(self) -> FloatArray:
        """Coefficients of what an account adds above beyond the ratio times what it adds below."""
        return np.asarray(self.above - self.ratio[..., None] * self.below)

    @property
    def residual_squares(self) -> FloatArray:
        """Sum of the squared residuals, with squared weights."""
        return self._product(self.residual, self.residual)

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without accounts."""
        return replace(self, moments=self.moments.take(rows))

    def others(self) -> Self:
        """For each row of a batch, all the other rows together."""
        return replace(self, moments=self.moments.others())

    def resampled(self, amounts: FloatArray, number: int, rng: "np.random.Generator") -> Self:
        """The same with the ratios of accounts that are drawn again.

        Args:
            amounts: The amounts of each account, accounts × amounts.
            number: How often they are drawn.
            rng: Generator of the draws.
        """
        above, below = (side[0] + amounts @ side[1:] for side in (self.above, self.below))
        resamples = Resamples.of(self.factor * above, below, number, rng)
        return replace(self, resamples=resamples)

    def check_method(self, name: Any) -> None:
        """An interval method must be one that there is; some need to know the accounts."""
        Basis.check_method(self, name)
        if name in RESAMPLING and self.resamples is None:
            message = f"`method` must not be {name!r} for a summary, which keeps no account."
            fail(ArgumentError, message, "did you mean to give the amounts of every account?")

    def method(self, name: str) -> Pivot:
        """The interval and the tests by one method."""
        better = "" if self.methods[0] == "t" else self.methods[0]
        rows = replace(self._rows(), silent=~(np.ravel(self.df) > 0), better=better)
        if self.resamples is not None and name in RESAMPLING:
            return self.resamples.method(rows, name)
        if name == "fieller":
            spread = Spread(*map(np.ravel, self.spread))
            return Pivot(rows, *_fieller(np.ravel(self.value), spread), self.df)
        return Pivot(rows, *around(self.value, self.std_error), self.df)

    def _total(self, side: FloatArray) -> FloatArray:
        """What all accounts add up to."""
        return np.asarray(side[0] * self.moments.weight + self.moments.totals @ side[1:])

    def _product(self, one: FloatArray, other: FloatArray) -> FloatArray:
        """Sum over the accounts, with squared weights, of the product of two of their sums."""
        scatter = self.moments.squared or self.moments.scatter
        weight, per_account = np.asarray(scatter.weight), np.insert(scatter.means, 0, 1, axis=-1)
        mine, theirs = one * per_account, other * per_account
        about = _sum(one[..., 1:, None] * scatter.products * other[..., None, 1:], axes=2)
        least = ALIKE * weight * np.abs(mine).sum(axis=-1) * np.abs(theirs).sum(axis=-1)
        about = np.where(np.abs(about) <= least, 0.0, about)
        return np.asarray(about + weight * _sum(mine) * _sum(theirs))


def _sum(terms: FloatArray, axes: int = 1) -> FloatArray:
    """Sum along the last axes; 0 where nothing is left but rounding."""
    along = tuple(range(-axes, 0))
    total = terms.sum(axis=along)
    return np.where(np.abs(total) <= ROUNDING * np.abs(terms).sum(axis=along), 0.0, total)


def _fieller(value: FloatArray, spread: Spread) -> tuple[Limits, Statistic]:
    """Fieller (1954): the ratios at which the numerator less so many denominators may be 0.

    Where the denominator may be 0 itself, any ratio may be: then the limits are infinite,
    and no statistic is larger than the one at which that begins.
    """
    error, tilt, unsure = spread

    def limits(z: FloatArray) -> tuple[FloatArray, FloatArray]:
        c = z * z
        sure = 1 - c * unsure
        with np.errstate(invalid="ignore", divide="ignore"):
            root = np.sqrt(np.maximum(c * c * tilt * tilt + sure * c * error, 0))
            low, high = value - (c * tilt + root) / sure, value - (c * tilt - root) / sure
        return np.where(sure > 0, low, -np.inf), np.where(sure > 0, high, np.inf)

    def statistic(null: FloatArray) -> FloatArray:
        gap = value - null
        with np.errstate(invalid="ignore", divide="ignore"):
            variance = np.maximum(error + 2 * gap * tilt + gap * gap * unsure, 0)
            most = 1 / np.sqrt(unsure)
            found: Floats = np.where(gap == 0, 0.0, gap / np.sqrt(variance))
        return np.asarray(np.clip(found, -most, most))

    return limits, statistic
