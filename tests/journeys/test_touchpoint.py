import copy
import json
import pickle
from contextlib import suppress
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given

import cxmetrics as cx
from cxmetrics import NPS_GROUPS, ONE_TO_FIVE, ZERO_TO_TEN, Scale, Touchpoint
from cxmetrics.errors import ArgumentError, CxMetricsError, FormatError
from cxmetrics.journeys.touchpoint import RatingMetric
from tests.strategies import junk, touchpoints

SECURITY = Touchpoint(
    "Security",
    "Departure",
    channel="terminal",
    owner="Federal agency",
    column="ease_security",
    scale=ONE_TO_FIVE,
    metric="ces",
    missing=[""],
    not_used=["not used", 9],
    senses=["touch", "hearing"],
    emotions=["tense"],
    expectation=4,
    moment_of_truth=True,
    description="Bags and bodies are searched.",
)

STORED = {
    "name": "Security",
    "stage": "Departure",
    "channel": "terminal",
    "owner": "Federal agency",
    "column": "ease_security",
    "scale": {"low": 1, "high": 5},
    "metric": "ces",
    "missing": [""],
    "not_used": ["not used", 9],
    "senses": ["touch", "hearing"],
    "emotions": ["tense"],
    "expectation": 4.0,
    "moment_of_truth": True,
    "description": "Bags and bodies are searched.",
}


def test_a_touchpoint_is_what_was_said_of_it() -> None:
    assert SECURITY.to_dict() == STORED
    assert Touchpoint.from_dict(STORED) == SECURITY
    assert SECURITY.not_used == ("not used", 9)


def test_what_is_as_by_default_is_not_stored() -> None:
    gate = Touchpoint("Gate", "Departure")

    assert gate.to_dict() == {"name": "Gate", "stage": "Departure"}
    assert (gate.layer, gate.metric, gate.column, gate.missing) == ("frontstage", "csat", None, ())


def test_touchpoints_are_frozen_and_are_keys_of_dicts() -> None:
    with pytest.raises(AttributeError):
        SECURITY.name = "Customs"  # type: ignore[misc]
    assert {SECURITY: 1}[Touchpoint.from_dict(STORED)] == 1


def test_every_metric_is_one_of_the_library() -> None:
    assert all(callable(getattr(cx, name)) for name in get_args(RatingMetric))


def test_codes_are_plain_values() -> None:
    codes: list[Any] = [np.int64(99), np.float32(0.5), np.str_("x"), np.True_, 3.0, True, 10**20]
    touchpoint = Touchpoint("Gate", "Departure", missing=codes)

    assert touchpoint.missing == (99, 0.5, "x", True, 3, True, 10**20)
    assert [type(code) for code in touchpoint.missing] == [int, float, str, bool, int, bool, int]


def test_a_number_may_be_missing_where_true_is_not() -> None:
    touchpoint = Touchpoint("Gate", "Departure", missing=[1], not_used=[True, "1"])

    assert touchpoint.not_used == (True, "1")


@pytest.mark.parametrize(
    ("metric", "scale", "expectation"),
    [
        ("nps", ZERO_TO_TEN, -100),
        ("nps", NPS_GROUPS, 30),
        ("net_score", None, 100),
        ("csat", ONE_TO_FIVE, 0),
        ("top_box", None, 100),
        ("ces", Scale(1, 7), 7),
        ("mean_score", Scale(0, 100), 0),
        ("mean_score", None, 1e6),
    ],
)
def test_expectations_may_be_at_the_ends(metric: Any, scale: Any, expectation: float) -> None:
    touchpoint = Touchpoint(
        "Gate", "Departure", metric=metric, scale=scale, expectation=expectation
    )

    assert touchpoint.expectation == expectation
    assert isinstance(touchpoint.expectation, float)


