import pytest
from scipy.stats import binomtest

from cxmetrics import ONE_TO_FIVE, ONE_TO_TEN, Counts, csat
from cxmetrics.errors import MismatchError, ScaleError


def test_worked_example() -> None:
    """18 of 25 on the two best points; Wilson's interval by scipy."""
    estimate = csat(Counts(ONE_TO_FIVE, [1, 2, 4, 10, 8]))

    assert (estimate.value, estimate.unit, estimate.metric) == (72, "%", "CSAT")
    wilson = binomtest(18, 25).proportion_ci(method="wilson")
    assert tuple(estimate.interval) == pytest.approx((100 * wilson.low, 100 * wilson.high))


def test_raw_answers_are_on_one_to_five_unless_a_scale_is_given() -> None:
    assert csat([5, 4, 3, 2]).value == 50
    assert csat([10, 9, 8, 1], scale=ONE_TO_TEN, top=3).value == 75


def test_counts_bring_their_own_scale() -> None:
    counts = Counts.of([10, 9, 8, 1], ONE_TO_TEN)

    assert csat(counts, top=3).value == 75
    assert csat(counts, scale=ONE_TO_TEN, top=3).value == 75
    with pytest.raises(MismatchError) as error:
        csat(counts, scale=ONE_TO_FIVE)
    assert str(error.value) == "`counts` must be on scale 1-5, not 1-10."


@pytest.mark.parametrize(
    ("top", "message"),
    [
        (0, "`top` must be 1 to 4 points of scale 1-5, not 0."),
        (5, "`top` must be 1 to 4 points of scale 1-5, not 5."),
        (1.5, "`top` must be a whole number, not 1.5."),
    ],
)
def test_boxes_must_fit_on_the_scale(top: int, message: str) -> None:
    with pytest.raises(ScaleError) as error:
        csat([5], top=top)

    assert str(error.value) == message
