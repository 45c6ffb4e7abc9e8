from typing import Any

import pytest

from cxmetrics import NPS_GROUPS, ONE_TO_TEN, ZERO_TO_TEN, Counts, Scale, nps
from cxmetrics.errors import ArgumentError, MismatchError, ScaleError

WORKED = Counts(ZERO_TO_TEN, (2, 0, 0, 1, 0, 3, 4, 10, 20, 35, 25))
"""60 promoters, 30 passives, 10 detractors."""


def test_worked_example() -> None:
    """By hand: 100 (0.6 - 0.1) = 50; se = 100 √((0.7 - 0.25) / 99)."""
    estimate = nps(WORKED, method="wald")

    assert estimate.value == pytest.approx(50.0)
    assert estimate.std_error == pytest.approx(6.741998625)
    assert (estimate.metric, estimate.unit) == ("NPS", "points")


def test_grouped_answers_are_read_as_they_are() -> None:
    groups = nps(Counts(NPS_GROUPS, [10, 30, 60]))

    assert groups.interval == nps(WORKED).interval
    assert groups.shares == nps(WORKED).shares


def test_cut_points_read_other_scales() -> None:
    """Five faces, of which one is a promoter, and a slider from 0 to 100."""
    faces = nps([5, 5, 4, 3, 1], detractors=(1, 3), promoters=(5, 5))
    slider = nps([95, 40, 75, 100], detractors=(0, 60), promoters=(90, 100))

    assert (faces.value, slider.value) == (0, 25)
    assert faces.score.counts.scale == Scale(1, 5)


def test_cut_points_may_leave_no_passives() -> None:
    estimate = nps([10, 7, 6], promoters=(7, 10))

    assert estimate.shares == pytest.approx(
        {"detractors": 100 / 3, "passives": 0, "promoters": 200 / 3}
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"detractors": (0, 9)},
            "`detractors` must end below `promoters`, not (0, 9) and (9, 10).",
        ),
        (
            {"detractors": (6, 0)},
            "`detractors` must end below `promoters`, not (6, 0) and (9, 10).",
        ),
        ({"detractors": 6}, "`detractors` must be the first and the last answer, not 6."),
        ({"promoters": (9, 9.5)}, "`promoters` must be a whole number, not 9.5."),
        ({"promoters": (9, 20_000)}, "A scale must have at most 10,001 points, not 20,001."),
    ],
)
def test_wrong_cut_points_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ScaleError) as error:
        nps(WORKED, **options)

    assert str(error.value) == message


def test_counts_must_be_on_the_scale_of_the_cut_points() -> None:
    with pytest.raises(MismatchError) as error:
        nps(Counts.empty(ONE_TO_TEN))
    assert str(error.value) == (
        "`counts` must be on scale 0-10, not 1-10.\n"
        "Hint: did you mean to give detractors= and promoters=?"
    )


def test_missing_values_belong_to_raw_answers() -> None:
    with pytest.raises(MismatchError) as error:
        nps(WORKED, missing=[11])
    assert str(error.value) == (
        "`missing` must be given where answers are counted, not with counts.\n"
        "Hint: did you mean Counts.of(responses, scale, missing=...)?"
    )
    with pytest.raises(ArgumentError, match="`missing` must be a list of values"):
        nps([1], missing=11)
