"""scorecard: the answers of customers to the touchpoints of a journey, scored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, overload

import numpy as np

from cxmetrics._checks import (
    check_confidence_level,
    check_number,
    check_type,
    fail,
    near,
)
from cxmetrics.errors import (
    ArgumentError,
    MismatchError,
    TooFewResponsesError,
    UnknownKeyError,
)
from cxmetrics.estimate import Estimate
from cxmetrics.journeys.joint import Links
from cxmetrics.journeys.journey import Journey
from cxmetrics.journeys.persona import Persona
from cxmetrics.journeys.scorecard import Scorecard
from cxmetrics.journeys.touchpoint import RatingMetric, Touchpoint
from cxmetrics.metrics.ces import ces
from cxmetrics.metrics.csat import csat
from cxmetrics.metrics.linear import bottom_box, mean_score, net_score, top_box
from cxmetrics.metrics.nps import nps
from cxmetrics.scale import NPS_GROUPS, ONE_TO_FIVE, ONE_TO_SEVEN, ZERO_TO_TEN, Scale
from cxmetrics.summaries.counts import Counts
from cxmetrics.summaries.frames.ratings import (
    Rated,
    Ratings,
    joined,
    of_kind,
    tabulate_ratings,
    total_weight,
)
from cxmetrics.summaries.grouped import Grouped, side_by_side
from cxmetrics.summaries.summary import as_batch

METRICS: dict[RatingMetric, Any] = {
    "csat": csat,
    "nps": nps,
    "ces": ces,
    "mean_score": mean_score,
    "top_box": partial(top_box, top=1),
    "bottom_box": partial(bottom_box, bottom=1),
    "net_score": partial(net_score, bottom=1, top=1),
}
"""What the metric of a touchpoint computes."""

SCALES: dict[RatingMetric, Scale] = {"csat": ONE_TO_FIVE, "nps": ZERO_TO_TEN, "ces": ONE_TO_SEVEN}
"""Scales of the metrics that have a usual one."""


@overload
def scorecard(
    journey: Journey,
    source: Mapping[str, Counts],
    *,
    value: float | Mapping[str, float] | None = None,
    confidence_level: float = 0.95,
) -> Scorecard: ...
@overload
def scorecard(
    journey: Journey,
    source: Mapping[str, Grouped[Counts]],
    *,
    value: float | Mapping[str, float] | None = None,
    confidence_level: float = 0.95,
) -> Grouped[Scorecard]: ...
@overload
def scorecard(
    journey: Journey,
    source: Any,
    *,
    by: None = None,
    weights: str | None = None,
    clusters: str | Iterable[str] | None = None,
    value: float | Mapping[str, float] | None = None,
    confidence_level: float = 0.95,
) -> Scorecard: ...
@overload
def scorecard(
    journey: Journey,
    source: Any,
    *,
    by: str | Persona | Iterable[str] | Iterable[Persona],
    weights: str | None = None,
    clusters: str | Iterable[str] | None = None,
    value: float | Mapping[str, float] | None = None,
    confidence_level: float = 0.95,
) -> Grouped[Scorecard]: ...
def scorecard(
    journey: Journey,
    source: Any,
    *,
    by: str | Persona | Iterable[str] | Iterable[Persona] | None = None,
    weights: str | None = None,
    clusters: str | Iterable[str] | None = None,
    value: float | Mapping[str, float] | None = None,
    confidence_level: float = 0.95,
) -> Any:
    """The score of every touchpoint of a journey, its gaps, and where it hurts.

    Each score is what the metric of the touchpoint makes of its answers, with the same
    interval. Gaps and means over several touchpoints know that the same customers rated
    them; that takes the rows of a data frame, with all ratings of a customer in one row.

    Args:
        journey: The journey. Its touchpoints that have a column are measured; those that
            have none are left out.
        source: A data frame of any library that Narwhals knows, with a row per customer; or
            a mapping from names of touchpoints to their Counts, or to grouped Counts, of
            which those that lack are left out.
        by: The column, or columns, that name the groups; or a list of personas, each of
            which is a group of its own. Customers may be of several personas: such groups
            are not independent. If the journey is that of a persona, only its customers
            count.
        weights: The column of sampling weights.
        clusters: The column, or columns read as one label, that tell which rows belong
            together, such as those of one customer or one flight.
        value: What a point more is worth with one customer, at all touchpoints or by name;
            1 unless given.
        confidence_level: Confidence level of the intervals.

    Returns:
        The scorecard; with `by`, or of grouped counts, a Grouped of them. From counts alone
        there are no means and no gaps to them.

    Raises:
        ArgumentError: If the journey has no measured touchpoint, a scale is needed and not
            given, or an option is not one there is.
        UnknownKeyError: If there is no such column, touchpoint, or value of a persona.
        ScaleError: If an answer is neither on the scale of its touchpoint nor one of its
            codes.
        MismatchError: If counts are on another scale than their touchpoint, or are grouped
            in different ways.
        TooFewResponsesError: If no touchpoint has an answer.

    References:
        Binder, D. A. (1983). On the variances of asymptotically normal estimators from
        complex surveys. International Statistical Review 51, 279-292.

        Zou, G. Y. and Donner, A. (2008). Construction of confidence limits about effect
        measures. Statistics in Medicine 27, 1693-1702.

    Examples:
        >>> import polars as pl
        >>> from cxmetrics import Touchpoint
        >>> shop = Journey(
        ...     "Shop",
        ...     [
        ...         Touchpoint("Order", "Buying", column="order"),
        ...         Touchpoint("Handover", "Delivery", column="handover"),
        ...     ],
        ... )
        >>> answers = pl.DataFrame(
        ...     {"order": [5, 5, 4, 5, 4, 3, 5, 2], "handover": [4, 3, 2, 5, 3, 1, None, 2]}
        ... )
        >>> print(scorecard(shop, answers))
        Shop, 8 customers: CSAT in %, 95% score interval
        Gap to their mean of 51.8%, p-values by Holm
        touchpoint  stage     n  score   low  high    gap      p  loss
        Order       Buying    8   75.0  40.9  92.9   23.2  0.096  -186
        Handover    Delivery  7   28.6   8.2  64.1  -23.2  0.096   163
    """
    check_type(journey, "journey", Journey)
    level = check_confidence_level(confidence_level)
    if isinstance(source, Mapping):
        _check_none_given(by=by, weights=weights, clusters=clusters)
        for name, counts in source.items():
            _check_kind(counts, f"`source[{name!r:.60}]`")
        _check_known(source, journey, "source")
        measured = _only(journey, [each for each in journey if each.name in source])
        return _of_summaries(measured, source, _values(value, measured), level)
    measured = _only(journey, [each for each in journey if each.column is not None])
    values = _values(value, measured)
    whole = total_weight(source, weights)
    if journey.persona is not None:
        source = of_kind(source, journey.persona.where)
    ratings = _read(source, [_asked(each) for each in measured], by, weights, clusters)
    batch = Scorecard(
        journey=measured,
        scores=_scores(measured, ratings.counts, level),
        met=ratings.met,
        links=Links.of(ratings.moments, len(measured)),
        n=ratings.n,
        share=100 * ratings.weight / whole,
        values=values,
        confidence_level=level,
    )
    return Grouped(ratings.keys, batch) if ratings.keys else batch[0]


def _of_summaries(
    journey: Journey,
    summaries: Mapping[str, Any],
    values: tuple[float, ...] | None,
    level: float,
) -> Scorecard | Grouped[Scorecard]:
    """The scorecard of counts, which do not tell who rated what else."""
    given = [summaries[name] for name in journey.names]
    for counts, touchpoint in zip(given, journey, strict=True):
        _check_counts(counts, touchpoint, type(given[0]))
    is_one = isinstance(given[0], Counts)
    keys, counted = side_by_side(
        [Grouped({"all": [0]}, as_batch(each)) if is_one else each for each in given]
    )
    n = np.max([each.n + np.asarray(each.n_missing) for each in counted], axis=0)
    batch = Scorecard(
        journey=journey,
        scores=_scores(journey, counted, level),
        met=(None,) * len(counted),
        links=None,
        n=n,
        share=100 * n / max(n.sum(), 1),
        values=values,
        confidence_level=level,
    )
    return batch[0] if is_one else Grouped(keys, batch)


def _read(
    frame: Any,
    asked: Sequence[Rated],
    by: Any,
    weights: str | None,
    clusters: str | Iterable[str] | None,
) -> Ratings:
    """The answers in a frame, by the columns or the personas that make the groups."""
    read = partial(tabulate_ratings, asked=asked, weights=weights, clusters=clusters)
    if by is None or isinstance(by, str):
        return read(frame, by=by)
    several: list[Any] = [by] if isinstance(by, Persona) else list(by)
    if not any(isinstance(each, Persona) for each in several):
        return read(frame, by=several)
    names = [each.name for each in several if isinstance(each, Persona)]
    if len(set(names)) < len(several):
        fail(ArgumentError, "`by` must be personas with different names, and nothing else.")
    parts = [read(of_kind(frame, each.where), by=None) for each in several]
    return joined(parts, {"persona": names})


def _scores(journey: Journey, counts: Iterable[Counts], level: float) -> tuple[Estimate, ...]:
    """The estimate of each touchpoint by its metric, if there is any answer at all."""
    counted = list(counts)
    if not any(np.any(each.counts) for each in counted):
        fail(TooFewResponsesError, "At least one touchpoint must have an answer, not none.")
    return tuple(
        METRICS[touchpoint.metric](each, confidence_level=level)
        for touchpoint, each in zip(journey, counted, strict=True)
    )


def _asked(touchpoint: Touchpoint) -> Rated:
    """What is asked of the column of a touchpoint."""
    scale = touchpoint.scale or SCALES.get(touchpoint.metric)
    if scale is None:
        message = f"`scale` of {touchpoint.name!r} must be given for {touchpoint.metric!r}."
        fail(ArgumentError, message, "did you mean scale=ONE_TO_FIVE?")
    nothing = METRICS[touchpoint.metric](Counts(scale, np.zeros((1, scale.size), np.int64)))
    return Rated(
        name=touchpoint.name,
        column=touchpoint.column or "",
        scale=scale,
        missing=tuple(touchpoint.missing),
        not_used=tuple(touchpoint.not_used),
        scores=nothing.score.scores,
    )


def _only(journey: Journey, touchpoints: Sequence[Touchpoint]) -> Journey:
    """The journey with the touchpoints that were measured."""
    if not touchpoints:
        message = "`journey` must have a touchpoint that is measured, not none."
        fail(ArgumentError, message, "did you mean Touchpoint(..., column='rating')?")
    return replace(journey, touchpoints=touchpoints)


def _values(value: Any, journey: Journey) -> tuple[float, ...] | None:
    """The value of a point more at each touchpoint, if it was given."""
    if value is None:
        return None
    by_name = value if isinstance(value, Mapping) else dict.fromkeys(journey.names, value)
    _check_known(by_name, journey, "value")
    worth = [
        check_number(by_name.get(name, 1), f"value[{name!r}]" if by_name is value else "value")
        for name in journey.names
    ]
    if min(worth) < 0:
        fail(ArgumentError, f"`value` must be at least 0, not {min(worth):g}.")
    return tuple(worth)


def _check_known(names: Iterable[Any], journey: Journey, argument: str) -> None:
    """Names must be those of touchpoints."""
    for name in names:
        if name not in journey.names:
            message = f"`{argument}` must have names of touchpoints, not {name!r:.60}."
            fail(UnknownKeyError, message, near(name, journey.names))


def _check_kind(counts: Any, name: str) -> None:
    """Summaries must be counts."""
    batch = counts.batch if isinstance(counts, Grouped) else counts
    if not isinstance(batch, Counts):
        message = f"{name} must be Counts, alone or grouped, not {type(batch).__name__}."
        fail(MismatchError, message, "did you mean a data frame of these columns?")
    if isinstance(counts, Counts) and counts.shape:
        fail(MismatchError, f"{name} must be Counts, alone or grouped, not a batch of them.")


def _check_counts(counts: Any, touchpoint: Touchpoint, kind: type) -> None:
    """Counts must be on the scale of their touchpoint, and all grouped or none."""
    name = f"`source[{touchpoint.name!r}]`"
    batch = counts.batch if isinstance(counts, Grouped) else counts
    if not isinstance(counts, kind):
        fail(
            MismatchError,
            f"{name} must be {kind.__name__} as the first is, not {type(counts).__name__}.",
        )
    is_nps = touchpoint.metric == "nps" and batch.scale == NPS_GROUPS
    if touchpoint.scale not in {None, batch.scale} and not is_nps:
        fail(MismatchError, f"{name} must be on scale {touchpoint.scale}, not {batch.scale}.")


def _check_none_given(**given: Any) -> None:
    """What is said of rows makes no sense for counts."""
    for name, value in given.items():
        if value is not None:
            message = f"`{name}` must not be given for counts."
            fail(ArgumentError, message, f"did you mean tabulate(..., {name}={value!r:.60})?")
