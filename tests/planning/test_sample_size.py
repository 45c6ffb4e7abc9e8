"""Sample sizes: known values, laws, faces, refusals."""

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats import power as reference

import cxmetrics as cx
from cxmetrics import YES_NO, Counts
from cxmetrics.errors import ArgumentError
from cxmetrics.planning import SampleSize, detectable_difference, power, sample_size
from tests.planning.surveys import EXCELLENT, MEAN, TYPICAL, csat_of, every_setting, nps_of


@pytest.mark.parametrize(
    ("baseline", "target", "n"),
    [
        (TYPICAL, nps_of(175, 300, 525), 3_729),
        (TYPICAL, nps_of(150, 300, 550), 903),
        (TYPICAL, nps_of(100, 300, 600), 208),
        (EXCELLENT, nps_of(5, 10, 85), 498),
        (csat_of(800), csat_of(850), 903),
    ],
    ids=["+5", "+10", "+20", "88 to 80", "csat"],
)
def test_sizes_of_stated_targets(baseline: cx.Estimate, target: cx.Estimate, n: int) -> None:
    """(z + z)² (V₁ + V₂) / δ², rounded up: 7.8489 × 11,875 / 25 = 3,728.2 and so on."""
    plan = sample_size(baseline, target=target)

    assert (plan.n_after, plan.n_before, plan.n_total) == (n, n, 2 * n)
    assert plan.method == "normal"
    assert sample_size(baseline, target=target.score.counts) == plan


@pytest.mark.parametrize(
    ("target", "n"), [((150, 350, 500), 3_572), ((200, 250, 550), 3_886), (None, 3_756)]
)
def test_a_change_depends_on_who_moves(target: tuple[int, int, int] | None, n: int) -> None:
    """From 30 to 35: detractors become passives, passives become promoters, or the likeliest.

    7.8489 × (0.61 + 0.5275) / 0.0025 = 3,571.2 for the first, and 3,885.2 and 3,755.5.
    """
    options: dict[str, Any] = {"change": 5} if target is None else {"target": nps_of(*target)}

    assert sample_size(TYPICAL, **options).n_after == n


def test_size_against_a_benchmark() -> None:
    """statsmodels: (z √V₀ + z √V₁)² / δ² of a proportion, 80 to 85 %."""
    exact = reference.normal_sample_size_one_tail(
        0.05, 0.8, 0.025, std_null=np.sqrt(0.8 * 0.2), std_alternative=np.sqrt(0.85 * 0.15)
    )

    plan = sample_size(csat_of(800), change=5, comparison="benchmark")

    assert plan.n_after == np.ceil(exact)
    assert (plan.n_before, plan.n_total) == (0, plan.n_after)


def test_the_result_shows_both_distributions() -> None:
    """20 / 30 / 50 moved to 35 by the constrained likelihood."""
    plan = sample_size(TYPICAL, change=5)

    assert plan.names == ("detractors", "passives", "promoters")
    assert plan.before == pytest.approx([20, 30, 50])
    assert plan.after == pytest.approx([17.934821, 29.130358, 52.934821], abs=1e-6)
    assert plan.target == 35


@every_setting
@given(change=st.floats(4, 16), goal=st.floats(0.5, 0.95))
def test_no_smaller_sample_has_the_power(
    setting: dict[str, Any], change: float, goal: float
) -> None:
    plan = sample_size(TYPICAL, change=change, power=goal, **setting)

    assert plan.power >= goal
    assert plan.power == power(TYPICAL, n=plan.n_after, change=change, **setting)
    if plan.n_after > 1:
        assert power(TYPICAL, n=plan.n_after - 1, change=change, **setting) < goal


@every_setting
@settings(max_examples=6)  # each is a hundred powers
@given(n=st.integers(100, 5_000))
def test_detectable_differences_need_the_answers_they_came_from(
    setting: dict[str, Any], n: int
) -> None:
    change = detectable_difference(TYPICAL, n=n, **setting)

    assert sample_size(TYPICAL, change=change, **setting).n_after == n


@given(change=st.floats(3, 30), population=st.integers(200, 20_000))
def test_small_populations_never_need_more(change: float, population: int) -> None:
    plan = sample_size(TYPICAL, change=change)
    limited = sample_size(TYPICAL, change=change, population=population)

    assert limited.n_after <= plan.n_after
    assert limited.n_after <= population


