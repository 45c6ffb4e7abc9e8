import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.errors import ArgumentError, ConvergenceWarning
from cxmetrics.weighting import Raking, poststratify, rake, replicate_shares, replicates
from tests.strategies import margins_of_surveys, weighted_surveys
from tests.weighting.schools import API, COLUMNS, DISTRICT, GROWTH, POSITION, TYPES

FINE: Any = {"tolerance": 1e-13, "max_iterations": 5000}


def jackknife_by_loops(
    survey: dict[str, list[Any]], targets: Any, position: Any, size: int, clusters: Any
) -> tuple[Any, Any]:
    """Leave out a cluster, rake what is left, and again."""

    def shares(rows: Any) -> Any:
        part = {name: [column[i] for i in rows] for name, column in survey.items()}
        raking = rake(part, targets, weights="weight", **FINE)
        sums = np.bincount(position[rows], raking.weights, size + 1)[:size]
        return sums / sums.sum()

    every = np.arange(len(position))
    whole = shares(every)
    labels = np.unique(clusters)
    moved = np.array([shares(every[clusters != label]) - whole for label in labels])
    return whole, (len(labels) - 1) / len(labels) * moved.T @ moved


def score(found: Any, scores: Any) -> tuple[float, float]:
    """A linear score and its standard error."""
    return found.shares @ scores, np.sqrt(scores @ found.covariance @ scores)


def test_worked_example() -> None:
    """R: survey::svymean(~api00, rake(as.svrepdesign(svydesign(~dnum, weights = ~pw,
    data = apiclus1), type = "JK1", mse = TRUE), ...)): 641.230246862208 and
    27.1442128318128, with a fit that stops when no cell changes by 1. The output of R is
    in the tests of Survey.jl, test/r_reference/rake_results.csv.
    """
    raking = rake(COLUMNS, {"stype": TYPES, "sch.wide": GROWTH})

    found = replicate_shares(raking.cells, POSITION, len(API), clusters=DISTRICT)

    assert score(found, API) == pytest.approx((641.230246862208, 27.1442128318128), rel=3e-5)
    assert found.df == 14


def test_post_stratified_schools() -> None:
    """R: as above, with postStratify(..., ~stype): 642.310788211584, 27.2066268255349."""
    raking = poststratify(COLUMNS, {"stype": TYPES})

    found = replicate_shares(raking.cells, POSITION, len(API), clusters=DISTRICT)

    assert score(found, API) == pytest.approx((642.310788211584, 27.2066268255349), rel=1e-11)


