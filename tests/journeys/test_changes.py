import json
import pickle
from dataclasses import fields, replace
from itertools import combinations
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics import ONE_TO_FIVE, Journey, JourneyChange, Touchpoint
from tests.strategies import journeys, touchpoints

DESK = Touchpoint("Desk", "Check-in", channel="counter", owner="Airline", column="desk")
BAGS = Touchpoint("Bags", "Check-in")
SEARCH = Touchpoint("Security", "Departure", senses=["touch"])
GATE = Touchpoint("Gate", "Departure")
KIOSK = Touchpoint("Kiosk", "Check-in", channel="kiosk")

PLANNED = Journey("Planned", [DESK, BAGS, SEARCH, GATE])
ACTUAL = Journey(
    "Actual",
    [
        KIOSK,
        replace(SEARCH, senses=["touch", "sight"], stage="Check-in"),
        replace(BAGS, scale=ONE_TO_FIVE),
        GATE,
    ],
)


def change(touchpoint: str, kind: Any, field: str, before: Any, after: Any) -> JourneyChange:
    return JourneyChange(touchpoint=touchpoint, kind=kind, field=field, before=before, after=after)


def test_worked_example() -> None:
    """Of Bags and Security, now in the other order, one has to be told to have moved."""
    diff = PLANNED.diff(ACTUAL)

    assert diff.changes == (
        change("Kiosk", "appeared", "place", None, 1),
        change("Security", "moved", "place", 3, 2),
        change("Security", "moved", "stage", "Departure", "Check-in"),
        change("Security", "changed", "senses", ("touch",), ("touch", "sight")),
        change("Bags", "changed", "scale", None, ONE_TO_FIVE),
        change("Desk", "vanished", "place", 1, None),
    )
    assert (diff.appeared, diff.vanished) == (("Kiosk",), ("Desk",))
    assert (diff.moved, diff.changed) == (("Security",), ("Security", "Bags"))
    assert len(diff) == len(list(diff)) == 6


def test_a_diff_has_faces() -> None:
    diff = PLANNED.diff(ACTUAL)

    assert str(diff) == (
        "From 'Planned' to 'Actual': 1 appeared, 1 vanished, 1 moved, 2 changed otherwise.\n"
        "touchpoint  change    field   before     after\n"
        "Kiosk       appeared  place   –          1\n"  # noqa: RUF001
        "Security    moved     place   3          2\n"
        "Security    moved     stage   Departure  Check-in\n"
        "Security    changed   senses  touch      touch, sight\n"
        "Bags        changed   scale   –          1-5\n"  # noqa: RUF001
        "Desk        vanished  place   1          –"  # noqa: RUF001
    )
    assert diff.to_dict()["changes"][3:5] == [
        {
            "touchpoint": "Security",
            "change": "changed",
            "field": "senses",
            "before": ["touch"],
            "after": ["touch", "sight"],
        },
        {
            "touchpoint": "Bags",
            "change": "changed",
            "field": "scale",
            "before": None,
            "after": {"low": 1, "high": 5},
        },
    ]
    assert diff.to_polars()["before"].to_list() == [None, "3", "Departure", "touch", None, "1"]
    assert isinstance(diff.to_polars(), pl.DataFrame)
    assert "<td>Kiosk</td>" in diff.to_html()


def test_journeys_that_are_alike_have_no_changes() -> None:
    diff = PLANNED.diff(Journey("Actual", list(PLANNED)))

    assert not diff
    assert diff.summary() == "From 'Planned' to 'Actual': nothing changed."
    assert str(diff).splitlines()[0] == diff.summary()
    assert diff.to_dict() == {"before": "Planned", "after": "Actual", "changes": []}


@pytest.mark.parametrize("field", [field.name for field in fields(Touchpoint)][1:])
def test_every_content_is_compared(field: str) -> None:
    other: dict[str, Any] = {
        "stage": "Arrival", "layer": "support", "scale": ONE_TO_FIVE, "metric": "nps",
        "missing": ["x"], "not_used": ["x"], "senses": ["sight"], "emotions": ["calm"],
        "expectation": 5.0, "moment_of_truth": True,
    }  # fmt: skip
    after = Journey("Actual", [DESK, BAGS, SEARCH, replace(GATE, **{field: other.get(field, "x")})])
    (found,) = PLANNED.diff(after)

    assert (found.touchpoint, found.field) == ("Gate", field)
    assert found.kind == ("moved" if field in {"stage", "channel"} else "changed")


@given(order=st.permutations(range(7)))
def test_as_few_touchpoints_as_possible_have_moved(order: list[int]) -> None:
    """By enumeration of all parts of the order: the longest that ascends stays."""
    before = Journey("Before", [Touchpoint(f"{i}", "S") for i in range(7)])
    after = Journey("After", [before[f"{i}"] for i in order])
    ascending = (
        n for n in range(7, 0, -1) for part in combinations(order, n) if list(part) == sorted(part)
    )
    moved = before.diff(after).moved

    assert len(moved) == 7 - next(ascending)
    stayed = [i for i in order if f"{i}" not in moved]
    assert stayed == sorted(stayed)


@given(journey=journeys())
def test_a_journey_does_not_differ_from_itself(journey: Journey) -> None:
    assert not journey.diff(journey)
    assert not journey.diff(Journey.from_json(journey.to_json()))


@given(before=journeys(), after=journeys())
def test_a_diff_can_be_followed(before: Journey, after: Journey) -> None:
    """The later version is the earlier one with the changes, once it is in its order."""
    diff = before.diff(after)
    found = {each.name: each for each in before if each.name not in diff.vanished}
    for each in diff:
        if each.kind == "appeared":
            found[each.touchpoint] = after.touchpoints[each.after - 1]
        elif each.field != "place" and each.kind != "vanished":
            found[each.touchpoint] = replace(found[each.touchpoint], **{each.field: each.after})

    assert [found[name] for name in after.names] == list(after)
    assert len(found) == len(after)


@given(before=journeys(), after=journeys())
def test_the_way_back_is_the_mirror_image(before: Journey, after: Journey) -> None:
    there, back = before.diff(after), after.diff(before)

    assert set(there.appeared) == set(back.vanished)
    assert set(there.changed) == set(back.changed)
    assert len(there) == len(back)


@given(journey=journeys(), touchpoint=touchpoints())
def test_one_more_touchpoint_is_one_change(journey: Journey, touchpoint: Touchpoint) -> None:
    journey = journey.without(touchpoint.name) if touchpoint.name in journey else journey
    (found,) = journey.diff(journey.with_touchpoint(touchpoint))

    assert found == change(touchpoint.name, "appeared", "place", None, len(journey) + 1)


@given(before=journeys(), after=journeys())
def test_a_diff_survives_storing(before: Journey, after: Journey) -> None:
    diff = before.diff(after)

    assert pickle.loads(pickle.dumps(diff)) == diff
    assert json.loads(json.dumps(diff.to_dict())) == diff.to_dict()
    assert len(diff.to_pandas()) == len(diff.to_arrow()) == len(diff)
