from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.errors import ArgumentError, CxMetricsError, ScaleError, TooFewResponsesError
from cxmetrics.weighting import design_effect, effective_n, trim_weights
from tests.strategies import junk

some_weights = st.lists(st.one_of(st.just(0.0), st.floats(0.01, 100)), min_size=1).filter(any)


def test_worked_example() -> None:
    """By hand: 4 (1 + 1 + 1 + 25) / 8² = 1.75, and 64 / 28 = 2.2857."""
    assert design_effect([1, 1, 1, 5]) == pytest.approx(1.75)
    assert effective_n([1, 1, 1, 5]) == pytest.approx(64 / 28)


@given(some_weights, st.floats(1e-290, 1e290))
def test_design_effect_and_effective_n(weights: list[float], factor: float) -> None:
    """Kish: 1 plus the squared coefficient of variation of the weights."""
    n = len(weights)
    deff = design_effect(weights)

    assert deff == pytest.approx(1 + (np.std(weights) / np.mean(weights)) ** 2)
    assert effective_n(weights) == pytest.approx(n / deff)
    assert 1 - 1e-12 <= deff <= n * (1 + 1e-12)
    assert design_effect([factor * weight for weight in weights]) == pytest.approx(deff)
    assert design_effect([3.0] * n) == pytest.approx(1)


def by_rounds(weights: list[float], most: float) -> list[float]:
    """Cut, and spread what was cut over the others; again while one is above."""
    trimmed, capped = list(weights), set()
    while any(weight > most * (1 + 1e-12) for weight in trimmed):
        capped |= {i for i, weight in enumerate(trimmed) if weight > most * (1 + 1e-12)}
        free = sum(weights) - most * len(capped)
        others = sum(weight for i, weight in enumerate(weights) if i not in capped)
        trimmed = [
            most if i in capped else weight * free / others for i, weight in enumerate(weights)
        ]
    return trimmed


def test_trimming_goes_on_until_no_weight_is_above() -> None:
    """By hand: 16 → 6 leaves 14 for 1 + 1 + 2; then 7 → 6 leaves 8 for 1 + 1."""
    assert trim_weights([1, 1, 2, 16], ratio=4).tolist() == pytest.approx([4, 4, 6, 6])


@given(some_weights, st.floats(1.0001, 3))
def test_trimmed_weights_are_those_of_rounds(weights: list[float], room: float) -> None:
    used = [weight for weight in weights if weight]
    most = room * float(np.mean(used))

    trimmed = trim_weights(weights, most=most)

    assert trimmed.tolist() == pytest.approx(by_rounds(weights, most), rel=1e-9)


@given(some_weights, st.floats(0, 1), st.floats(1, 3))
def test_trimming_keeps_total_limits_zeros_and_ratios(
    weights: list[float], below: float, above: float
) -> None:
    given_weights = np.array(weights)
    used = given_weights > 0
    mean = given_weights[used].mean()
    least, most = below * mean, above * mean

    trimmed = trim_weights(weights, least=least, most=most)

    assert trimmed.sum() == pytest.approx(given_weights.sum(), rel=1e-9)
    assert (trimmed[~used] == 0).all()
    assert (trimmed[used] >= least).all()
    assert (trimmed[used] <= most).all()
    free = used & (trimmed > least) & (trimmed < most)
    order = np.argsort(given_weights, kind="stable")
    assert (np.diff(trimmed[order]) >= 0).all()
    factors = trimmed[free] / given_weights[free]
    assert factors.tolist() == pytest.approx([factors[:1].sum()] * len(factors), rel=1e-12)
    np.testing.assert_allclose(trim_weights(trimmed, least=least, most=most), trimmed, rtol=1e-9)


def test_weights_within_the_limits_stay_as_they_are() -> None:
    assert trim_weights([1, 2, 3], least=1, most=3).tolist() == [1, 2, 3]
    assert trim_weights([1, 2, 3], least=0.5).tolist() == [1, 2, 3]


