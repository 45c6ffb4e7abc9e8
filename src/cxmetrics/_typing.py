"""Shared type aliases."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
IndexArray: TypeAlias = npt.NDArray[np.intp]
AnyArray: TypeAlias = npt.NDArray[Any]

Floats: TypeAlias = float | Any
"""One number; of a batch, an array, with which whoever asked for a batch reckons."""

Ints: TypeAlias = int | Any
"""One whole number; of a batch, an array."""

Responses: TypeAlias = npt.ArrayLike | Sequence[object]
"""One answer per respondent: a list, an array, a pandas, Polars or Arrow series."""

Labels: TypeAlias = Responses | Mapping[str, Responses]
"""One label per respondent, or several columns of labels by name."""

Alternative: TypeAlias = Literal["two-sided", "less", "greater"]
IntervalMethod: TypeAlias = Literal[
    "score",
    "likelihood",
    "adjusted-wald",
    "rocks",
    "wald",
    "t",
    "conservative",
    "bayes",
    "bootstrap",
]
PvalueAdjustment: TypeAlias = Literal["bonferroni", "holm", "hochberg", "bh", "by"]
DifferenceMethod: TypeAlias = Literal["score", "mover", "welch", "permutation"]
PairedMethod: TypeAlias = Literal["score", "adjusted", "t", "sign-flip"]
Period: TypeAlias = Literal["day", "week", "month", "quarter", "year"]
EffortDefinition: TypeAlias = Literal["mean", "top-box", "net"]
