"""Samples spread over segments: by hand, laws, refusals."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics import ONE_TO_FIVE, ZERO_TO_TEN, Counts
from cxmetrics.errors import ArgumentError, MismatchError, UnknownKeyError
from cxmetrics.planning import allocate
from tests.planning.surveys import TYPICAL, csat_of, nps_of

CUSTOMERS = {"web": 9_000, "app": 900, "shop": 100}
BASELINES = {"web": nps_of(0, 40, 60), "app": nps_of(100, 0, 100), "shop": nps_of(0, 0, 5)}

populations = st.dictionaries(st.text(max_size=2), st.integers(1, 500), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("n", "options", "sizes"),
    [
        (200, {}, [180, 18, 2]),
        (20, {}, [17, 2, 1]),
        (3, {}, [1, 1, 1]),
        (10_000, {}, [9_000, 900, 100]),
        (201, {"method": "equal"}, [67, 67, 67]),
        (200, {"method": "equal"}, [67, 67, 66]),
        (400, {"method": "equal"}, [150, 150, 100]),
    ],
)
def test_sizes(n: int, options: dict[str, Any], sizes: list[int]) -> None:
    """What the shop can't give is split; a part of an answer goes to the largest rest."""
    assert list(allocate(CUSTOMERS, n, **options).per_segment.values()) == sizes


def test_neyman_takes_more_where_answers_are_spread() -> None:
    """N × S, with half an answer more at each end: web ½, 40, 60½; app 100½ each; shop ½, 0, 5½.

    S² = 10,000 × (61/101 - (60/101)²) = 2,505; 10,000; 10,000 × (1 - (5/6)²) = 3,056.
    """
    weight = np.array([9_000, 900, 100]) * np.sqrt([2_510.54, 10_000, 3_055.56])
    expected = 300 * weight / weight.sum()

    plan = allocate(CUSTOMERS, 300, method="neyman", baselines=BASELINES)

    assert plan.n == pytest.approx(expected, abs=1)
    assert plan.n.sum() == 300


def test_neyman_is_the_most_certain_plan() -> None:
    """No answer that moves to another segment lowers the standard error."""
    plan = allocate(CUSTOMERS, 60, method="neyman", baselines=BASELINES)
    share = np.array([0.9, 0.09, 0.01])
    spread = np.sqrt([2_510.54, 10_000, 3_055.56])

    def error(n: Any) -> float:
        left = 1 - n / plan.population
        return float(np.sqrt((share**2 * spread**2 * left / n).sum()))

    assert plan.std_error == pytest.approx(error(plan.n), rel=1e-4)
    for step in ([1, -1, 0], [-1, 1, 0]):
        assert error(plan.n + step) > plan.std_error
    for method in ("proportional", "equal"):
        other = allocate(CUSTOMERS, 60, method=method, baselines=BASELINES)
        assert other.std_error > plan.std_error


@given(population=populations, data=st.data(), method=st.sampled_from(["proportional", "equal"]))
def test_every_segment_has_its_answers(population: dict[str, int], data: Any, method: Any) -> None:
    n = data.draw(st.integers(len(population), sum(population.values())))

    plan = allocate(population, n, method=method)

    assert plan.n.sum() == n
    assert (plan.n >= 1).all()
    assert (plan.n <= plan.population).all()
    assert plan.weights @ plan.n == pytest.approx(sum(population.values()))


def test_grouped_estimates_are_baselines() -> None:
    """S² = 5,556 and 7,500; a segment without answers may be spread as far as the scale."""
    grouped = cx.nps(Counts.of([10, 9, 3], ZERO_TO_TEN, by={"channel": ["web", "web", "app"]}))

    plan = allocate({"web": 100, "app": 100}, 50, method="neyman", baselines=grouped)

    assert plan.per_segment == {"web": 23, "app": 27}
    nobody = allocate(
        {"web": 100, "app": 100},
        50,
        method="neyman",
        baselines={"web": TYPICAL, "app": cx.nps(Counts(ZERO_TO_TEN, np.zeros((1, 11), int)))[0]},
    )
    assert nobody.per_segment == {"web": 22, "app": 28}


def test_plans_are_shown() -> None:
    plan = allocate(CUSTOMERS, 200, baselines=BASELINES)

    assert str(plan) == (
        "200 answers from 10,000 customers, proportional (standard error 3.95)\n"
        "segment  population    n  weight\n"
        "web           9,000  180   50.00\n"
        "app             900   18   50.00\n"
        "shop            100    2   50.00"
    )
    assert str(allocate(CUSTOMERS, 200)).startswith(
        "200 answers from 10,000 customers, proportional\nsegment"
    )
    assert plan.shape == ()
    assert plan.to_dicts()[2] == {"segment": "shop", "population": 100, "n": 2, "weight": 50.0}
    assert plan == allocate(CUSTOMERS, 200, baselines=BASELINES)
    assert "shop" in plan.to_html()


@pytest.mark.parametrize(
    ("population", "n", "options", "error", "message"),
    [
        ({}, 5, {}, ArgumentError,
         "`population_by_segment` must have at least one segment, not 0."),
        ({"web": 1e49}, 5, {}, ArgumentError,
         "`population_by_segment` must have at most 2**53 customers."),
        ({"web": 0}, 5, {}, ArgumentError, "`population_by_segment` must be at least 1, not 0."),
        (CUSTOMERS, 0, {}, ArgumentError, "`n` must be at least 1, not 0."),
        (CUSTOMERS, 2, {}, ArgumentError,
         "`n` must be from 3, one per segment, to 10,000 customers, not 2."),
        (CUSTOMERS, 10_001, {}, ArgumentError,
         "`n` must be from 3, one per segment, to 10,000 customers, not 10,001."),
        (CUSTOMERS, 200, {"method": "optimal"}, ArgumentError,
         ("`method` must be 'proportional', 'neyman' or 'equal', not 'optimal'.\n"
          "Hint: did you mean 'proportional'?")),
        (CUSTOMERS, 200, {"method": "neyman"}, ArgumentError,
         ("`baselines` must be given for method='neyman'.\n"
          "Hint: did you mean method='proportional'?")),
        (CUSTOMERS, 200, {"baselines": {"web": TYPICAL}}, UnknownKeyError,
         "There is no baseline of segment 'app'."),
        ({"web": 9, "app": 9}, 5, {"baselines": {"web": TYPICAL, "app": csat_of(800)}},
         MismatchError, "`baselines` must be of one metric, not NPS and CSAT."),
        ({"web": 9, "app": 9}, 5,
         {"baselines": {"web": csat_of(800), "app": cx.csat(Counts(ONE_TO_FIVE, [1] * 5), top=1)}},
         MismatchError, "`baselines` must have the same cut-points of CSAT."),
    ],
)  # fmt: skip
def test_what_can_not_be_allocated(
    population: Any, n: int, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        allocate(population, n, **options)

    assert str(caught.value) == message