def test_a_limit_at_the_mean_makes_weights_equal() -> None:
    assert trim_weights([1, 2, 6], most=3).tolist() == [3, 3, 3]
    assert trim_weights([1, 2, 6], least=3).tolist() == [3, 3, 3]


def test_weights_below_the_least_are_raised() -> None:
    """By hand: 1 → 2 leaves 18 of 19 for the others."""
    assert trim_weights([1, 9, 10], least=2).tolist() == pytest.approx([2, 162 / 19, 180 / 19])


@pytest.mark.parametrize(
    "weights",
    [
        [1, 1, 2, 16],
        (1, 1, 2, 16),
        np.array([1, 1, 2, 16], np.int8),
        np.array([1, 1, 2, 16], np.float32),
        pd.Series([1, 1, 2, 16], dtype="Int64"),
        pl.Series([1, 1, 2, 16]),
    ],
    ids=["list", "tuple", "int8", "float32", "pandas", "polars"],
)
def test_weights_of_every_kind(weights: Any) -> None:
    assert trim_weights(weights, most=10).tolist() == pytest.approx([2.5, 2.5, 5, 10])
    assert not np.shares_memory(trim_weights(weights, most=20), weights)


@pytest.mark.parametrize(
    ("weights", "limits", "message"),
    [
        ([1, 2], {}, "One of `most`, `least` and `ratio` must be given, not none."),
        (
            [1, 2],
            {"most": 2, "ratio": 2},
            "Only one of `most` and `ratio` must be given, not both.",
        ),
        ([1, 3], {"most": 1.5}, "`most` must leave room for the mean weight of 2, not be 1.5."),
        (
            [1, 1, 4],
            {"ratio": 1.5},
            (
                "`ratio` must leave room for the mean weight of 2, not be one that makes the "
                "largest weight 1.5."
            ),
        ),
        ([1, 3], {"least": 2.5}, "`least` must be at most the mean weight of 2, not 2.5."),
        ([1, 3], {"most": "a"}, "`most` must be a finite number, not 'a'."),
        ([1, 3], {"ratio": float("nan")}, "`ratio` must be a finite number, not nan."),
    ],
)
def test_limits_that_do_not_fit(weights: list[float], limits: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        trim_weights(weights, **limits)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        (
            [1, -2, 3, -1],
            ArgumentError,
            "Each weight must be a finite number from 0, not -2 (2 of 4, first at position 1).",
        ),
        (
            np.array([1, np.nan]),
            ArgumentError,
            "Each weight must be a finite number from 0, not nan (1 of 2, first at position 1).",
        ),
        (
            [float("inf"), 1],
            ArgumentError,
            "Each weight must be a finite number from 0, not inf (1 of 2, first at position 0).",
        ),
        (
            [1, None, "2"],
            ArgumentError,
            "Each weight must be a finite number from 0, not None (2 of 3, first at position 1).",
        ),
        ([0, 0, 0], ArgumentError, "One weight must be above 0, but all 3 of them are 0."),
        ([], TooFewResponsesError, "`weights` must have at least one weight, not 0."),
        (3, ScaleError, "`weights` must be a 1-D array or list, not int."),
    ],
    ids=["negative", "nan", "infinite", "objects", "zeros", "none", "scalar"],
)
def test_weights_that_are_none(weights: Any, error: type[CxMetricsError], message: str) -> None:
    for function in (design_effect, effective_n, lambda w: trim_weights(w, most=1)):
        with pytest.raises(error) as caught:
            function(weights)

        assert str(caught.value) == message


@given(junk(), junk())
def test_junk_is_an_error_of_ours_or_of_type(weights: Any, limit: Any) -> None:
    for call in (
        lambda: design_effect(weights),
        lambda: trim_weights(weights, ratio=2),
        lambda: trim_weights([1, 2], most=limit),
    ):
        try:
            call()
        except (CxMetricsError, TypeError):
            continue
