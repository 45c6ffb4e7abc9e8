"""A law of retention fitted to a life table, which tells what comes after the data."""

from dataclasses import dataclass, field
from typing import Any, Literal, Self, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
import scipy

from cxmetrics._checks import (
    check_confidence_level,
    check_option,
    check_type,
    check_whole,
    fail,
)
from cxmetrics._frozen import SHARED, Frozen, settled
from cxmetrics._table import Table, Tabular
from cxmetrics._typing import FloatArray, Floats, IndexArray, Ints
from cxmetrics.errors import ArgumentError, MismatchError, TooFewResponsesError
from cxmetrics.estimate import level_text, plain
from cxmetrics.intervals.fitted import (
    FittedRetention,
    FittedValue,
    Forecast,
    ModelledValue,
    Periods,
    fit,
)
from cxmetrics.intervals.method import Interval
from cxmetrics.intervals.payments import Payments
from cxmetrics.intervals.retention import product_limit
from cxmetrics.likelihood import BetaGeometric, beta_geometric_limits
from cxmetrics.likelihood.beta_geometric import log_likelihood
from cxmetrics.metrics.by_group import by_group
from cxmetrics.metrics.projection import Projection
from cxmetrics.metrics.terms import checked_discount
from cxmetrics.summaries.life_table import LifeTable

