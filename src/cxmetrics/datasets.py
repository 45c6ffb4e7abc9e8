"""Real summaries and a seeded simulator, for trying things out and for tests."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from math import sqrt
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import scipy

from cxmetrics._checks import (
    check_between,
    check_number,
    check_option,
    check_positive,
    check_rng,
    check_whole,
    fail,
)
from cxmetrics._frozen import settled
from cxmetrics._typing import AnyArray, FloatArray
from cxmetrics.errors import ArgumentError
from cxmetrics.journeys.journey import Journey
from cxmetrics.scale import ONE_TO_FIVE, ZERO_TO_TEN, Scale
from cxmetrics.summaries.counts import Counts
from cxmetrics.summaries.design import Clustered, Weighted
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.life_table import LifeTable

AirportDesign: TypeAlias = Literal["weighted", "clustered"]


def airport(*, design: AirportDesign | None = None) -> dict[str, Grouped[Counts]]:
    """Answers of 5,640 departing passengers of an airport, by question.

    All but the first question are on scale 1-5:

    - `recommend`, 0-10: how likely to recommend the airport.
    - `overall`, the airport as a whole, and its touchpoints, from unacceptable to
      outstanding: `art`, `restaurants`, `shops`, `signs_inside`, `walkways`, `screens`,
      `info_booth_lower`, `info_booth_upper`, `wifi`, `road_signs`, `parking`,
      `airtrain`, `long_term_parking`, `rental_cars`.
    - `clean_boarding`, `clean_restrooms`, `clean_overall`, from dirty to clean.
    - `safety`, from not safe to extremely safe.
    - `ease_getting_there`, `ease_finding_way`, `ease_security`, from difficult to easy.

    "Never used" and no answer are missing.

    Args:
        design: What the counts keep of how the passengers were asked: "weighted", the
            weights that put groups of airlines in proportion to their passengers;
            "clustered", these weights and the flights on which the questionnaires were
            handed out. Unless given, each answer counts alike.

    Returns:
        The counts of each question by `year` (2017 or 2018), `boarding_area` ("A" to
        "G") and `flight` ("domestic" or "international"): 2,831 passengers in 2017
        and 2,809 in 2018.

    Raises:
        ArgumentError: If the design is not one there is.

    References:
        San Francisco International Airport, customer surveys 2017 and 2018. City of
        San Francisco open data, public domain.

    Examples:
        >>> from cxmetrics import nps
        >>> by_year = airport()["recommend"].total(over=["flight", "boarding_area"])
        >>> print(nps(by_year))
        NPS in points, 95% score interval
        year  value   low  high      n  missing
        2017   39.8  37.2  42.4  2,746       85
        2018   31.0  28.1  33.8  2,650      159

        With weights, and with flights as clusters:

        >>> clustered = airport(design="clustered")["recommend"]
        >>> print(nps(clustered.total(over=["flight", "boarding_area"])))
        NPS in points, 95% score interval
        year  value   low  high      n  missing
        2017   40.4  37.3  43.4  2,746       85
        2018   35.1  30.6  39.4  2,650      159
    """
    if design is not None:
        check_option(design, "design", get_args(AirportDesign))
    questions = _stored("airport")["questions"]
    return {name: _question(stored, design) for name, stored in questions.items()}


def airport_journey() -> Journey:
    """The journey of the passengers of `airport`: its 14 touchpoints, in their usual order.

    The column of each touchpoint is its question in `airport`. Its codes are those of the
    survey's rows: "not used" of those who did not come to it, a blank for no answer.
    Stages, channels and senses are not from the survey.

    Examples:
        >>> journey = airport_journey()
        >>> journey.stages
        ('Getting there', 'In the terminal', 'Waiting')
        >>> [touchpoint.column for touchpoint in journey.select(stage="Waiting")]
        ['art', 'shops', 'restaurants', 'wifi']
    """
    return Journey.from_dict(_stored("airport_journey"))


def _stored(name: str) -> dict[str, Any]:
    """The content of a file that comes with the library."""
    from importlib import resources  # noqa: PLC0415 (slow to load, and seldom needed)

    file = resources.files("cxmetrics") / "data" / f"{name}.json"
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content


def _question(stored: dict[str, Any], design: AirportDesign | None) -> Grouped[Counts]:
    """The counts of a question of the airport, and what was asked for of their design."""
    counts: Grouped[Counts] = Grouped.from_dict(stored["counts"])
    if design is None:
        return counts
    sums = stored["design"]
    weights = {name: np.array(sums[name]) for name in ("weights", "squares")}
    if design == "weighted":
        kept = Weighted(**weights)
    else:
        rows, size = weights["weights"].shape
        products = np.empty((rows, size, size))
        j, k = np.triu_indices(size)
        products[:, j, k] = products[:, k, j] = sums["products"]
        kept = Clustered(
            **weights,
            products=products,
            n_clusters=np.array(sums["n_clusters"]),
            overlap=np.zeros(rows, np.int64),
            with_weights=True,
        )
    return counts.map(lambda batch: replace(batch, design=kept))


def subscribers(*, n: int = 1000, years: int = 7) -> Grouped[LifeTable]:
    """Two cohorts of subscribers, and how many of them were left after each year.

    What was published are percentages; how many subscribers there were is not known. So
    intervals are those of a company with `n` subscribers per cohort, a number that is
    yours: the retention is real, its precision is not.

    Args:
        n: Number of subscribers in each cohort at its start.
        years: How many of the 12 published years are seen; after 7 of them the paper
            projects the others.

    Returns:
        The life tables by `segment`, "High End" and "Regular", on tenures in years.
        Customers are whole, so small cohorts have rounded percentages.

    Raises:
        ArgumentError: If `n` is not a whole number from 1, or `years` not one from 1 to 12.

    References:
        Fader, P. S. and Hardie, B. G. S. (2007). How to project customer retention. Journal
        of Interactive Marketing 21, 76-90, table 1; the data are from Berry, M. J. A. and
        Linoff, G. S. (2004). Data Mining Techniques. Wiley.

    Examples:
        >>> from cxmetrics import retention_at
        >>> print(retention_at(subscribers(), 1))
        Retention after 1 in %, 95% log-log interval
        segment   value   low  high      n  missing
        High End   86.9  84.6  88.8  1,000        0
        Regular    63.1  60.0  66.0  1,000        0
    """
    n, years = check_positive(n, "n"), check_whole(years, "years")
    percentages = _stored("subscribers")["segments"]
    shares = np.array([*percentages.values()]) / 100
    if not 1 <= years < shares.shape[1]:
        fail(ArgumentError, f"`years` must be 1 to {shares.shape[1] - 1}, not {years}.")
    survivors = np.rint(n * shares[:, : years + 1])
    return Grouped({"segment": [*percentages]}, LifeTable.from_survivors(survivors))


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the simulated survey.

    Args:
        scale: Its scale.
        shares: How many per cent give each answer where all effects are 0.
        loading: Correlation of the answer, before it is cut into points, with the
            satisfaction of the customer.
    """

    scale: Scale
    shares: tuple[float, ...]
    loading: float

    def thresholds(self) -> FloatArray:
        """Where the latent answer passes from one point to the next."""
        return np.asarray(scipy.special.ndtri(np.cumsum(self.shares[:-1]) / 100))

    def answers(
        self, satisfaction: FloatArray, effect: FloatArray, rng: "np.random.Generator"
    ) -> FloatArray:
        """Simulated answers of customers of this satisfaction and effect."""
        noise = sqrt(1 - self.loading**2) * rng.standard_normal(len(satisfaction))
        latent = self.loading * satisfaction + noise + effect
        points = np.searchsorted(self.thresholds(), latent) + self.scale.low
        return points.astype(np.float64)

    def probabilities(self, effect: float) -> FloatArray:
        """Exact probability of each answer, 0...1, for customers of this effect."""
        below = scipy.special.ndtr(self.thresholds() - effect)
        return np.diff(below, prepend=0, append=1)


