"""How many answers it takes to find a change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import ceil
from typing import Any, NoReturn

import numpy as np

from cxmetrics._checks import fail
from cxmetrics._frozen import SHARED, Frozen, settled
from cxmetrics._table import Table, Tabular
from cxmetrics._typing import Alternative, FloatArray, Floats, Ints
from cxmetrics.errors import ArgumentError
from cxmetrics.estimate import Estimate, level_text, plain, with_unit
from cxmetrics.planning.curves import Curves, PowerOf
from cxmetrics.planning.detection import aimed, check_direction, curves_of
from cxmetrics.planning.distributions import names_of
from cxmetrics.planning.setting import (
    Comparison,
    Setting,
    check_power,
    check_response_rate,
    is_several,
    several,
    snapped,
)

SCREEN = {"independent": 0.2, "paired": 0.2, "benchmark": 0.5}
"""How far the normal approximation may lie below the goal for outcomes to be enumerated:
where it lies farther below, the exact power is below the goal too."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SampleSize(Tabular, Frozen):
    """Answers that it takes to find a change, and what they find.

    Every field is a number, or an array with one entry per row of a batch.

    Args:
        change: Change of the metric, in its unit.
        goal: Power that was asked for.
        power: Power that is reached.
        n_after: Answers in the survey after the change.
        n_before: Answers in the survey before; 0 against a benchmark.
        invitations: Customers to invite, in all.
        after: Share of the answers with each score after the change, in percent.
        before: The same in the baseline.
        is_exact: Whether all outcomes were enumerated, or the score taken to be normal.
        names: Names of the groups of answers with one score, the lowest first.
        baseline: The estimate that the plan starts from.
        setting: How the surveys are taken and compared.
        response_rate: Share of the invited who answer, 0...1.
    """

    change: Floats
    goal: Floats
    power: Floats
    n_after: Ints
    n_before: Ints
    invitations: Ints
    after: FloatArray
    before: FloatArray = field(metadata=SHARED)
    is_exact: Any
    names: tuple[str, ...] = field(metadata=SHARED)
    baseline: Estimate = field(repr=False, metadata=SHARED)
    setting: Setting = field(metadata=SHARED)
    response_rate: float = field(metadata=SHARED)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch; () for a single plan."""
        return np.shape(self.change)

    @property
    def method(self) -> Any:
        """How the power was found: "exact" or "normal"."""
        return settled(np.where(self.is_exact, "exact", "normal"))

    @property
    def n_total(self) -> Ints:
        """Answers in both surveys together."""
        return self.n_after + self.n_before

    @property
    def target(self) -> Floats:
        """The score after the change."""
        return self.baseline.value + self.change

    def summary(self) -> str:
        """The plan in one sentence; of a batch, a sentence per line.

        Examples:
            >>> from cxmetrics import ZERO_TO_TEN, Counts, nps
            >>> usual = nps(Counts.from_mapping(ZERO_TO_TEN, {3: 20, 8: 30, 10: 50}))
            >>> print(sample_size(usual, change=-20, comparison="benchmark").summary())
            126 answers find a fall of NPS by 20.0 points, from 30.0 to 10.0 (power 0.801).
        """
        if self.shape:
            return "\n".join(row.summary() for row in self)
        spec, percent = self._spec, "%" if self.baseline.unit == "%" else ""
        which = "rise" if self.change > 0 else "fall"
        by = with_unit(format(abs(self.change), spec), self._unit)
        way = f"from {self.baseline.value:{spec}}{percent} to {self.target:{spec}}{percent}"
        found = f"a {which} of {self.baseline.metric} by {by}, {way}"
        invited = ""
        if self.response_rate < 1:
            rate = level_text(self.response_rate)
            invited = f" Invite {self.invitations:,} customers, at a response rate of {rate}."
        return f"{self._answers} find {found} (power {self.power:.3f}).{invited}"

    def to_dict(self) -> dict[str, Any]:
        """One flat row with stable keys; of a batch, a list per column."""
        setting = self.setting
        return {
            "metric": self.baseline.metric,
            "unit": self._unit,
            "baseline": self.baseline.value,
            "change": plain(self.change),
            "target": plain(self.target),
            "goal": plain(self.goal),
            "power": plain(self.power),
            "n_after": plain(self.n_after),
            "n_before": plain(self.n_before),
            "invitations": plain(self.invitations),
            "comparison": setting.comparison,
            "ratio": setting.ratio,
            "correlation": setting.correlation,
            "alternative": setting.alternative,
            "confidence_level": setting.confidence_level,
            "population": setting.population,
            "design_effect": setting.design_effect,
            "response_rate": self.response_rate,
            "method": plain(self.method),
        }

    def __str__(self) -> str:
        if self.shape:
            return Tabular.__str__(self)
        change = with_unit(format(self.change, f"+{self._spec}"), self._unit)
        way = f"{self.baseline.value:{self._spec}} to {self.target:{self._spec}}"
        sizes = " and ".join(f"{n:,}" for n in (self.n_after, self.n_before) if n)
        level = level_text(self.setting.confidence_level)
        return (
            f"{self.baseline.metric} {change}, {way}: n={sizes} "
            f"(power {self.power:.3f}, {level} score test, {self.method})"
        )

    @property
    def _answers(self) -> str:
        return {
            "independent": f"{self.n_before:,} answers before and {self.n_after:,} after",
            "paired": f"{self.n_after:,} customers who answer both times",
            "benchmark": f"{self.n_after:,} answers",
        }[self.setting.comparison]

    @property
    def _spec(self) -> str:
        return self.baseline.basis.spec

    @property
    def _unit(self) -> str:
        return "percentage points" if self.baseline.unit == "%" else self.baseline.unit

    def _table(self) -> Table:
        after = np.reshape(self.after, (-1, len(self.names)))
        before = {
            f"before_{name}": share
            for name, share in zip(self.names, self.before.tolist(), strict=True)
        }
        shares = {f"after_{name}": after[:, k] for k, name in enumerate(self.names)}
        return Table.of(self.to_dict() | before | shares, np.size(self.change))

    def _display(self, *, detailed: bool) -> Table:
        scores = {"change": self.change, "target": self.target}
        sizes = {"n after": self.n_after, "n before": self.n_before}
        if self.setting.comparison == "benchmark":
            del sizes["n before"]
        if self.response_rate != 1:
            sizes["invitations"] = self.invitations
        formats = dict.fromkeys(scores, self._spec) | dict.fromkeys(sizes, ",")
        columns = {**scores, "power": self.power, **sizes}
        if detailed:
            after = np.reshape(self.after, (-1, len(self.names)))
            shares = {f"{name} %": after[:, k] for k, name in enumerate(self.names)}
            columns, formats = columns | shares, formats | dict.fromkeys(shares, ".1f")
        columns = {name: np.ravel(column) for name, column in columns.items()}
        level = level_text(self.setting.confidence_level)
        caption = (
            f"Answers to find a change of {self.baseline.metric} from "
            f"{with_unit(format(self.baseline.value, self._spec), self.baseline.unit)}, "
            f"{level} score test"
        )
        formats |= {"power": ".3f"}
        return Table.of(columns, np.size(self.change), caption=caption, formats=formats)


def sample_size(
    baseline: Estimate,
    *,
    change: float | Sequence[float] | FloatArray | None = None,
    target: Any = None,
    power: float | Sequence[float] | FloatArray = 0.8,
    comparison: Comparison = "independent",
    ratio: float = 1.0,
    correlation: float | None = None,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
    population: int | None = None,
    design_effect: float = 1.0,
    response_rate: float = 1.0,
) -> SampleSize:
    """Smallest number of answers with which the score test finds a change, by the power wanted.

    How hard a change is to find depends on who moves, not on the score alone. Of a
    `change` the most likely distribution with the new score is taken, and the result
    shows it; a `target` states it.

    Args:
        baseline: Estimate whose answers say how customers answered before.
        change: Change of the metric, in its unit; several make a table.
        target: Instead of the change, the answers that are expected, as an Estimate of
            the same metric or Counts on its scale; how many they are does not matter.
        power: Probability to find the change, if it is there; several make a table.
        comparison: `"independent"` samples before and after; `"paired"`, the same
            customers twice; or `"benchmark"`, one survey against the score of the
            baseline, which is taken to be known.
        ratio: Answers before for each answer after.
        correlation: Correlation of the two scores of one customer, for `"paired"`.
        alternative: "two-sided", or the one that fits the change.
        confidence_level: 1 less the level of the test.
        population: Number of customers among whom each sample is drawn, if they are few.
        design_effect: Answers per effective answer, of weights or clusters.
        response_rate: Share of the invited who answer, 0...1; of paired surveys, both times.

    Returns:
        The numbers of answers in each survey and the power they reach: exact where
        samples of up to 50 answers can be enumerated, else of the normal approximation.
        With several changes or powers, a row for each pair of them.

    Raises:
        ArgumentError: If exactly one of change and target is not given, the change
            leads off the scale, an option is out of range, or the population is
            smaller than the number of invitations.
        MismatchError: If the target is of another metric, scale or cut-points.

    References:
        Farrington, C. P. and Manning, G. (1990). Test statistics and sample size formulae
        for comparative binomial trials. Statistics in Medicine 9, 1447-1454.

    Examples:
        >>> from cxmetrics import ZERO_TO_TEN, Counts, nps
        >>> usual = nps(Counts.from_mapping(ZERO_TO_TEN, {3: 20, 8: 30, 10: 50}))
        >>> print(sample_size(usual, change=5))
        NPS +5.0 points, 30.0 to 35.0: n=3,756 and 3,756 (power 0.800, 95% score test, normal)
        >>> print(sample_size(usual, change=[5, 10, 20], response_rate=0.2))
        Answers to find a change of NPS from 30.0 points, 95% score test
        change  target  power  n after  n before  invitations
           5.0    35.0  0.800    3,756     3,756       37,560
          10.0    40.0  0.800      919       919        9,190
          20.0    50.0  0.800      218       218        2,180
    """
    curves = curves_of(
        baseline,
        comparison=comparison,
        ratio=ratio,
        correlation=correlation,
        alternative=alternative,
        confidence_level=confidence_level,
        population=population,
        design_effect=design_effect,
    )
    rate = check_response_rate(response_rate)
    goals = [check_power(goal, curves.setting) for goal in several(power, "power")]
    aims = [aimed(baseline, curves, each, target) for each in several(change, "change")]
    search = _Search(curves)
    rows = [search.row(by, after, goal, rate) for (by, after), goal in product(aims, goals)]
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    if not any(map(is_several, (change, power))):
        columns = {name: column[0] for name, column in columns.items()}
    return SampleSize(
        **columns,
        before=100 * curves.before,
        names=names_of(baseline.score),
        baseline=baseline,
        setting=curves.setting,
        response_rate=rate,
    )


class _Search:
    """Smallest sizes whose power reaches a goal; what was enumerated is kept meanwhile."""

    def __init__(self, curves: Curves) -> None:
        self.curves = curves
        self.setting = curves.setting
        self.known: dict[tuple[float, ...], tuple[PowerOf, bool]] = {}

    def row(self, change: float, after: FloatArray, goal: float, rate: float) -> dict[str, Any]:
        """The plan for one change and one power, as fields of the result."""
        check_direction(1 if change > 0 else -1, self.setting)
        n = self.smallest(after, goal)
        power_of, exact = self.power_of(n)
        return {
            "change": change,
            "goal": goal,
            "power": power_of(after),
            "n_after": n,
            "n_before": self.setting.n_before(n),
            "invitations": _invitations(n, self.setting, rate),
            "after": 100 * after,
            "is_exact": exact,
        }

    def power_of(self, n: int) -> tuple[PowerOf, bool]:
        """The power with n answers after, and whether it is exact."""
        if not self.curves.is_exact(n):
            return self.curves.power_of(n), False
        whole = self._whole(n)
        if whole not in self.known:
            self.known[whole] = self.curves.power_of(n), True
        return self.known[whole]

    def smallest(self, after: FloatArray, goal: float) -> int:
        """The smallest number of answers after with at least this power."""

        def nearly(least: float) -> Callable[[int], bool]:
            return lambda n: self.curves.normal(after, *self.setting.sizes(n)) >= least

        n = self._first(nearly(goal - SCREEN[self.setting.comparison]), 1)
        while n is not None and self.curves.is_exact(n):
            if self.power_of(n)[0](after) >= goal:
                return n
            n = self._after(n)
        n = None if n is None else self._first(nearly(goal), n)
        if n is None:
            self._fail_to_reach(after, goal)
        return n

    def _after(self, n: int) -> int | None:
        """The next number of answers after n that is worth more whole answers."""
        whole = self._whole(n)
        return self._first(lambda m: not self.curves.is_exact(m) or self._whole(m) > whole, n)

    def _whole(self, n: int) -> tuple[int, ...]:
        return tuple(int(size) for size in self.setting.sizes(n))

    def _first(self, holds: Callable[[int], bool], least: int) -> int | None:
        """The smallest number for which something holds that holds for all larger ones."""
        step, high, most = 1, least, self.setting.most
        while not holds(high):
            if high >= most:
                return None
            least, high, step = high + 1, min(high + step, most), 2 * step
        while least < high:
            middle = (least + high) // 2
            least, high = (least, middle) if holds(middle) else (middle + 1, high)
        return high

    def _fail_to_reach(self, after: FloatArray, goal: float) -> NoReturn:
        setting = self.setting
        if setting.population is None:
            message = f"`change` must be larger: {setting.most:,} answers do not find it."
            fail(ArgumentError, message)
        reached = self.power_of(setting.most)[0](after)
        of = f"what all {setting.population:,} customers give at this ratio"
        fail(ArgumentError, f"`power` must be at most {reached:.3f}, {of}, not {goal:g}.")


def _invitations(n_after: int, setting: Setting, rate: float) -> int:
    """Customers to invite to both surveys; paired ones are invited once.

    Raises:
        ArgumentError: If a survey would have to invite more customers than there are.
    """
    sizes = [n_after]
    if setting.comparison == "independent":
        sizes.append(setting.n_before(n_after))
    most = max(sizes)
    if snapped(most / rate) > setting.customers:
        if setting.population is None:
            invited = f"{most:,} answers would take more than {setting.customers:,} invitations"
            fail(ArgumentError, f"`response_rate` must be larger: {invited}.")
        needed = f"at least {ceil(snapped(most / rate)):,}, the invitations for {most:,} answers"
        fail(ArgumentError, f"`population` must be {needed}, not {setting.population:,}.")
    return sum(ceil(snapped(n / rate)) for n in sizes)
