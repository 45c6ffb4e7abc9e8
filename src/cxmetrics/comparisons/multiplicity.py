"""p-values of several tests at once, adjusted so that few of them are wrong."""

from collections.abc import Callable
from typing import get_args

import numpy as np
import numpy.typing as npt

from cxmetrics._checks import check_option, fail
from cxmetrics._typing import FloatArray, PvalueAdjustment
from cxmetrics.errors import ArgumentError


def adjust_pvalues(pvalues: npt.ArrayLike, method: PvalueAdjustment) -> FloatArray:
    """Adjust the p-values of a family of tests.

    An adjusted p-value is compared with the level of the whole family: 0.05, however many
    tests there are.

    Args:
        pvalues: p-values of any shape, all of one family. NaN stays NaN and does not count.
        method: `"bonferroni"`, `"holm"` and `"hochberg"` keep the chance of *any* false
            alarm at the level: Bonferroni and Holm always, Hochberg for independent or
            positively dependent tests. `"bh"` (Benjamini and Hochberg, for such tests) and
            `"by"` (Benjamini and Yekutieli, always) keep the expected *share* of false
            alarms among the alarms at the level.

    Returns:
        The adjusted p-values, shaped like those given.

    Raises:
        ArgumentError: If a p-value is not between 0 and 1, or the method is unknown.

    References:
        Holm, S. (1979). A simple sequentially rejective multiple test procedure.
        Scandinavian Journal of Statistics 6, 65-70.

        Hochberg, Y. (1988). A sharper Bonferroni procedure for multiple tests of
        significance. Biometrika 75, 800-802.

        Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate.
        Journal of the Royal Statistical Society B 57, 289-300.

        Benjamini, Y. and Yekutieli, D. (2001). The control of the false discovery rate in
        multiple testing under dependency. Annals of Statistics 29, 1165-1188.

    Examples:
        >>> adjust_pvalues([0.01, 0.02, 0.03], "holm").tolist()
        [0.03, 0.04, 0.04]
    """
    check_option(method, "method", get_args(PvalueAdjustment))
    p = np.asarray(pvalues, np.float64)
    outside = (p < 0) | (p > 1)
    if outside.any():
        culprit = p[outside][0].item()
        fail(ArgumentError, f"Each p-value must be between 0 and 1, not {culprit!r}.")
    adjusted = np.full(p.shape, np.nan)
    known = ~np.isnan(p)
    adjusted[known] = np.minimum(1, _METHODS[method](p[known]))
    return adjusted


def _bonferroni(p: FloatArray) -> FloatArray:
    return len(p) * p


def _step_down(p: FloatArray) -> FloatArray:
    """Holm: from the smallest on, never below what came before."""
    order = np.argsort(p)
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return _back(steps, order)


def _step_up(p: FloatArray, factors: FloatArray) -> FloatArray:
    """From the largest on, never above what came before."""
    order = np.argsort(p)[::-1]
    return _back(np.minimum.accumulate(p[order] * factors), order)


def _hochberg(p: FloatArray) -> FloatArray:
    return _step_up(p, np.arange(1.0, len(p) + 1))


def _benjamini_hochberg(p: FloatArray) -> FloatArray:
    return _step_up(p, len(p) / np.arange(len(p), 0, -1))


def _benjamini_yekutieli(p: FloatArray) -> FloatArray:
    return _benjamini_hochberg(p) * np.sum(1 / np.arange(1, len(p) + 1))


def _back(sorted_values: FloatArray, order: npt.NDArray[np.intp]) -> FloatArray:
    """Sorted values in the order in which they were given."""
    values = np.empty_like(sorted_values)
    values[order] = sorted_values
    return values


_METHODS: dict[PvalueAdjustment, Callable[[FloatArray], FloatArray]] = {
    "bonferroni": _bonferroni,
    "holm": _step_down,
    "hochberg": _hochberg,
    "bh": _benjamini_hochberg,
    "by": _benjamini_yekutieli,
}
