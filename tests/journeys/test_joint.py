"""What scores have in common: held to sums over customers that are written out."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import cxmetrics as cx
from cxmetrics.journeys.joint import JointScores, Links

Floats = npt.NDArray[np.float64]

SIZE = 3


class Truth(NamedTuple):
    """Scores and their covariance, from the residuals of every customer or cluster."""

    scores: Floats
    covariance: Floats


def answers(n: int, rng: np.random.Generator) -> pl.DataFrame:
    """Ratings of the same customers, some of them missing, with weights and clusters."""
    liking = rng.normal(size=n)
    columns: dict[str, Any] = {}
    for j in range(SIZE):
        ratings = np.clip(np.rint(3 + j / 2 + liking + rng.normal(size=n)), 1, 5)
        columns[f"q{j}"] = np.where(rng.random(n) < 0.2, np.nan, ratings)
    columns["weight"] = rng.choice([0.5, 1.0, 2.5], n)
    columns["flight"] = rng.integers(0, 1 + n // 3, n)
    return pl.DataFrame(columns, nan_to_null=True)


def journey(metric: Any = "csat") -> cx.Journey:
    return cx.Journey(
        "Trip",
        [
            cx.Touchpoint(f"T{j}", "Way", column=f"q{j}", scale=cx.ONE_TO_FIVE, metric=metric)
            for j in range(SIZE)
        ],
    )


def truth(frame: pl.DataFrame, *, weights: bool, clusters: bool, metric: str = "csat") -> Truth:
    """Σ e e' over the customers or clusters; each e with the factor G/(G - 1) of its score."""
    given = np.column_stack([frame[f"q{j}"].to_numpy() for j in range(SIZE)])
    rated = np.isfinite(given)
    score = np.where(given > 3, 100.0, 0.0) if metric == "csat" else np.nan_to_num(given)
    each = frame["weight"].to_numpy()[:, None] * rated if weights else rated.astype(float)
    scores = (each * score).sum(axis=0) / each.sum(axis=0)
    residual = each * (score - scores) / each.sum(axis=0)
    if clusters:
        flight = frame["flight"].to_numpy()
        labels = np.unique(flight)
        residual = np.array([residual[flight == label].sum(axis=0) for label in labels])
        groups = np.array([rated[flight == label].any(axis=0) for label in labels]).sum(axis=0)
    else:
        groups = rated.sum(axis=0)
    residual = residual * np.sqrt(groups / (groups - 1))
    return Truth(scores, residual.T @ residual)


def joint(card: Any) -> JointScores:
    found: JointScores = card._joint()
    return found


@pytest.mark.parametrize("metric", ["csat", "mean_score"])
@pytest.mark.parametrize("weights", [False, True])
@pytest.mark.parametrize("clusters", [False, True])
def test_covariance_is_that_of_the_residuals_of_customers(
    metric: str,
    weights: bool,  # noqa: FBT001
    clusters: bool,  # noqa: FBT001
) -> None:
    frame = answers(80, np.random.default_rng(3))
    design: dict[str, Any] = {
        "weights": "weight" if weights else None,
        "clusters": "flight" if clusters else None,
    }
    card = cx.scorecard(journey(metric), frame, **design)
    expected = truth(frame, weights=weights, clusters=clusters, metric=metric)
    whole = np.full(SIZE, 1 / SIZE)
    contrast = np.eye(SIZE) - 1 / SIZE

    assert joint(card).each.value == pytest.approx(expected.scores)
    assert joint(card).covariance == pytest.approx(expected.covariance)
    assert card.whole.value == pytest.approx(expected.scores.mean())
    assert card.whole.std_error == pytest.approx((whole @ expected.covariance @ whole) ** 0.5)
    assert card.gaps.value == pytest.approx(contrast @ expected.scores)
    of_gaps = np.diagonal(contrast @ expected.covariance @ contrast) ** 0.5
    assert card.gaps.std_error == pytest.approx(of_gaps)