@given(weighted_surveys(max_size=20), margins_of_surveys(), st.data())
def test_the_jackknife_is_that_of_loops(
    survey: dict[str, list[Any]], targets: Any, data: st.DataObject
) -> None:
    twice = {name: column * 2 for name, column in survey.items()}
    n = len(twice["age"])
    position = np.array(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    position[: n // 2 : 3] = position[n // 2 :: 3] = 0  # no replicate is without an answer
    if data.draw(st.booleans()):
        clusters = None
    else:
        # Rows 0...5 hold all combinations, and so does no cluster: no level is lost.
        codes = st.lists(st.integers(0, 4), min_size=n - 12, max_size=n - 12)
        clusters = np.unique([*range(5, 17), *data.draw(codes)], return_inverse=True)[1]
    raking = rake(twice, targets, weights="weight", max_iterations=5000)

    found = replicate_shares(raking.cells, position, 3, clusters=clusters, **FINE)

    each = np.arange(n) if clusters is None else clusters
    shares, covariance = jackknife_by_loops(twice, targets, position, 3, each)
    np.testing.assert_allclose(found.shares, shares, rtol=1e-9)
    np.testing.assert_allclose(found.covariance, covariance, rtol=1e-6, atol=1e-13)
    assert found.df == len(np.unique(each)) - 1
    np.testing.assert_allclose(found.covariance.sum(axis=0), 0, atol=1e-12)


def big_survey(n: int) -> tuple[Raking, Any, Any, Any]:
    """Answers 0...4 that differ between two regions, and the regions."""
    rng = np.random.default_rng(1)
    region = rng.choice(3, n, p=[0.5, 0.3, 0.2])
    answer = np.clip(np.rint(rng.normal(1 + region, 1)), 0, 4).astype(np.intp)
    targets = {0: 0.2, 1: 0.3, 2: 0.5}
    return poststratify({"region": region}, {"region": targets}), region, answer, targets


@pytest.mark.parametrize("options", [{}, {"replicates": "bootstrap", "draws": 4000, "rng": 1}])
def test_post_stratified_mean_has_the_variance_of_the_textbook(options: Any) -> None:
    """Σ P² s²/n over the strata: Cochran (1977), Sampling Techniques, section 5A.9."""
    raking, region, answer, targets = big_survey(3000)

    found = replicate_shares(raking.cells, answer, 5, **options)

    strata = [answer[region == h] for h in targets]
    shares = np.array(list(targets.values()))
    mean = shares @ [stratum.mean() for stratum in strata]
    variance = shares**2 @ [stratum.var(ddof=1) / len(stratum) for stratum in strata]
    value, std_error = score(found, np.arange(5))
    assert value == pytest.approx(mean)
    assert std_error == pytest.approx(np.sqrt(variance), rel=0.03 if options else 0.005)
    assert found.df == 2999


def test_without_margins_the_variance_is_that_of_a_mean() -> None:
    """One level for all: s²/n, exactly (the jackknife of a mean)."""
    answer = np.array([0, 1, 1, 2, 4, 4, 4])
    raking = poststratify({"all": ["x"] * 7}, {"all": {"x": 1}})

    found = replicate_shares(raking.cells, answer, 5)

    assert score(found, np.arange(5)) == pytest.approx(
        (answer.mean(), np.sqrt(answer.var(ddof=1) / 7)), rel=1e-12
    )


def test_missing_answers_are_raked_but_are_no_answers() -> None:
    """By hand: the north weighs 40 for three of whom two answer, the south 60 for two."""
    region = ["north", "north", "north", "south", "south"]
    raking = poststratify({"region": region}, {"region": {"north": 40, "south": 60}})

    found = replicate_shares(raking.cells, np.array([0, 1, 2, 1, 1]), 2)

    north, south = 40 / 3, 30
    expected = np.array([north, north + 2 * south]) / (2 * north + 2 * south)
    np.testing.assert_allclose(found.shares, expected)


def test_the_order_of_rows_does_not_matter_and_a_seed_repeats_the_bootstrap() -> None:
    raking, region, answer, targets = big_survey(300)
    order = np.random.default_rng(2).permutation(300)
    mixed = poststratify({"region": region[order]}, {"region": targets})
    generator = np.random.default_rng(5)

    once = replicate_shares(raking.cells, answer, 5, replicates="bootstrap", rng=5)
    again = replicate_shares(mixed.cells, answer[order], 5, replicates="bootstrap", rng=generator)

    np.testing.assert_allclose(again.covariance, once.covariance, rtol=1e-9)


@pytest.mark.parametrize("replicate", ["jackknife", "bootstrap"])
def test_blocks_do_not_matter(replicate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    raking, _, answer, _ = big_survey(300)
    options: Any = {"replicates": replicate, "draws": 50, "rng": 3}
    once = replicate_shares(raking.cells, answer, 5, **options)

    monkeypatch.setattr(replicates, "BLOCK", 100)
    again = replicate_shares(raking.cells, answer, 5, **options)

    np.testing.assert_allclose(again.covariance, once.covariance, rtol=1e-9, atol=1e-15)


def test_a_million_respondents_are_cheap() -> None:
    """They are a few cells: 3 regions × 5 answers replicates stand for all."""
    raking, _, answer, _ = big_survey(1_000_000)

    found = replicate_shares(raking.cells, answer, 5)

    assert found.df == 999_999
    assert len(replicates._units(raking.cells, answer, 5, None).times) == 15


def test_a_level_that_a_replicate_loses_is_told() -> None:
    """Without the only one in the south, the north stands for all."""
    frame = {"region": ["north", "north", "north", "south"]}
    raking = poststratify(frame, {"region": {"north": 0.7, "south": 0.3}})
    message = (
        r"Each replicate must meet all targets, but 1 of 4 do not: "
        r"some level has too few respondents\."
    )

    with pytest.warns(ConvergenceWarning, match=message) as caught:
        found = replicate_shares(raking.cells, np.array([0, 0, 1, 1]), 2)

    assert caught[0].filename == __file__
    lost = np.array([2 / 3, 1 / 3]) - found.shares
    others = np.array([[0.35, 0.65]] * 2 + [[0.7, 0.3]]) - found.shares
    moved = np.vstack([lost, others])
    np.testing.assert_allclose(found.covariance, 0.75 * moved.T @ moved)


def test_one_cluster_has_no_variance() -> None:
    raking = poststratify({"all": ["x"] * 3}, {"all": {"x": 1}})

    found = replicate_shares(raking.cells, np.array([0, 0, 1]), 2, clusters=np.zeros(3, np.intp))

    assert found.shares.tolist() == pytest.approx([2 / 3, 1 / 3])
    assert np.isnan(found.covariance).all()
    assert found.df == 0


def test_without_answers_all_is_undefined() -> None:
    raking = poststratify({"all": ["x"] * 3}, {"all": {"x": 1}})

    found = replicate_shares(raking.cells, np.array([2, 2, 2]), 2)

    assert np.isnan(found.shares).all()
    assert np.isnan(found.covariance).all()


def test_one_respondent_per_level_can_be_left_out_by_a_target_of_zero() -> None:
    raking = rake({"a": ["x", "x", "x", "y"]}, {"a": {"x": 1, "y": 0}})

    with warnings.catch_warnings(action="error"):
        found = replicate_shares(raking.cells, np.array([0, 1, 1, 1]), 2)

    assert found.shares.tolist() == pytest.approx([1 / 3, 2 / 3])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"replicates": "jacknife"},
            (
                "`replicates` must be 'jackknife' or 'bootstrap', not 'jacknife'.\n"
                "Hint: did you mean 'jackknife'?"
            ),
        ),
        (
            {"replicates": "bootstrap"},
            "`rng` must be a numpy Generator or a whole number from 0, not None.",
        ),
        (
            {"replicates": "bootstrap", "rng": 1, "draws": 0},
            "`draws` must be at least 1, not 0.",
        ),
    ],
)
def test_options_that_do_not_fit(options: Any, message: str) -> None:
    raking = poststratify({"all": ["x"] * 3}, {"all": {"x": 1}})

    with pytest.raises(ArgumentError) as caught:
        replicate_shares(raking.cells, np.array([0, 0, 1]), 2, **options)

    assert str(caught.value) == message