@given(touchpoint=touchpoints())
def test_a_touchpoint_survives_storing(touchpoint: Touchpoint) -> None:
    restored = Touchpoint.from_dict(json.loads(json.dumps(touchpoint.to_dict())))

    assert restored == Touchpoint.from_json(touchpoint.to_json()) == touchpoint
    assert repr(restored) == repr(touchpoint)
    assert pickle.loads(pickle.dumps(touchpoint)) == touchpoint
    assert copy.deepcopy(touchpoint) == touchpoint


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": ""}, "`name` must be a text that is not blank, not ''."),
        ({"name": " \t\n"}, "`name` must be a text that is not blank, not ' \\t\\n'."),
        ({"stage": ""}, "`stage` must be a text that is not blank, not ''."),
        ({"channel": " "}, "`channel` must be a text that is not blank, not ' '."),
        ({"owner": ""}, "`owner` must be a text that is not blank, not ''."),
        ({"column": ""}, "`column` must be a text that is not blank, not ''."),
        (
            {"layer": "front stage"},
            (
                "`layer` must be 'frontstage', 'backstage' or 'support', not 'front stage'.\n"
                "Hint: did you mean 'frontstage'?"
            ),
        ),
        (
            {"metric": "CSAT"},
            (
                "`metric` must be 'csat', 'nps', 'ces', 'mean_score', 'top_box', 'bottom_box' or "
                "'net_score', not 'CSAT'."
            ),
        ),
        (
            {"metric": "topbox"},
            (
                "`metric` must be 'csat', 'nps', 'ces', 'mean_score', 'top_box', 'bottom_box' or "
                "'net_score', not 'topbox'.\nHint: did you mean 'top_box'?"
            ),
        ),
        (
            {"senses": ["sight", "tuch"]},
            (
                "`senses[1]` must be 'sight', 'hearing', 'taste', 'smell' or 'touch', not 'tuch'.\n"
                "Hint: did you mean 'touch'?"
            ),
        ),
        (
            {"senses": "sight"},
            "`senses` must be a list of values, not 'sight'.\nHint: did you mean senses=['sight']?",
        ),
        (
            {"emotions": ["calm", ""]},
            "`emotions[1]` must be a text that is not blank, not ''.",
        ),
        (
            {"missing": 99},
            "`missing` must be a list of values, not 99.\nHint: did you mean missing=[99]?",
        ),
        (
            {"missing": [float("nan")]},
            "`missing[0]` must be a text, a finite number or a boolean, not nan.",
        ),
        (
            {"not_used": [9, None]},
            "`not_used[1]` must be a text, a finite number or a boolean, not None.",
        ),
        (
            {"missing": ["", 9], "not_used": [8, 9.0]},
            "`not_used` must have other codes than `missing`, not 9 as well.",
        ),
        ({"expectation": 101}, "`expectation` must be between 0 and 100, not 101."),
        (
            {"expectation": -101, "metric": "nps"},
            "`expectation` must be between -100 and 100, not -101.",
        ),
        (
            {"expectation": 6, "metric": "ces", "scale": ONE_TO_FIVE},
            "`expectation` must be between 1 and 5, not 6.",
        ),
        ({"expectation": "high"}, "`expectation` must be a finite number, not 'high'."),
        (
            {"expectation": float("inf"), "metric": "mean_score"},
            "`expectation` must be a finite number, not inf.",
        ),
    ],
)
def test_errors_word_for_word(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        Touchpoint(**{"name": "Gate", "stage": "Departure", **options})

    assert str(error.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": 1}, "`name` must be a str, not int."),
        ({"stage": None}, "`stage` must be a str, not NoneType."),
        ({"emotions": [1]}, "`emotions[0]` must be a str, not int."),
        ({"scale": (1, 5)}, "`scale` must be a Scale, not tuple."),
        ({"moment_of_truth": 1}, "`moment_of_truth` must be a bool, not int."),
        ({"description": None}, "`description` must be a str, not NoneType."),
    ],
)
def test_wrong_types_word_for_word(options: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError) as error:
        Touchpoint(**{"name": "Gate", "stage": "Departure", **options})

    assert str(error.value) == message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "A stored touchpoint must be a dict, not []."),
        ({"name": "Gate"}, "A stored touchpoint must have the key 'stage'."),
        (
            STORED | {"colum": "gate"},
            "A stored touchpoint must not have the key 'colum'.\nHint: did you mean 'column'?",
        ),
        (STORED | {3: 4}, "A stored touchpoint must not have the key 3."),
        (
            STORED | {"scale": {"low": 1, "high": "5"}},
            "`scale.high` must be a whole number, not '5'.",
        ),
        (
            STORED | {"scale": {"low": 5, "high": 1}},
            "Can't read `touchpoint`: `low` must be less than `high`, not 5 and 1.",
        ),
        (
            STORED | {"expectation": 450},
            "Can't read `touchpoint`: `expectation` must be between 1 and 5, not 450.",
        ),
        (
            STORED | {"missing": [[]]},
            "`missing[0]` must be a text, a finite number or a boolean, not [].",
        ),
        (
            STORED | {"missing": [10**400]},
            f"`missing[0]` must be a text, a finite number or a boolean, not 1{'0' * 59}.",
        ),
    ],
)
def test_stored_mistakes_are_told_with_their_place(data: Any, message: str) -> None:
    with pytest.raises(FormatError) as error:
        Touchpoint.from_dict(data)

    assert str(error.value) == message


@given(x=junk(), y=junk())
def test_mistakes_are_explained(x: Any, y: Any) -> None:
    calls: list[Any] = [
        lambda: Touchpoint(x, y),
        lambda: Touchpoint("Gate", "Departure", channel=x, layer=y),
        lambda: Touchpoint("Gate", "Departure", missing=x, not_used=y),
        lambda: Touchpoint("Gate", "Departure", senses=x, emotions=y),
        lambda: Touchpoint("Gate", "Departure", metric=x, expectation=y),
        lambda: Touchpoint.from_dict(x),
        lambda: Touchpoint.from_dict(STORED | {"missing": x, "scale": y}),
    ]
    for call in calls:
        with suppress(CxMetricsError, TypeError):
            call()