@given(st.integers(0, 10_000), st.sampled_from(["csat", "mean_score", "nps_groups"]))
def test_where_everybody_rated_all_a_mean_is_that_of_the_ratings(seed: int, kind: str) -> None:
    """Then a roll-up is a re-tabulation of all ratings, with the customers as clusters."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 30))
    rates = rng.dirichlet(np.ones(5))
    frame = pl.DataFrame({f"q{j}": rng.choice(5, n, p=rates) + 1 for j in range(SIZE)})
    metric = "csat" if kind == "csat" else "mean_score" if kind == "mean_score" else "net_score"
    long = frame.with_row_index("customer").unpivot(index="customer", value_name="rating")
    counts = cx.tabulate(long, "rating", cx.ONE_TO_FIVE, clusters="customer")
    if metric == "csat":
        expected = cx.csat(counts)
    elif metric == "mean_score":
        expected = cx.mean_score(counts)
    else:
        expected = cx.net_score(counts, bottom=1, top=1)

    whole = cx.scorecard(journey(metric), frame).whole

    assert whole.value == pytest.approx(expected.value)
    assert whole.std_error == pytest.approx(expected.std_error, abs=1e-9)
    assert whole.n_effective == pytest.approx(expected.n_effective)
    assert tuple(whole.interval) == pytest.approx(tuple(expected.interval), abs=1e-6)
    assert (whole.n, whole.n_missing) == (expected.n, 0)


def test_a_mean_of_one_score_is_that_score() -> None:
    """With weights and clusters too; its interval is that of the plain metric."""
    frame = answers(60, np.random.default_rng(4))
    card = cx.scorecard(journey(), frame, weights="weight", clusters="flight")
    only = card.journey.select(stage="Way").without("T1").without("T2")
    one = cx.scorecard(only, frame, weights="weight", clusters="flight")

    assert one.whole.value == pytest.approx(card.score("T0").value)
    assert one.whole.std_error == pytest.approx(card.score("T0").std_error)
    assert one.whole.n_effective == pytest.approx(card.score("T0").n_effective)
    assert tuple(one.whole.interval) == pytest.approx(tuple(card.score("T0").interval))


def test_two_gaps_are_half_the_paired_difference() -> None:
    """Of two touchpoints that all rated, the gap is half of the change within customers."""
    rng = np.random.default_rng(5)
    liking = rng.normal(size=200)
    first, second = (
        np.clip(np.rint(3 + k + liking + rng.normal(size=200)), 1, 5).astype(int) for k in (0, 1)
    )
    frame = pl.DataFrame({"q0": first, "q1": second, "q2": second})
    card: Any = cx.scorecard(journey().without("T2"), frame)
    changes = 100.0 * ((first > 3).astype(float) - (second > 3))

    assert card.gaps.value[0] == pytest.approx(changes.mean() / 2)
    assert card.gaps.std_error[0] == pytest.approx(changes.std(ddof=1) / 200**0.5 / 2)
    assert card.gaps.std_error[1] == pytest.approx(card.gaps.std_error[0])


def test_customers_who_rate_all_alike_leave_no_gap() -> None:
    """The correlation is 1; the interval of a gap still has width."""
    ratings = [5, 4, 3, 2, 5, 5, 1, 4]
    card: Any = cx.scorecard(journey(), pl.DataFrame({f"q{j}": ratings for j in range(SIZE)}))

    assert joint(card).links.correlation == pytest.approx(np.ones((SIZE, SIZE)))
    assert card.gaps.value.tolist() == [0, 0, 0]
    assert card.gaps.std_error == pytest.approx(np.zeros(SIZE), abs=1e-6)
    assert (card.gaps.interval.low < 0).all()
    assert (card.gaps.interval.high > 0).all()
    assert card.gaps.test(0).pvalue.tolist() == [1, 1, 1]


def test_customers_who_are_of_one_mind_leave_width() -> None:
    """Kish's number is that of the customers: ten, not thirty."""
    card: Any = cx.scorecard(journey(), pl.DataFrame({f"q{j}": [5] * 10 for j in range(SIZE)}))

    assert (card.whole.value, card.whole.std_error) == (100, 0)
    assert card.whole.n_effective == pytest.approx(10)
    assert (card.gaps.interval.low < 0).all()
    long = cx.Counts.of([5] * 30, cx.ONE_TO_FIVE, clusters=list(range(10)) * 3)
    assert tuple(card.whole.interval) == pytest.approx(tuple(cx.csat(long).interval))


def test_links_of_a_touchpoint_without_ratings() -> None:
    frame = pl.DataFrame({"q0": [5, 4, 1, 2], "q1": [None] * 4, "q2": [5, 5, 2, 1]})
    card = cx.scorecard(journey(), frame)

    assert np.isnan(card.whole.value)
    assert tuple(card.whole.interval) == (0, 100)
    assert np.isnan(card.gaps.value).all()
    assert card.links is not None
    assert card.links.correlation[1].tolist() == [0, 1, 0]


def test_links_are_rows_of_a_batch() -> None:
    table = np.eye(2)[None] * np.array([1.0, 2.0])[:, None, None]
    links = Links(correlation=table, overlap=table)

    assert links.shape == (2,)
    assert links.take(np.array([1, -1])).overlap[1].tolist() == [[0, 0], [0, 0]]
    assert links[1] == Links(correlation=table[1], overlap=table[1])


def test_equal_means_are_hotellings() -> None:
    """T² of the differences within customers, by numpy."""
    rng = np.random.default_rng(6)
    n = 25
    liking = rng.normal(size=n)
    ratings = np.column_stack(
        [np.clip(np.rint(3 + j / 2 + liking + rng.normal(size=n)), 1, 5) for j in range(SIZE)]
    ).astype(int)
    frame = pl.DataFrame({f"q{j}": ratings[:, j] for j in range(SIZE)})
    steps = np.diff(ratings.astype(float), axis=1)
    gap = steps.mean(axis=0)
    expected = n * gap @ np.linalg.solve(np.cov(steps.T), gap)

    statistic, pvalue = joint(cx.scorecard(journey("mean_score"), frame)).equal_means(np.eye(SIZE))

    assert statistic == pytest.approx(expected)
    f = expected * (n - 2) / (2 * (n - 1))
    assert pvalue == pytest.approx(stats.f.sf(f, 2, n - 2))