@settings(max_examples=8)
@given(change=st.floats(3, 20), ratio=st.sampled_from([2.0, 3.0, 4.0]))
def test_ratios_turn_round(change: float, ratio: float) -> None:
    """As many before for each after, or after for each before, up to whole numbers."""
    plan = sample_size(TYPICAL, change=change, ratio=ratio)
    target = Counts(cx.NPS_GROUPS, np.round(1e9 * plan.after).astype(np.int64))
    before = cx.nps(Counts(cx.NPS_GROUPS, [2, 3, 5]))

    turned = sample_size(cx.nps(target), target=before, ratio=1 / ratio)

    assert turned.n_before == pytest.approx(plan.n_after, abs=1)
    assert turned.n_after == pytest.approx(plan.n_before, abs=ratio)


@settings(max_examples=12)
@given(change=st.floats(3, 20), ratio=st.sampled_from([0.25, 0.5, 2.0, 4.0]))
def test_equal_groups_need_the_fewest(change: float, ratio: float) -> None:
    """Of a score whose variance is the same on both sides."""
    level = nps_of(30, 40, 30)

    unequal = sample_size(level, change=change, ratio=ratio).n_total

    assert unequal > sample_size(level, change=change).n_total


def test_very_many_answers_are_counted_exactly() -> None:
    """(z + z)² (V₁ + V₂) / δ² of a change of 1/1000; both surveys, and all who are invited."""
    plan = sample_size(TYPICAL, change=0.001)

    variances = 2 * 6_100 - 0.001 * 2 * 30
    assert plan.n_after == pytest.approx(7.848879734 * variances / 1e-6, rel=1e-5)
    assert plan.n_before == plan.n_after
    assert plan.invitations == plan.n_total


@pytest.mark.parametrize(("design_effect", "n"), [(1.1, 33), (1.4, 42), (0.1, 3), (0.7, 21)])
def test_effective_answers_are_whole_but_for_rounding(design_effect: float, n: int) -> None:
    """33/1.1 is 29.999999999999996, and is worth 30 answers."""
    assert power(TYPICAL, n=n, change=30, design_effect=design_effect) == power(
        TYPICAL, n=30, change=30
    )


@pytest.mark.parametrize(
    ("options", "n", "invitations"),
    [
        ({"response_rate": 0.25}, (919, 919), 7_352),
        ({"response_rate": 0.3}, (919, 919), 2 * 3_064),
        ({"comparison": "benchmark", "response_rate": 0.2}, (469, 0), 2_345),
        ({"comparison": "paired", "correlation": 0.5, "response_rate": 0.1}, (467, 467), 4_670),
        ({"design_effect": 2}, (1_837, 1_837), 3_674),
        ({"design_effect": 20, "change": 60}, (360, 360), 720),
        ({"population": 919}, (460, 460), 920),
    ],
)
def test_invitations(options: dict[str, Any], n: tuple[int, int], invitations: int) -> None:
    """Each survey invites its own; customers who are asked twice are invited once."""
    plan = sample_size(TYPICAL, **{"change": 10} | options)

    assert ((plan.n_after, plan.n_before), plan.invitations) == (n, invitations)


def test_tables_have_a_row_for_each_change_and_power() -> None:
    plans = sample_size(TYPICAL, change=[5, -10], power=[0.8, 0.9])

    assert plans.shape == (4,)
    rows = plans.to_dicts()
    assert [(row["change"], row["goal"]) for row in rows] == [
        (5, 0.8), (5, 0.9), (-10, 0.8), (-10, 0.9)
    ]  # fmt: skip
    assert plans[1] == sample_size(TYPICAL, change=5, power=0.9)
    assert sample_size(TYPICAL, change=[5]).shape == (1,)
    assert sample_size(TYPICAL, change=np.array([5.0, 6])).shape == (2,)
    assert plans.to_pandas()["n_after"].tolist() == list(np.ravel(plans.n_after))


def test_rows_are_flat() -> None:
    plan = sample_size(csat_of(800), change=5, response_rate=0.5)

    row = plan.to_dict()
    assert list(row) == [
        "metric", "unit", "baseline", "change", "target", "goal", "power", "n_after",
        "n_before", "invitations", "comparison", "ratio", "correlation", "alternative",
        "confidence_level", "population", "design_effect", "response_rate", "method",
    ]  # fmt: skip
    assert row["unit"] == "percentage points"
    assert list(plan.to_dicts()[0])[-4:] == [
        "before_1, 2, 3", "before_4, 5", "after_1, 2, 3", "after_4, 5"
    ]  # fmt: skip


def test_plans_are_values() -> None:
    plan = sample_size(TYPICAL, change=[5, 65])

    assert pickle.loads(pickle.dumps(plan)) == plan
    assert plan.method.tolist() == ["normal", "exact"]
    assert plan != sample_size(TYPICAL, change=[5, 66])


