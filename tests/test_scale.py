from typing import Any

import numpy as np
import pytest
from hypothesis import given

from cxmetrics import NPS_GROUPS, ONE_TO_FIVE, YES_NO, ZERO_TO_TEN, Scale
from cxmetrics.errors import FormatError, ScaleError
from tests.strategies import scales


def test_a_scale_is_its_points() -> None:
    assert ONE_TO_FIVE.points.tolist() == [1, 2, 3, 4, 5]
    assert ZERO_TO_TEN.size == 11
    assert str(YES_NO) == "0-1"
    assert str(NPS_GROUPS) == "detractor / passive / promoter"


def test_whole_numbers_on_the_scale_are_its_points() -> None:
    assert 5 in ONE_TO_FIVE
    assert np.float64(5.0) in ONE_TO_FIVE
    assert 5.5 not in ONE_TO_FIVE
    assert 6 not in ONE_TO_FIVE
    assert "5" not in ONE_TO_FIVE


def test_ends_are_plain_integers() -> None:
    scale = Scale(np.int8(1), 5.0)  # type: ignore[arg-type]

    assert scale == ONE_TO_FIVE
    assert (type(scale.low), type(scale.high)) == (int, int)


@given(scales())
def test_a_stored_scale_is_itself(scale: Scale) -> None:
    assert Scale.from_dict(scale.to_dict()) == scale
    assert Scale.from_dict(NPS_GROUPS.to_dict()) == NPS_GROUPS


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((5, 1), "`low` must be less than `high`, not 5 and 1."),
        ((1, 1), "`low` must be less than `high`, not 1 and 1."),
        ((0.5, 5), "`low` must be a whole number, not 0.5."),
        ((0, "10"), "`high` must be a whole number, not '10'."),
        ((0, float("inf")), "`high` must be a whole number, not inf."),
        ((0, True), "`high` must be a whole number, not True."),
        ((0, 10_001), "A scale must have at most 10,001 points, not 10,002."),
        ((0, 10**9), "`high` must be between -1,000,000 and 1,000,000, not 1,000,000,000."),
        ((1, 3, ("bad", "good")), "`groups` must name all 3 points, not 2."),
    ],
)
def test_what_is_no_scale_is_refused(arguments: Any, message: str) -> None:
    with pytest.raises(ScaleError) as error:
        Scale(*arguments)

    assert str(error.value) == message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([0, 10], "A stored scale must have low and high, not [0, 10]."),
        ({"low": 0}, "A stored scale must have low and high, not {'low': 0}."),
        (
            {"low": 0, "high": 1, "x": 2},
            "A stored scale must have low and high, not {'low': 0, 'high': 1, 'x': 2}.",
        ),
        (
            {"low": 0, "high": 1, "groups": "no"},
            "The groups of a stored scale must be names, not 'no'.",
        ),
        (
            {"low": 0, "high": 1, "groups": [1, 2]},
            "The groups of a stored scale must be names, not [1, 2].",
        ),
    ],
)
def test_data_that_is_no_stored_scale_is_refused(data: Any, message: str) -> None:
    with pytest.raises(FormatError) as error:
        Scale.from_dict(data)

    assert str(error.value) == message