QUESTIONS = MappingProxyType(
    {
        "recommend": Question(ZERO_TO_TEN, (2, 1, 1, 2, 2, 6, 7, 13, 22, 19, 25), 0.9),
        "ordering": Question(ONE_TO_FIVE, (2, 5, 16, 43, 34), 0.5),
        "delivery": Question(ONE_TO_FIVE, (5, 10, 20, 35, 30), 0.8),
        "support": Question(ONE_TO_FIVE, (8, 12, 25, 35, 20), 0.65),
    }
)
"""What the simulated survey asks: `recommend`, 0-10, and three touchpoints, 1-5."""

SEGMENTS = MappingProxyType({"new": -0.2, "regular": 0.0, "loyal": 0.3})
"""Effects of the segments, unless others are given."""

PERIODS = MappingProxyType({"2025-Q1": 0.0, "2025-Q2": 0.1, "2025-Q3": -0.1, "2025-Q4": 0.2})
"""Effects of the periods, unless others are given."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SimulatedSurvey:
    """A survey whose truth is known.

    Args:
        columns: One entry per row: `customer`, `segment`, `period`, and the answers
            `recommend` (0-10), `ordering`, `delivery` and `support` (1-5), NaN where
            one is missing.
        probabilities: Exact probability of each answer, 0...1, lowest point first: by
            question, then by (segment, period).
    """

    columns: dict[str, AnyArray]
    probabilities: dict[str, dict[tuple[Any, Any], FloatArray]]

    @property
    def true_nps(self) -> dict[tuple[Any, Any], float]:
        """The NPS that the answers estimate, in points, by (segment, period)."""
        return {
            group: 100 * float(p[9:].sum() - p[:7].sum())
            for group, p in self.probabilities["recommend"].items()
        }

    def __repr__(self) -> str:
        rows, groups = len(self.columns["customer"]), len(self.probabilities["recommend"])
        return f"<SimulatedSurvey: {rows:,} rows by segment and period, {groups:,} groups>"


def simulate_survey(
    n: int,
    *,
    rng: "np.random.Generator | int",
    segments: Mapping[Any, float] = SEGMENTS,
    periods: Mapping[Any, float] = PERIODS,
    customers: int | None = None,
    missing_rate: float = 0.02,
) -> SimulatedSurvey:
    """A survey of `n` rows, with the exact probabilities that its answers follow.

    Each customer has one satisfaction, from the standard normal distribution. An
    answer is that satisfaction mixed with noise, moved by the effects of segment and
    period, and cut at fixed thresholds: the answers of one customer are correlated.
    Segments and periods are drawn with equal probability, and answers are missing at
    random, so that those given follow the same probabilities.

    Args:
        n: Number of rows.
        rng: Generator of the random numbers, or a seed for one.
        segments: Effect of each segment, in standard deviations of satisfaction.
        periods: Effect of each period, likewise, in their order in time.
        customers: Number of customers from whom the rows are drawn; a customer stays
            in one segment. Unless given, each row is another customer.
        missing_rate: Share of the answers to each question that are missing, 0...1.

    Returns:
        The columns of the survey, and the truth behind them.

    Raises:
        ArgumentError: If a number is out of its range, or there is no segment or
            period.

    References:
        McCullagh, P. (1980). Regression models for ordinal data. Journal of the Royal
        Statistical Society B 42, 109-142; here with normal latent answers.

    Examples:
        >>> from cxmetrics import ZERO_TO_TEN, Counts, nps
        >>> years = {2025: 0, 2026: 0.2}
        >>> survey = simulate_survey(8000, rng=1, segments={"web": 0}, periods=years)
        >>> answers, year = survey.columns["recommend"], survey.columns["period"]
        >>> print(nps(Counts.of(answers, ZERO_TO_TEN, by={"year": year})))
        NPS in points, 95% score interval
        year  value   low  high      n  missing
        2025   22.1  19.7  24.5  3,990       88
        2026   35.1  32.7  37.4  3,847       75
        >>> {group: round(value, 1) for group, value in survey.true_nps.items()}
        {('web', 2025): 23.0, ('web', 2026): 36.2}
    """
    n = check_positive(n, "n")
    n_customers = n if customers is None else check_positive(customers, "customers")
    segments = _checked_effects(segments, "segments")
    periods = _checked_effects(periods, "periods")
    missing_rate = check_between(missing_rate, "missing_rate", 0, 1)
    rng = check_rng(rng)

    customer = np.arange(n) if customers is None else rng.integers(n_customers, size=n)
    satisfaction = rng.standard_normal(n_customers)[customer]
    segment = rng.integers(len(segments), size=n_customers)[customer]
    period = rng.integers(len(periods), size=n)
    effect = np.array([*segments.values()])[segment] + np.array([*periods.values()])[period]
    columns = {
        "customer": customer,
        "segment": _labels(segments)[segment],
        "period": _labels(periods)[period],
    }
    for name, question in QUESTIONS.items():
        answers = question.answers(satisfaction, effect, rng)
        columns[name] = np.where(rng.random(n) < missing_rate, np.nan, answers)
    return SimulatedSurvey(
        columns={name: settled(column) for name, column in columns.items()},
        probabilities={
            name: {
                (s, p): settled(question.probabilities(segments[s] + periods[p]))
                for s, p in product(segments, periods)
            }
            for name, question in QUESTIONS.items()
        },
    )


def _checked_effects(effects: Mapping[Any, float], name: str) -> dict[Any, float]:
    if not effects:
        fail(ArgumentError, f"`{name}` must have at least one label with its effect, not none.")
    return {label: check_number(effect, f"{name}[{label!r}]") for label, effect in effects.items()}


def _labels(effects: Iterable[Any]) -> AnyArray:
    """Labels as an array that keeps their types."""
    labels = list(effects)
    return np.array(labels, None if len(set(map(type, labels))) == 1 else object)