@pytest.mark.parametrize(
    ("plan", "line", "sentence"),
    [
        (
            sample_size(TYPICAL, change=10),
            "NPS +10.0 points, 30.0 to 40.0: n=919 and 919 (power 0.800, 95% score test, normal)",
            ("919 answers before and 919 after find a rise of NPS by 10.0 points, "
            "from 30.0 to 40.0 (power 0.800)."),
        ),
        (
            sample_size(csat_of(800), change=-5, comparison="benchmark", response_rate=0.2),
            ("CSAT -5.0 percentage points, 80.0 to 75.0: n=528 "
            "(power 0.800, 95% score test, normal)"),
            ("528 answers find a fall of CSAT by 5.0 percentage points, from 80.0% to 75.0% "
            "(power 0.800). Invite 2,640 customers, at a response rate of 20%."),
        ),
        (
            sample_size(MEAN, change=0.5, comparison="paired", correlation=0.5,
                        confidence_level=0.9),
            ("Mean +0.50 scale points, 3.88 to 4.38: n=33 and 33 "
            "(power 0.814, 90% score test, normal)"),
            ("33 customers who answer both times find a rise of Mean by 0.50 scale points, "
            "from 3.88 to 4.38 (power 0.814)."),
        ),
    ],
)  # fmt: skip
def test_plans_are_told(plan: SampleSize, line: str, sentence: str) -> None:
    assert str(plan) == line
    assert plan.summary() == sentence


def test_tables_are_shown() -> None:
    plans = sample_size(TYPICAL, change=[5, -50], comparison="benchmark", response_rate=0.5)

    assert str(plans) == (
        "Answers to find a change of NPS from 30.0 points, 95% score test\n"
        "change  target  power  n after  invitations\n"
        "   5.0    35.0  0.800    1,895        3,790\n"
        " -50.0   -20.0  0.806       22           44"
    )
    assert str(sample_size(TYPICAL, change=[5])).splitlines()[1:] == [
        "change  target  power  n after  n before",
        "   5.0    35.0  0.800    3,756     3,756",
    ]
    assert "promoters %" in plans.to_html()
    assert len(plans.summary().splitlines()) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"change": 5, "power": 1}, "`power` must be strictly between 0 and 1, not 1."),
        ({"change": 5, "power": 90}, ("`power` must be strictly between 0 and 1, not 90.\n"
                                      "Hint: did you mean power=0.9?")),
        ({"change": 5, "power": []}, "`power` must have at least one value, not 0."),
        ({"change": []}, "`change` must have at least one value, not 0."),
        ({"change": [5, 0]}, "`change` must not be 0: there would be nothing to find."),
        ({}, "Exactly one of `change` and `target` must be given, not neither."),
        ({"change": [5], "target": EXCELLENT},
         "Exactly one of `change` and `target` must be given, not both."),
        ({"change": 5, "ratio": -1}, "`ratio` must be greater than 0, not -1."),
        ({"change": 5, "response_rate": 0},
         "`response_rate` must be above 0 and at most 1, not 0."),
        ({"change": 5, "response_rate": 25},
         ("`response_rate` must be above 0 and at most 1, not 25.\n"
          "Hint: did you mean response_rate=0.25?")),
        ({"change": 5, "response_rate": 200},
         "`response_rate` must be above 0 and at most 1, not 200."),
        ({"change": 10, "response_rate": 0.1, "population": 2_000},
         ("`population` must be at least 6,300, the invitations for 630 answers, "
          "not 2,000.")),
        ({"change": 9, "response_rate": 1e-308},
         ("`response_rate` must be larger: 1,139 answers would take more than "
          "9,007,199,254,740,992 invitations.")),
        ({"change": 9, "ratio": 1e308},
         ("`ratio` must be at most 9,007,199,254,740,992: there are no more customers "
          "before, not 1e+308.")),
        ({"change": 5, "alternative": "less"},
         "`alternative` must be 'two-sided' or 'greater' to find a rise, not 'less'."),
        ({"change": 1e-7}, ("`change` must be larger: 9,007,199,254,740,992 answers do not "
                            "find it.")),
        ({"change": 5, "population": 100, "ratio": 0.2},
         ("`power` must be at most 0.067, what all 100 customers give at this ratio, "
          "not 0.8.")),
    ],
)  # fmt: skip
def test_what_can_not_be_planned(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        sample_size(TYPICAL, **options)

    assert str(caught.value) == message


def test_any_linear_score_is_planned_from() -> None:
    """A response rate of 20 %, which is to become 25 %: as the proportions they are."""
    rate = cx.top_box(Counts(YES_NO, [80, 20]), top=1)
    bound = reference.normal_sample_size_one_tail(
        0.05, 0.8, 0.025, std_null=np.sqrt(0.16 + 0.1875), std_alternative=np.sqrt(0.16 + 0.1875)
    )

    assert sample_size(rate, change=5).n_after == np.ceil(bound)
