import json
from typing import Any

import numpy as np
import pytest

import cxmetrics as cx
from cxmetrics import ONE_TO_FIVE, ZERO_TO_TEN, Counts, poststratify, rake
from cxmetrics.errors import MismatchError, ScaleError
from cxmetrics.weighting import replicate_shares

RNG = np.random.default_rng(5)
N = 240
SURVEY: dict[str, Any] = {
    "region": RNG.choice(["north", "south"], N, p=[0.7, 0.3]).tolist(),
    "age": RNG.choice(["young", "old"], N, p=[0.4, 0.6]).tolist(),
}
TARGETS: Any = {"region": {"north": 50, "south": 50}, "age": {"young": 55, "old": 45}}
ANSWERS = [
    None if i % 20 == 0 else int(answer) - (region == "south")
    for i, (answer, region) in enumerate(zip(RNG.integers(1, 11, N), SURVEY["region"], strict=True))
]
CUSTOMERS = (np.arange(N) // 3).tolist()
RAKING = rake(SURVEY, TARGETS)


@pytest.mark.parametrize("clusters", [None, CUSTOMERS])
@pytest.mark.parametrize("replicates", ["jackknife", "bootstrap"])
def test_value_and_standard_error_are_those_of_the_replicates(
    replicates: Any, clusters: Any
) -> None:
    options: Any = {"replicates": replicates, "rng": 1, "draws": 200}
    position = np.array([11 if answer is None else answer for answer in ANSWERS])
    codes = None if clusters is None else np.array(clusters)
    expected = replicate_shares(RAKING.cells, position, 11, clusters=codes, **options)
    scores = np.array([-100.0] * 7 + [0] * 2 + [100] * 2)

    nps = cx.nps(RAKING.counts(ANSWERS, ZERO_TO_TEN, clusters=clusters, **options))

    assert nps.value == pytest.approx(expected.shares @ scores, abs=1e-10)
    std_error = np.sqrt(scores @ expected.covariance @ scores)
    assert nps.std_error == pytest.approx(std_error, rel=1e-10)
    assert (nps.n, nps.n_missing, nps.df) == (N - 12, 12, expected.df)


def test_targets_that_go_with_the_answers_make_the_score_surer() -> None:
    """The score of each region is known better than which region somebody is from."""
    split: Any = {"region": ["north"] * 100 + ["south"] * 100}
    answers = [10] * 95 + [0] * 5 + [10] * 5 + [0] * 95
    raking = poststratify(split, {"region": {"north": 0.5, "south": 0.5}})

    fitted = cx.nps(raking.counts(answers, ZERO_TO_TEN))
    given = cx.nps(Counts.of(answers, ZERO_TO_TEN, weights=raking.weights))

    assert fitted.value == pytest.approx(given.value, abs=1e-10)
    assert 2 * fitted.std_error < given.std_error
    assert fitted.n_effective > 4 * given.n_effective


def test_raked_counts_are_stored_and_mirrored() -> None:
    counts = RAKING.counts(ANSWERS, ZERO_TO_TEN)

    assert Counts.from_dict(json.loads(json.dumps(counts.to_dict()))) == counts
    assert cx.counts_from_frame(counts.to_polars(), ZERO_TO_TEN) == counts
    mean, mirrored = cx.mean_score(counts), cx.mean_score(counts.mirrored())
    assert mirrored.value == pytest.approx(10 - mean.value)
    assert mirrored.std_error == pytest.approx(mean.std_error)
    stars = [1, 5, 4] * 80
    turned = cx.mean_score(RAKING.counts(stars, ONE_TO_FIVE, reverse=True))
    assert turned.value == pytest.approx(6 - cx.mean_score(RAKING.counts(stars, ONE_TO_FIVE)).value)
    assert str(counts).startswith("228 answers on scale 0-10, raked, 12 missing: ")


def test_answers_that_are_all_alike() -> None:
    nps = cx.nps(RAKING.counts([10] * N, ZERO_TO_TEN))

    assert nps.std_error == 0
    assert nps.n_effective == pytest.approx(RAKING.effective_n)
    assert nps.interval.low < nps.interval.high == 100


def test_one_cluster_says_nothing() -> None:
    nps = cx.nps(RAKING.counts(ANSWERS, ZERO_TO_TEN, clusters=[1] * N))

    assert np.isnan(nps.std_error)
    assert nps.interval == (-100, 100)
    assert nps.test(0).pvalue == 1


def test_what_is_refused() -> None:
    counts = RAKING.counts(ANSWERS, ZERO_TO_TEN)
    with pytest.raises(MismatchError) as error:
        counts + counts
    assert str(error.value) == (
        "Can't add counts with fitted weights.\n"
        "Hint: did you mean to fit the weights of all respondents together?"
    )
    with pytest.raises(MismatchError) as error:
        RAKING.counts([1, 2], ZERO_TO_TEN)
    message = "`responses` must have one answer per respondent, not 2 for 240."
    assert str(error.value) == message
    with pytest.raises(ScaleError) as scale_error:
        RAKING.counts([1] * N, cx.Scale(0, 100))
    assert str(scale_error.value) == (
        "`responses` must be on a scale of at most 21 points, not 101.\n"
        "Hint: did you mean to group the answers first, as answer // 5?"
    )
    stored = counts.to_dict()
    stored["design"]["covariance"] = [1]
    with pytest.raises(MismatchError) as error:
        Counts.from_dict(stored)
    message = "`covariance` must be a square table over 11 points, not of shape (1,)."
    assert str(error.value) == message