Parameter: TypeAlias = Literal["alpha", "beta", "churn", "spread"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RetentionModel(Tabular, Frozen):
    """The shifted beta-geometric law of retention, fitted to a life table.

    Every customer leaves at the end of a period with a probability of their own, and these
    probabilities follow a beta law. Whoever is likely to leave has left soon: so retention
    rises with tenure, although no customer changes.

    Args:
        table: The customers.
        law: The most likely law; NaN for a row of a batch in which nobody left.
        log_likelihood: Its log-likelihood.
        confidence_level: Confidence level of the intervals, as a proportion.
    """

    table: LifeTable = field(repr=False)
    law: BetaGeometric
    log_likelihood: Floats
    confidence_level: float = field(metadata=SHARED)

    @classmethod
    def of(cls, table: LifeTable, confidence_level: float) -> Self:
        """The model of a life table that was checked."""
        law = fit(table)
        rows = zip(*map(np.ravel, law), Periods.of(table).rows(), strict=True)
        heights = [log_likelihood(BetaGeometric(*one), *row) for *one, row in rows]
        return cls(
            table=table,
            law=law,
            log_likelihood=np.array(heights).reshape(table.shape),
            confidence_level=confidence_level,
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch; () for a single model."""
        return self.table.shape

    @property
    def n(self) -> Ints:
        """Number of customers."""
        return self.table.n

    @property
    def periods(self) -> Ints:
        """Number of periods in which customers were seen: the data end there."""
        return settled(Periods.of(self.table).seen)

    @property
    def alpha(self) -> Floats:
        """First parameter of the beta law; infinite where customers do not differ."""
        return settled(np.asarray(self.law.alpha))

    @property
    def beta(self) -> Floats:
        """Second parameter of the beta law; infinite where customers do not differ."""
        return settled(np.asarray(self.law.beta))

    @property
    def churn(self) -> Floats:
        """Share of the customers who leave in the first period, α / (α + β), 0...1."""
        return self.law.churn

    @property
    def spread(self) -> Floats:
        """How much customers differ, 1 / (α + β): from 0, not at all, to infinity."""
        return self.law.spread

    def survival(self, periods: npt.ArrayLike) -> FloatArray:
        """Share of the customers who stay for so many periods, 0...1, by the law.

        Args:
            periods: A number of periods, or several; for several, those are the last axis.
        """
        each = [check_period(period, "periods", 0) for period in np.ravel(periods).tolist()]
        curve = np.stack([np.asarray(self.law.survival(period)) for period in each], axis=-1)
        return curve if np.ndim(periods) else np.asarray(curve[..., 0])

    def forecast(
        self, periods: int, *, label: str = "", confidence_level: float | None = None
    ) -> Projection:
        """Percentage of the customers who stay for so many periods.

        Args:
            periods: The number of periods, within the data or beyond.
            label: Name of the metric; by default "Retention after 12" and the like.
            confidence_level: Confidence level; that of the model by default.

        Examples:
            >>> print(fit_retention(LifeTable.from_survivors([1000, 869, 743, 653])).forecast(7))
            Retention after 7 39.1% [33.2, 46.9] (95% profile, n=1,000, beyond the data)
        """
        periods = check_period(periods, "periods")
        basis = Forecast(table=self.table, law=self.law, periods=periods)
        return self._projection(basis, label or f"Retention after {periods}", "%", confidence_level)

    def retention_rate(
        self, period: int, *, label: str = "", confidence_level: float | None = None
    ) -> Projection:
        """Percentage of the customers in a period who stay to its end: it rises by the period.

        Args:
            period: The period, from 1, within the data or beyond.
            label: Name of the metric; by default "Retention in period 12" and the like.
            confidence_level: Confidence level; that of the model by default.
        """
        period = check_period(period, "period")
        basis = FittedRetention(table=self.table, law=self.law, periods=period)
        name = label or f"Retention in period {period}"
        return self._projection(basis, name, "%", confidence_level)

    def expected_lifetime(
        self, discount: float = 0.0, *, label: str = "", confidence_level: float | None = None
    ) -> Projection:
        """Expected number of periods that a new customer enters, discounted to the first.

        Args:
            discount: Discount per period. Without any, the number is infinite for α ≤ 1.
            label: Name of the metric; by default "Expected lifetime".
            confidence_level: Confidence level; that of the model by default.

        Returns:
            The number of periods; times the margin of a period it is the lifetime value.
        """
        payments = Payments(1.0, checked_discount(discount, is_endless=True), 0)
        basis = ModelledValue(table=self.table, law=self.law, payments=payments)
        return self._projection(basis, label or "Expected lifetime", "periods", confidence_level)

    def residual_lifetime(
        self,
        period: int,
        discount: float = 0.0,
        *,
        label: str = "",
        confidence_level: float | None = None,
    ) -> Projection:
        """Expected number of renewals to come of a customer in a period, discounted to its end.

        The first of them is the one due at the end of this period: a customer in period 3
        has renewed twice.

        Args:
            period: The period, from 1.
            discount: Discount per period. Without any, the number is infinite for α ≤ 1.
            label: Name of the metric; by default "Residual lifetime in period 3" and the like.
            confidence_level: Confidence level; that of the model by default.

        References:
            Fader, P. S. and Hardie, B. G. S. (2010). Customer-base valuation in a contractual
            setting: the perils of ignoring heterogeneity. Marketing Science 29, 85-93.
        """
        period = check_period(period, "period")
        discount = checked_discount(discount, is_endless=True)
        # As payments are discounted to the start of the period, not to its end.
        payments = Payments(1 + discount, discount, 1)
        basis = ModelledValue(table=self.table, law=self.law, payments=payments, stayed=period - 1)
        name = label or f"Residual lifetime in period {period}"
        return self._projection(basis, name, "periods", confidence_level)

    def confidence_interval(
        self, parameter: Parameter, confidence_level: float | None = None
    ) -> Interval:
        """The interval of a parameter, by the profile likelihood.

        Args:
            parameter: "alpha", "beta", "churn" or "spread".
            confidence_level: Confidence level; that of the model by default.

        Examples:
            >>> model = fit_retention(LifeTable.from_survivors([1000, 631, 468, 382, 326]))
            >>> low, high = model.confidence_interval("alpha")
            >>> round(low, 2), round(high, 2)
            (0.6, 1.0)
        """
        check_option(parameter, "parameter", get_args(Parameter))
        level = self.confidence_level if confidence_level is None else confidence_level
        critical = -scipy.special.ndtri((1 - check_confidence_level(level)) / 2)

        def value(law: BetaGeometric) -> Floats:
            return getattr(law, parameter)

        limits = [
            beta_geometric_limits(value, *row, critical) if row[1].any() else (np.nan, np.nan)
            for row in Periods.of(self.table).rows()
        ]
        low, high = np.reshape(limits, (-1, 2)).T.reshape(2, *self.shape)
        return Interval(settled(low), settled(high))

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without customers."""
        churn, spread, height = (
            np.append(number, np.nan)[rows] for number in (*self.law, self.log_likelihood)
        )
        return type(self)(
            table=self.table.take(rows),
            law=BetaGeometric(churn, spread),
            log_likelihood=height,
            confidence_level=self.confidence_level,
        )

    def summary(self) -> str:
        """What the law says, in words; of a batch, a line per row."""
        if self.shape:
            return "\n".join(row.summary() for row in self)
        if np.isnan(self.churn):
            return "No customer left, so that there is no law."
        if self.churn == 1:
            return "All customers leave in the first period."
        if not self.spread:
            alone = "One period cannot tell whether customers differ"
            alike = "There is no sign that customers differ"
            what = alone if self.periods == 1 else alike
            return f"{what}: in every period {100 * self.churn:.1f}% leave."
        first, last = (f"{100 * self.law.retention(t):.1f}%" for t in (1, self.periods))
        rises = f"Retention rises from {first} in period 1 to {last} in period {self.periods}"
        if np.isinf(self.spread):
            return f"{rises}: who stays for one period stays for good, as far as was seen."
        return f"{rises}: customers differ, and who is likely to leave has left soon."

    def to_dict(self) -> dict[str, Any]:
        """One flat row with stable keys; of a batch, a list per column."""
        return {
            "n": plain(self.n),
            "periods": plain(self.periods),
            "alpha": plain(self.alpha),
            "beta": plain(self.beta),
            "churn": plain(self.churn),
            "spread": plain(self.spread),
            "log_likelihood": plain(self.log_likelihood),
        }

    def _projection(
        self, basis: FittedValue, metric: str, unit: str, confidence_level: float | None
    ) -> Projection:
        level = self.confidence_level if confidence_level is None else confidence_level
        return Projection.of(
            basis, metric=metric, unit=unit, confidence_level=level, method="profile"
        )

    def _table(self) -> Table:
        """A row per period; of a batch, a row per model."""
        if self.shape:
            return Table.of(self.to_dict(), np.size(self.n))
        at_risk, churned = (side.astype(np.int64) for side in Periods.of(self.table))
        period, curve = np.arange(1, self.periods + 1), product_limit(self.table)
        observed = np.where(curve.known, curve.survival, np.nan)
        columns = {
            "tenure": period,
            "at_risk": at_risk[: self.periods],
            "churned": churned[: self.periods],
            "observed": observed[np.searchsorted(self.table.tenures, period, "right")],
            "fitted": self.survival(period),
        }
        return Table.of(columns, self.periods)

    def _display(self, *, detailed: bool) -> Table:
        del detailed
        table = self._table()
        columns = {name.replace("_", " "): column for name, column in table.columns.items()}
        counts = {"n", "periods", "tenure", "at risk", "churned"}
        formats = {name: "," if name in counts else ",.4g" for name in columns}
        formats["log likelihood"] = ",.1f"
        if self.shape:
            return Table(columns, "Beta-geometric retention models", formats)
        alpha, beta = (
            f"{name} {getattr(self, name):.3g} [{low:.3g}, {high:.3g}]"
            for name in ("alpha", "beta")
            for low, high in [self.confidence_interval(name)]
        )
        law = f"beta-geometric law, {alpha}, {beta} ({level_text(self.confidence_level)} profile)"
        caption = f"Retention of {self.n:,} customers, {law}\n{self.summary()}"
        return Table(columns, caption, formats)


@by_group
def fit_retention(table: LifeTable, *, confidence_level: float = 0.95) -> RetentionModel:
    """Fit the shifted beta-geometric law of retention, by which a curve can be carried on.

    Two parameters, fitted by maximum likelihood to the number of customers who left in each
    period. The intervals of all that follows are those of the profile likelihood: they hold
    as far as the law does, which the data can show within their periods only.

    Args:
        table: The customers, on whole tenures from 1, or grouped life tables. Percentages
            are not enough: without numbers of customers there is no interval.
        confidence_level: Confidence level of the intervals.

    Returns:
        The model. Its summary tells where it is one of the limits of the law: customers who
        do not differ (spread 0, α and β infinite), which is also what one period is taken
        for; or customers of whom some leave at once and the others never (spread infinite).
        Of grouped tables, NaN for a group that nobody left.

    Raises:
        TooFewResponsesError: If there is no customer.
        MismatchError: If the customers have weights.
        ArgumentError: If tenures are not whole numbers, somebody left at tenure 0, or nobody
            left, so that the likelihood has no maximum.

    References:
        Fader, P. S. and Hardie, B. G. S. (2007). How to project customer retention. Journal
        of Interactive Marketing 21, 76-90.

    Examples:
        >>> cohort = LifeTable.from_survivors([1000, 869, 743, 653, 593, 551, 517, 491])
        >>> print(fit_retention(cohort).forecast(12))
        Retention after 12 37.8% [34.0, 41.6] (95% profile, n=1,000, beyond the data)
    """
    check_type(table, "table", LifeTable)
    check_tenures(table)
    if table.design is not None:
        fail(MismatchError, "`table` must be a life table without weights.")
    uneven = table.tenures[table.tenures % 1 != 0].tolist()
    if uneven:
        message = f"`table` must have whole tenures, numbers of periods, not {uneven[0]:g}."
        fail(ArgumentError, message, "did you mean np.ceil(tenure), before it is counted?")
    if not table.shape and not table.churned.any():
        message = "`table` must have customers who left, or the likelihood has no maximum."
        fail(ArgumentError, message, "did you mean retention_at(table, tenure)?")
    return RetentionModel.of(table, check_confidence_level(confidence_level))


def check_tenures(table: LifeTable) -> None:
    """There must be customers, outside of a batch, and nobody may have left at tenure 0."""
    if not table.shape and not table.n:
        fail(TooFewResponsesError, "`table` must have at least one customer, not 0.")
    at_once = int(table.churned[..., table.tenures == 0].sum())
    if at_once:
        message = f"`table` must have tenures from 1, but {at_once:,} customers left at tenure 0."
        fail(ArgumentError, message, "did you mean tenure + 1, the period in which they left?")


def check_period(value: Any, name: str, least: int = 1) -> int:
    """A number of periods is a whole one."""
    number = check_whole(value, name)
    if number < least:
        fail(ArgumentError, f"`{name}` must be at least {least}, not {number:,}.")
    return number
