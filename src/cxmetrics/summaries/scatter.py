"""Scatter: weight, totals and centred cross-products of points, merged without loss.

The cross-products Σ w (x - m)(x - m)' about the mean m do not add. About another centre
c they are larger by W (m - c)(m - c)', and about one centre they do add. So parts
are merged by moving all of them to the mean of the whole: sums of positive terms, in
which nothing cancels.

References:
    Chan, T. F., Golub, G. H. and LeVeque, R. J. (1983). Algorithms for computing the sample
    variance: analysis and recommendations. The American Statistician 37, 242-247.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from cxmetrics._checks import fail
from cxmetrics._typing import FloatArray, Floats, IndexArray
from cxmetrics.errors import MismatchError
from cxmetrics.summaries.summary import Additive


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scatter(Additive):
    """Weight, totals and centred cross-products of points with several coordinates.

    Args:
        weight: Sum of the weights.
        totals: Weighted sums of the coordinates.
        products: Weighted cross-products of the deviations from the means.

    Raises:
        MismatchError: If these are not finite numbers, a square table for each row of
            totals, or weights or squares are negative.
    """

    weight: Floats
    totals: FloatArray
    products: FloatArray

    def __post_init__(self) -> None:
        weight, totals = _finite(self.weight, "weight"), _finite(self.totals, "totals")
        products = _finite(self.products, "products")
        size = totals.shape[-1:]
        if not size or totals.shape != (*weight.shape, *size):
            must = "`totals` must be one number per coordinate for each weight"
            fail(MismatchError, f"{must}, not of shape {totals.shape}.")
        if products.shape != (*weight.shape, *size, *size):
            must = f"`products` must be a square table over {size[0]} coordinates"
            fail(MismatchError, f"{must}, not of shape {products.shape}.")
        for name, numbers in (("weight", weight), ("products", _squares(products))):
            if (numbers < 0).any():
                fail(MismatchError, f"`{name}` must not be negative, not {numbers.min():g}.")
        object.__setattr__(self, "weight", weight)
        object.__setattr__(self, "totals", totals)
        object.__setattr__(self, "products", products)
        Additive.__post_init__(self)

    @classmethod
    def empty(cls, size: int) -> Self:
        """No points: the zero of `+`."""
        return cls(weight=0.0, totals=np.zeros(size), products=np.zeros((size, size)))

    @classmethod
    def of_deviations(
        cls, weight: FloatArray, totals: FloatArray, sums: FloatArray, products: FloatArray
    ) -> Self:
        """From weighted sums, and products, of the deviations from centres near the means."""
        # What rounding, or the choice of the centres, left is of second order.
        left = products - _outer(1 / np.where(weight > 0, weight, 1), sums)
        each = np.arange(totals.shape[-1])
        left[..., each, each] = np.maximum(_squares(left), 0)
        return cls(weight=weight, totals=totals, products=left)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch; () for a single cloud of points."""
        return np.shape(self.weight)

    @property
    def size(self) -> int:
        """Number of coordinates."""
        size: int = self.totals.shape[-1]
        return size

    @property
    def means(self) -> FloatArray:
        """Weighted means; NaN where nothing has weight."""
        with np.errstate(invalid="ignore"):
            found: FloatArray = self.totals / np.asarray(self.weight)[..., None]
        return found

    def __add__(self, other: object) -> Self:
        if not isinstance(other, Scatter) or self.shape != other.shape:
            return Additive.__add__(self, other)
        weight = np.asarray(self.weight) + other.weight
        centres = _means(self.totals + other.totals, weight)
        return Additive.__add__(self._about(centres), other._about(centres))

    def regrouped(self, codes: IndexArray, size: int) -> Self:
        """The points of the rows of a batch that share a code, taken together."""
        weight, totals = np.zeros(size), np.zeros((size, self.size))
        np.add.at(weight, codes, self.weight)
        np.add.at(totals, codes, self.totals)
        return Additive.regrouped(self._about(_means(totals, weight)[codes]), codes, size)

    def others(self) -> Self:
        """For each row of a batch, the points of all the other rows; nothing is subtracted."""
        rows = np.arange(*self.shape)
        before = self._running().take(rows - 1)
        after = self[::-1]._running().take(rows - 1)[::-1]
        return before + after

    def _about(self, centres: FloatArray) -> Self:
        """The same with products about other centres, which add."""
        moved = _outer(self.weight, _means(self.totals, self.weight) - centres)
        return self._with(dict(self._sums()) | {"products": self.products + moved})

    def _running(self) -> Self:
        """For each row of a batch, the points of all rows up to it."""
        weight, totals = np.cumsum(self.weight), np.cumsum(self.totals, axis=0)
        before = np.concatenate([np.zeros(1), weight[:-1]])
        steps = _means(self.totals, self.weight)
        steps[1:] -= _means(totals, weight)[:-1]
        with np.errstate(divide="ignore"):
            harmonic = 1 / (1 / self.weight + 1 / before)
        products = np.cumsum(self.products + _outer(harmonic, steps), axis=0)
        return self._with({"weight": weight, "totals": totals, "products": products})


def _means(totals: FloatArray, weight: Floats) -> FloatArray:
    """The means; 0 where nothing has weight."""
    each = np.asarray(weight)[..., None]
    return np.asarray(totals / np.where(each > 0, each, 1))


def _outer(weight: Floats, d: FloatArray) -> FloatArray:
    """The products w d d' of each row."""
    return np.asarray((np.asarray(weight)[..., None] * d)[..., :, None] * d[..., None, :])


def _squares(products: FloatArray) -> FloatArray:
    """The diagonals."""
    return np.diagonal(products, axis1=-2, axis2=-1)


def _finite(numbers: npt.ArrayLike, name: str) -> FloatArray:
    try:
        found = np.array(numbers, np.float64)
    except (TypeError, ValueError, OverflowError):
        fail(MismatchError, f"`{name}` must be numbers in rows of equal length.")
    if not np.isfinite(found).all():
        fail(MismatchError, f"`{name}` must be finite, not {found[~np.isfinite(found)][0]:g}.")
    return found
