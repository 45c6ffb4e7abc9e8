from typing import Any

import pytest
from statsmodels.stats.proportion import proportion_confint

import cxmetrics as cx
from cxmetrics import Counts, response_rate
from cxmetrics.errors import ArgumentError, CxMetricsError, TooFewResponsesError, UnknownKeyError


def test_worked_example() -> None:
    rate = response_rate(400, 92)

    assert (rate.value, rate.unit, rate.n) == (23, "%", 400)
    wilson = proportion_confint(92, 400, method="wilson")
    assert tuple(rate.interval) == pytest.approx((100 * wilson[0], 100 * wilson[1]), rel=1e-12)
    assert rate.shares == {"no answer": 77, "answered": 23}
    assert str(rate) == "Response rate 23.0% [19.1, 27.4] (95% score, n=400)"


def test_answers_may_be_counts() -> None:
    answers = Counts.of([10, 9, None], cx.ZERO_TO_TEN, by=["web", "web", "app"])

    assert response_rate(8, answers["web"]) == response_rate(8, 2)
    rates = response_rate({"web": 8, "app": 5, "shop": 4}, answers)
    assert (rates.by, list(rates)) == (("segment",), ["web", "app", "shop"])
    assert [rate.value for rate in rates.values()] == [25, 0, 0]


def test_segments_of_several_columns() -> None:
    by: dict[str, Any] = {"year": [2025, 2026], "area": ["A", "A"]}
    answers = Counts.of([10, 9], cx.ZERO_TO_TEN, by=by)
    rates = response_rate({(2025, "A"): 4, (2026, "A"): 2}, answers)

    assert rates.columns == by
    change = cx.difference(rates.select(year=2026), rates.select(year=2025))
    assert change["A"].value == 25


@pytest.mark.parametrize(
    ("invited", "answered", "error", "message"),
    [
        (3, 4, ArgumentError, "`answered` must be 0 to 3, not 4."),
        (3, -1, ArgumentError, "`answered` must be 0 to 3, not -1."),
        (3.5, 1, ArgumentError, "`invited` must be a whole number, not 3.5."),
        (3, "x", ArgumentError, "`answered` must be a whole number, not 'x'."),
        (0, 0, TooFewResponsesError, "Response rate must have at least one response, not 0."),
        ({"N": 1}, {"N": 2}, ArgumentError, "`answered` must be 0 to 1 in 'N', not 2."),
        ({"N": 1}, 1, ArgumentError, "`answered` must be a mapping as `invited` is, not 1."),
        (
            {"north": 1},
            {"nort": 1},
            UnknownKeyError,
            (
                "Each group of `answered` must be in `invited`, not 'nort'.\n"
                "Hint: did you mean 'north'?"
            ),
        ),
    ],
)
def test_what_is_no_response_rate(
    invited: Any, answered: Any, error: type[CxMetricsError], message: str
) -> None:
    with pytest.raises(error) as caught:
        response_rate(invited, answered)

    assert str(caught.value) == message
