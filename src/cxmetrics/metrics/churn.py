"""Churn and retention of customers in a period, and churn per time."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, overload

import numpy as np

from cxmetrics._checks import check_number, check_whole, fail, near
from cxmetrics._typing import IntervalMethod
from cxmetrics.errors import ArgumentError, MismatchError, TooFewResponsesError, UnknownKeyError
from cxmetrics.estimate import Estimate
from cxmetrics.intervals.event_rate import EventRate
from cxmetrics.metrics.linear import score_estimate
from cxmetrics.metrics.share import check_no_column, counts_of_share
from cxmetrics.scale import YES_NO
from cxmetrics.summaries.counts import MOST, Counts
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.life_table import LifeTable

RateMethod: TypeAlias = Literal["garwood", "mid-p"]


@overload
def churn_rate(
    lost: int | Counts,
    at_risk: int | None = None,
    *,
    label: str = "Churn",
    confidence_level: float = 0.95,
    method: IntervalMethod = "score",
) -> Estimate: ...
@overload
def churn_rate(
    lost: Mapping[Any, int] | Grouped[Counts],
    at_risk: Mapping[Any, int] | None = None,
    *,
    label: str = "Churn",
    confidence_level: float = 0.95,
    method: IntervalMethod = "score",
) -> Grouped[Estimate]: ...
def churn_rate(
    lost: Any,
    at_risk: Any = None,
    *,
    label: str = "Churn",
    confidence_level: float = 0.95,
    method: IntervalMethod = "score",
) -> Any:
    """Percentage of the customers at the start of a period who left before its end.

    Those who joined within the period count neither in the one number nor in the other:
    they were not there to be lost from the start.

    Args:
        lost: How many of the customers at the start left in the period; a mapping from
            segments to numbers, where a segment that it lacks lost none; or Counts on
            YES_NO, alone or grouped, where 1 means lost, as `tabulate_churn` makes them.
        at_risk: How many customers there were at the start, or a mapping; not with Counts,
            which know it.
        label: Name of the metric.
        confidence_level: Confidence level of the interval.
        method: Interval method; `"score"` is Wilson's.

    Returns:
        The churn rate in percent, one per segment in the order of `at_risk`.

    Raises:
        ArgumentError: If more were lost than there were, or a number is no whole number
            from 0.
        MismatchError: If Counts are not on YES_NO, or come with `at_risk`.
        UnknownKeyError: If a segment lost customers that it did not have.
        TooFewResponsesError: If there was no customer at the start.

    References:
        Wilson, E. B. (1927). Probable inference, the law of succession, and statistical
        inference. Journal of the American Statistical Association 22, 209-212.

    Examples:
        >>> print(churn_rate(31, 840))
        Churn 3.7% [2.6, 5.2] (95% score, n=840)
        >>> may, june = churn_rate(31, 840), churn_rate(52, 862)
        >>> from cxmetrics import difference
        >>> print(difference(june, may))
        Churn +2.3 percentage points [0.3, 4.5] (95% score, p = 0.025, n=862 and 840)
    """
    return _rate(lost, at_risk, "lost", label, confidence_level, method)


@overload
def retention_rate(
    kept: int | Counts,
    at_risk: int | None = None,
    *,
    label: str = "Retention",
    confidence_level: float = 0.95,
    method: IntervalMethod = "score",
) -> Estimate: ...
@overload
def retention_rate(
    kept: Mapping[Any, int] | Grouped[Counts],
    at_risk: Mapping[Any, int] | None = None,
    *,
    label: str = "Retention",
    confidence_level: float = 0.95,
    method: IntervalMethod = "score",
) -> Grouped[Estimate]: ...
def retention_rate(
    kept: Any,
    at_risk: Any = None,
    *,
    label: str = "Retention",
    confidence_level: float = 0.95,
    method: IntervalMethod = "score",
) -> Any:
    """Percentage of the customers at the start of a period who are still there at its end.

    Args:
        kept: How many of the customers at the start were still there at the end, without
            those who joined in between; a mapping from segments to numbers, where a segment
            that it lacks kept none; or Counts on YES_NO, alone or grouped, where 1 means
            *lost*, as for `churn_rate`.
        at_risk: How many customers there were at the start, or a mapping; not with Counts.
        label: Name of the metric.
        confidence_level: Confidence level of the interval.
        method: Interval method; `"score"` is Wilson's.

    Returns:
        The retention rate in percent, one per segment in the order of `at_risk`; it is
        100 less the churn rate.

    Raises:
        ArgumentError: If more were kept than there were, or a number is no whole number
            from 0.
        MismatchError: If Counts are not on YES_NO, or come with `at_risk`.
        UnknownKeyError: If a segment kept customers that it did not have.
        TooFewResponsesError: If there was no customer at the start.

    Examples:
        >>> print(retention_rate(809, 840))
        Retention 96.3% [94.8, 97.4] (95% score, n=840)
    """
    return _rate(kept, at_risk, "kept", label, confidence_level, method)


def _rate(
    part: Any, at_risk: Any, name: str, label: str, confidence_level: float, method: IntervalMethod
) -> Any:
    """Share of those lost or kept, in percent."""
    counts = _checked_counts(part, name) if at_risk is None else _numbers(part, at_risk, name)
    flipped = at_risk is None and name == "kept"
    groups = ("kept", "lost") if name == "lost" or flipped else ("lost", "kept")

    def rate(one: Counts) -> Estimate:
        if not one.shape and one.n == 0:
            fail(TooFewResponsesError, "`at_risk` must be at least 1 customer, not 0.")
        return score_estimate(
            one,
            np.array([100.0, 0.0] if flipped else [0.0, 100.0]),
            groups=tuple((group, 1) for group in groups),
            metric=label,
            unit="%",
            confidence_level=confidence_level,
            method=method,
        )

    return counts.map(rate) if isinstance(counts, Grouped) else rate(counts)


def _checked_counts(counts: Any, name: str) -> Counts | Grouped[Counts]:
    """Counts of customers who stayed and who were lost."""
    batch = getattr(counts, "batch", counts)
    if not isinstance(batch, Counts):
        hint = f"did you mean {'churn' if name == 'lost' else 'retention'}_rate({name}, at_risk)?"
        fail(ArgumentError, "`at_risk` must be given: customers at the start.", hint)
    if batch.scale != YES_NO:
        fail(MismatchError, f"`{name}` must be on scale {YES_NO}, not {batch.scale}.")
    return counts  # type: ignore[no-any-return]


def _numbers(part: Any, at_risk: Any, name: str) -> Counts | Grouped[Counts]:
    """Counts made of so many lost, or kept, of so many; not of Counts, of whom 1 is lost."""
    parts = part.values() if isinstance(part, Mapping) else [part]
    if any(isinstance(one, Counts) for one in parts):
        fail(MismatchError, "`at_risk` must not be given with Counts, which know it.")
    return counts_of_share(part, at_risk, (name, "at_risk"))


@overload
def churn_per_time(
    events: int | LifeTable,
    time: float | None = None,
    *,
    unit: str = "per unit of time",
    label: str = "Churn",
    confidence_level: float = 0.95,
    method: RateMethod = "garwood",
) -> Estimate: ...
@overload
def churn_per_time(
    events: Mapping[Any, int] | Grouped[LifeTable],
    time: Mapping[Any, float] | None = None,
    *,
    unit: str = "per unit of time",
    label: str = "Churn",
    confidence_level: float = 0.95,
    method: RateMethod = "garwood",
) -> Grouped[Estimate]: ...
def churn_per_time(
    events: Any,
    time: Any = None,
    *,
    unit: str = "per unit of time",
    label: str = "Churn",
    confidence_level: float = 0.95,
    method: RateMethod = "garwood",
) -> Any:
    """Customers who left, per time that customers were under observation.

    It needs no common start: who joined in March and who joined in May both count for as
    long as they were seen. It takes the rate for constant over time.

    Args:
        events: How many left; a mapping from segments to numbers; or a LifeTable, alone or
            grouped, which knows the time too.
        time: Time of all customers together, such as customer-months, or a mapping.
        unit: Unit of the rate, such as "per month".
        label: Name of the metric.
        confidence_level: Confidence level of the interval.
        method: `"garwood"`, the default: exact, so that the interval covers in at least as
            many cases as the level says; `"mid-p"`: on average in as many, and shorter.

    Returns:
        The rate, in events per unit of time; `n` is the number of events. NaN where a life
        table has nobody who was observed for any time.

    Raises:
        ArgumentError: If `events` is no whole number from 0, or `time` is not above 0.
        MismatchError: If a life table has weights, or comes with `time`.
        UnknownKeyError: If a segment has events, but no time.
        TooFewResponsesError: If a life table has no customer.

    References:
        Garwood, F. (1936). Fiducial limits for the Poisson distribution. Biometrika 28,
        437-442.

    Examples:
        >>> print(churn_per_time(15, 19_017, unit="per month"))
        Churn 0.0007888 per month [0.0004415, 0.0013010] (95% garwood, n=15)
        >>> print(churn_per_time(0, 250, unit="per month"))
        Churn 0.000 per month [0.000, 0.015] (95% garwood, n=0)
    """

    def rate(events: Any, time: Any) -> Estimate:
        return Estimate.of(
            EventRate(events=events, time=time),
            metric=label,
            unit=unit,
            confidence_level=confidence_level,
            method=method,
        )

    match events:
        case LifeTable():
            return rate(*_exposure(events, time))
        case Grouped(batch=LifeTable()):
            return events.map(lambda tables: rate(*_exposure(tables, time)))
        case Mapping():
            counts, spans = np.reshape(_matched(events, time), (-1, 2)).T
            return Grouped({"segment": list(time)}, rate(counts.astype(np.int64), spans))
        case _:
            check_no_column(events, "events")
            return rate(*_checked(events, time))


def _exposure(table: LifeTable, time: Any) -> tuple[Any, Any]:
    """Events, and time under observation, of a life table."""
    if time is not None:
        fail(MismatchError, "`time` must not be given with a life table, which knows it.")
    if table.design is not None:
        hint = "did you mean retention_at(life_table, tenure)?"
        fail(MismatchError, "`events` must be a life table without weights.", hint)
    seen = table.churned + table.censored - table.entered
    return table.churned.sum(axis=-1), seen @ table.tenures


def _matched(events: Mapping[Any, Any], time: Any) -> list[tuple[int, float]]:
    """Events and time of each segment that has time."""
    if not isinstance(time, Mapping):
        fail(ArgumentError, f"`time` must be a mapping as `events` is, not {time!r:.40}.")
    strange = [key for key in events if key not in time]
    if strange:
        message = f"Each group of `events` must be in `time`, not {strange[0]!r}."
        fail(UnknownKeyError, message, near(strange[0], time))
    return [_checked(events.get(key, 0), each) for key, each in time.items()]


def _checked(events: Any, time: Any) -> tuple[int, float]:
    """A number of events, and time that was not empty."""
    if time is None:
        fail(ArgumentError, "`time` must be given: how long all customers were observed.")
    count = check_whole(events, "events")
    if not 0 <= count <= MOST:
        fail(ArgumentError, f"`events` must be 0 to 2**53, not {count:,}.")
    span = check_number(time, "time")
    if span <= 0:
        fail(ArgumentError, f"`time` must be above 0, not {span:g}.")
    return count, span
