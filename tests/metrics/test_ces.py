from typing import Any

import pytest

from cxmetrics import ONE_TO_FIVE, ONE_TO_TEN, Counts, ces
from cxmetrics.errors import ArgumentError

ANSWERS = [7, 6, 6, 5, 4, 2]


def test_three_definitions() -> None:
    """By hand: 30 / 6; 4 of 6 are easy, 1 of 6 is difficult."""
    mean = ces(ANSWERS)
    top_box = ces(ANSWERS, definition="top-box")
    net = ces(ANSWERS, definition="net")

    assert (mean.value, mean.unit) == (5, "scale points")
    assert (top_box.value, top_box.unit) == (pytest.approx(100 * 4 / 6), "%")
    assert (net.value, net.unit) == (pytest.approx(50), "points")
    assert list(net.shares) == ["difficult", "neutral", "easy"]


def test_usual_boxes_depend_on_the_scale() -> None:
    """2 and 2 of five points."""
    net = ces([5, 4, 3, 1], scale=ONE_TO_FIVE, definition="net")

    assert net.value == 25


def test_boxes_may_be_given() -> None:
    assert ces(ANSWERS, definition="top-box", top=1).value == pytest.approx(100 / 6)
    net = ces([10, 9, 2], scale=ONE_TO_TEN, definition="net", top=2, bottom=3)
    assert net.value == pytest.approx(100 / 3)


def test_low_answers_that_mean_easy_are_counted_from_the_other_end() -> None:
    effort = Counts.of([1, 2, 2, 3, 4, 6], ces(ANSWERS).score.counts.scale, reverse=True)

    assert ces(effort) == ces(ANSWERS)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"definition": "average"},
            "`definition` must be 'mean', 'top-box' or 'net', not 'average'.",
        ),
        ({"top": 2}, "`top` must not be given for definition='mean'."),
        (
            {"definition": "top-box", "bottom": 2},
            "`bottom` must not be given for definition='top-box'.",
        ),
        (
            {"definition": "top-box", "scale": ONE_TO_TEN},
            "`top` must be given for the 10 points of scale 1-10.",
        ),
        (
            {"definition": "net", "scale": ONE_TO_TEN, "top": 3},
            "`bottom` must be given for the 10 points of scale 1-10.",
        ),
    ],
)
def test_wrong_definitions_are_explained(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        ces(ANSWERS, **options)

    assert str(error.value) == message
