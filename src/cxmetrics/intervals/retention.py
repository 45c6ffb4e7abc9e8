"""What life tables say in one number: retention at a tenure, mean and median tenure."""

from abc import abstractmethod
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

import numpy as np

from cxmetrics._frozen import SHARED
from cxmetrics._typing import FloatArray, IndexArray, Ints
from cxmetrics.intervals.basis import Basis, spec_of_size
from cxmetrics.intervals.method import Pivot, around
from cxmetrics.likelihood.product_limit import Kept, ProductLimit
from cxmetrics.summaries.life_table import LifeTable
from cxmetrics.summaries.tenure_sums import CENSORED, CHURNED


def product_limit(table: LifeTable) -> ProductLimit:
    """The curve of a life table."""
    return ProductLimit.of(table.at_risk_weight, table.churned_weight, table.at_risk_effective)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TenureBasis(Basis):
    """A number read off the curve of a life table.

    Args:
        table: The customers.
    """

    table: LifeTable
    noun: ClassVar[str] = "customer"
    things: ClassVar[str] = "customers"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch."""
        return self.table.shape

    @property
    def n(self) -> Ints:
        """Number of customers."""
        return self.table.n

    @property
    def n_effective(self) -> FloatArray:
        """As many customers without weights say as much: (Σω)² / Σω²."""
        design = self.table.design
        if design is None:
            return np.asarray(self.n, np.float64)
        leaving = [CHURNED, CENSORED]
        weights = design.weights[..., leaving, :].sum(axis=(-2, -1))
        squares = design.squares[..., leaving, :].sum(axis=(-2, -1))
        return np.where(squares > 0, weights**2 / np.where(squares > 0, squares, 1), 0.0)

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without customers."""
        return replace(self, table=self.table.take(rows))

    def others(self) -> Self:
        """For each row of a batch, the customers of all the other rows."""
        return replace(self, table=self.table.others())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptBasis(TenureBasis):
    """A share of what there would be if no customer ever left.

    Args:
        table: The customers.
        kept: The share, 0...1, and how well it is known.
    """

    kept: Kept = field(init=False, repr=False)
    methods: ClassVar[tuple[str, ...]] = ("log-log", "score", "normal")

    def __post_init__(self) -> None:
        object.__setattr__(self, "kept", self._read())
        Basis.__post_init__(self)

    @abstractmethod
    def _read(self) -> Kept:
        """The share, from the table."""

    @property
    def value(self) -> FloatArray:
        """The share, in the unit of the estimate."""
        return np.asarray(self.bounds[1] * self.kept.value)

    @property
    def std_error(self) -> FloatArray:
        """Greenwood's (1926)."""
        with np.errstate(invalid="ignore"):
            error = self.value * np.sqrt(self.kept.log_variance)
        return np.where(self.value == 0, 0.0, error)

    def method(self, name: str) -> Pivot:
        """The interval and the tests by one method."""
        if name == "normal":
            return Pivot(self._rows(), *around(self.value, self.std_error))
        kept, most = Kept(*map(np.ravel, self.kept)), self.bounds[1]
        of_z, of_null = kept.log_log_limits, kept.log_log_statistic
        if name == "score":
            of_z, of_null = kept.wilson_limits, kept.wilson_statistic

        def limits(z: FloatArray) -> tuple[FloatArray, FloatArray]:
            low, high = of_z(z)
            return most * low, most * high

        return Pivot(self._rows(), limits, lambda null: of_null(null / most), np.ravel(self.df))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RetentionAt(KeptBasis):
    """Percentage of the customers who are there after a tenure.

    Args:
        table: The customers.
        tenure: The tenure.
    """

    tenure: float = field(metadata=SHARED)

    def _read(self) -> Kept:
        return kept_at(self.table, self.tenure)

    @property
    def bounds(self) -> tuple[float, float]:
        """A percentage."""
        return 0.0, 100.0

    @property
    def n_effective(self) -> FloatArray:
        """As many customers, all seen to the tenure, say as much; 0 where nobody was seen."""
        return np.where(np.isnan(self.value), 0.0, self.kept.as_many)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeanTenure(KeptBasis):
    """Mean tenure of the customers within a horizon: the area under their curve.

    Args:
        table: The customers.
        horizon: The tenure up to which it is counted.
    """

    horizon: float = field(metadata=SHARED)

    def _read(self) -> Kept:
        last = kept_at(self.table, self.horizon)
        tenures = self.table.tenures.astype(np.float64)
        area, variance = product_limit(self.table).area(tenures, self.horizon)
        mean = np.where(np.isnan(last.value), np.nan, area)
        with np.errstate(invalid="ignore", divide="ignore"):
            return Kept(mean / self.horizon, variance / mean**2, last.informed)

    @property
    def df(self) -> FloatArray:
        """Customers less 1, as for any mean; infinite where Wilson's variance takes over."""
        return np.where(self.kept.varies, self.n_effective - 1, np.inf)

    @property
    def bounds(self) -> tuple[float, float]:
        """From nothing to the horizon."""
        return 0.0, self.horizon


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TenureQuantile(TenureBasis):
    """The tenure after which at most a share of the customers is there.

    Args:
        table: The customers.
        left: The share, 0...1.
    """

    left: float = field(metadata=SHARED)
    methods: ClassVar[tuple[str, ...]] = ("log-log",)

    @property
    def bounds(self) -> tuple[float, float]:
        """Tenures have no upper end."""
        return 0.0, np.inf

    @property
    def value(self) -> FloatArray:
        """The tenure; infinite where more customers were there to the end, NaN without any."""
        curve = product_limit(self.table)
        reached = self._first(curve.kept(curve.ahead).value)
        return np.where(np.asarray(self.n) > 0, reached, np.nan)

    @property
    def std_error(self) -> FloatArray:
        """None: a step has no slope."""
        return np.full(self.shape, np.nan)

    @property
    def spec(self) -> str:
        """One decimal where tenures are whole numbers."""
        whole = self.table.tenures.dtype.kind == "i"
        return "z,.1f" if whole else spec_of_size(np.ravel(self.value))

    def method(self, name: str) -> Pivot:
        """Brookmeyer and Crowley (1982): where the limits of the curve reach the share."""
        del name
        curve = product_limit(self.table)
        flat = -1, curve.survival.shape[-1]
        kept = Kept(*(part.reshape(flat) for part in curve.kept(curve.ahead)))
        # Once nobody is seen any more, the curve may have fallen.
        seen = (curve.ahead.reshape(flat) > 0) | (kept.value == 0)

        def limits(z: FloatArray) -> tuple[FloatArray, FloatArray]:
            low, high = kept.log_log_limits(z[:, None])
            return self._first(np.where(seen, low, 0)), self._first(high)

        def statistic(null: FloatArray) -> FloatArray:
            # What a limit has reached once, it has reached.
            each = kept.log_log_statistic(np.asarray(self.left))
            lowest = np.minimum.accumulate(np.where(seen, each, np.minimum(each, 0)), axis=1)
            at = np.searchsorted(self.table.tenures, null, side="right")
            return np.take_along_axis(lowest, at[:, None], axis=1)[:, 0]

        return Pivot(replace(self._rows(), is_stepped=True), limits, statistic)

    def _first(self, curve: FloatArray) -> FloatArray:
        """The first tenure from which on a curve is not above the share; infinite without any."""
        reached, tenures = curve <= self.left, np.append(0.0, self.table.tenures)
        return np.where(reached.any(axis=-1), tenures[np.argmax(reached, axis=-1)], np.inf)


def kept_at(table: LifeTable, tenure: float) -> Kept:
    """The share of customers who are there after a tenure; NaN where none was seen as long."""
    curve = product_limit(table)
    at, ahead = (int(np.searchsorted(table.tenures, tenure, side)) for side in ("right", "left"))
    seen = curve.ahead[..., ahead]
    kept = Kept(*(part[..., at] for part in curve.kept(curve.ahead)))
    # Beyond the last customer nothing is known, unless all had left.
    value = np.where((seen > 0) | (kept.value == 0), kept.value, np.nan)
    return Kept(value, kept.log_variance, np.where(value == 0, kept.informed, seen))
