from typing import Any

import numpy as np
import pytest

from cxmetrics import (
    NPS_GROUPS,
    ONE_TO_FIVE,
    YES_NO,
    Counts,
    bottom_box,
    linear_score,
    mean_score,
    net_score,
    top_box,
)
from cxmetrics.errors import ArgumentError, CxMetricsError, ScaleError

COUNTS = Counts(ONE_TO_FIVE, [1, 2, 4, 10, 8])


def test_worked_examples() -> None:
    """By hand, of 25 answers."""
    assert mean_score(COUNTS).value == pytest.approx(3.88)
    assert top_box(COUNTS, top=1).value == 32
    assert bottom_box(COUNTS, bottom=2).value == 12
    assert net_score(COUNTS, bottom=2, top=2).value == 60
    assert linear_score(COUNTS, scores=[0, 0, 1, 1, 5]).value == pytest.approx(54 / 25)


def test_every_metric_is_a_linear_score() -> None:
    net = net_score(COUNTS, bottom=1, top=2)
    general = linear_score(COUNTS, scores=[-100, 0, 0, 100, 100])

    assert net.interval == general.interval
    assert net.std_error == general.std_error


def test_labels_have_sensible_defaults() -> None:
    assert top_box(COUNTS, top=2).metric == "Top-2 box"
    assert bottom_box(COUNTS, bottom=1).metric == "Bottom-1 box"
    assert mean_score(COUNTS).metric == "Mean"
    assert net_score(COUNTS, bottom=1, top=1).metric == "Net score"
    assert linear_score(COUNTS, scores=range(5)).metric == "Score"
    assert top_box(COUNTS, top=2, label="Loved it").metric == "Loved it"


def test_scores_may_be_named_by_point() -> None:
    named = linear_score(COUNTS, scores={1: 0, 2: 0, 3: 1, 4: 1, 5: 5})

    assert named == linear_score(COUNTS, scores=np.array([0, 0, 1, 1, 5]))


def test_groups_have_shares_but_no_mean() -> None:
    groups = Counts(NPS_GROUPS, [10, 30, 60])

    assert top_box(groups, top=1).shares == {"detractor": 10, "passive": 30, "promoter": 60}
    with pytest.raises(ScaleError) as error:
        mean_score(groups)
    assert str(error.value) == (
        "Points that are groups have no mean: detractor / passive / promoter."
    )


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda: mean_score([1, 2]),
            ArgumentError,
            "`scale` must be given for raw answers.\nHint: did you mean scale=ONE_TO_FIVE?",
        ),
        (
            lambda: net_score(COUNTS, bottom=3, top=3),
            ScaleError,
            "`bottom` and `top` must fit on scale 1-5, not 3 and 3.",
        ),
        (
            lambda: bottom_box([1], bottom=2, scale=YES_NO),
            ScaleError,
            "`bottom` must be 1 to 1 points of scale 0-1, not 2.",
        ),
        (
            lambda: linear_score(COUNTS, scores=[1, 2]),
            ScaleError,
            "`scores` must be 5 numbers, one per point of scale 1-5, not 2.",
        ),
        (
            lambda: linear_score(COUNTS, scores=[1] * 5),
            ScaleError,
            "`scores` must not all be the same, 1.",
        ),
        (
            lambda: linear_score(COUNTS, scores=[1, 2, 3, 4, np.inf]),
            ArgumentError,
            "`scores` must be a finite number, not inf.",
        ),
        (
            lambda: linear_score(COUNTS, scores={}),
            ScaleError,
            "`scores` must name all points of scale 1-5, not none.",
        ),
        (
            lambda: linear_score(COUNTS, scores={1: 0, 2: 1}),
            ScaleError,
            "`scores` must name all points of scale 1-5, not 1 or 2.",
        ),
    ],
)
def test_what_makes_no_score_is_refused(
    call: Any, kind: type[CxMetricsError], message: str
) -> None:
    with pytest.raises(kind) as error:
        call()

    assert str(error.value) == message
