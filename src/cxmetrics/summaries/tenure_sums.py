"""Sums per tenure: what they are on, what they add up to, and those of weights."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cxmetrics._checks import fail
from cxmetrics._typing import AnyArray, FloatArray, IndexArray
from cxmetrics.errors import MismatchError, ScaleError
from cxmetrics.summaries.counts import MOST
from cxmetrics.summaries.design import _amounts
from cxmetrics.summaries.summary import Additive

CHURNED, CENSORED, ENTERED = KINDS = range(3)
"""What happens to customers at a tenure: they leave, are last seen, or come late."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeightedTenures(Additive):
    """Sums of sampling weights per tenure, in three rows: churned, censored, entered.

    Args:
        weights: Sum of the weights.
        squares: Sum of their squares.
    """

    weights: FloatArray
    squares: FloatArray

    def __post_init__(self) -> None:
        for name in ("weights", "squares"):
            object.__setattr__(self, name, _amounts(getattr(self, name), name))
        shape = self.weights.shape
        if shape != self.squares.shape or shape[-2:-1] != (len(KINDS),):
            came = f"shapes {shape} and {self.squares.shape}"
            message = "`weights` and `squares` must have three rows, one sum per tenure"
            fail(MismatchError, f"{message}, not {came}.")
        Additive.__post_init__(self)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch."""
        return self.weights.shape[:-2]

    @property
    def size(self) -> int:
        """Number of tenures."""
        size: int = self.weights.shape[-1]
        return size


def checked_tenures(tenures: npt.ArrayLike) -> AnyArray:
    """Numbers that ascend from 0 or more: whole ones, or floats."""
    try:
        array = np.array(tenures)
    except ValueError:  # rows of unequal length
        array = np.array(None)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iuf"):
        fail(ScaleError, "`tenures` must be one row of numbers.")
    if not array.size:
        return np.zeros(0, np.int64)  # nothing is of no kind
    good = (array >= 0) & (array <= MOST) & np.append(True, array[1:] > array[:-1])
    if not good.all():
        culprit = array[~good][0].item()
        message = "`tenures` must ascend, each a number from 0 to 2**53"
        fail(ScaleError, f"{message}, not {culprit!r}.")
    return array.astype(np.float64 if array.dtype.kind == "f" else np.int64)


def from_here_on(sums: AnyArray) -> AnyArray:
    """The sum over each tenure and all later ones."""
    return np.cumsum(sums[..., ::-1], axis=-1)[..., ::-1]


def spread(content: Any, at: IndexArray, size: int) -> Any:
    """Sums at their places among more tenures."""
    if isinstance(content, Additive):
        return content._with({name: spread(part, at, size) for name, part in content._sums()})
    wide = np.zeros((*content.shape[:-1], size), content.dtype)
    wide[..., at] = content
    return wide
