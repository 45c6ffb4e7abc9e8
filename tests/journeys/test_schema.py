import json
from collections.abc import Iterator
from dataclasses import fields
from importlib import resources
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics import Journey, Persona, Touchpoint
from cxmetrics.errors import FormatError
from cxmetrics.journeys.journey import MOST_TOUCHPOINTS, VERSION
from cxmetrics.journeys.touchpoint import Layer, RatingMetric, Sense
from tests.journeys.json_schema import SILENT, WORDS, is_valid
from tests.strategies import journeys

SCHEMA = Journey.schema()
RULES = SCHEMA["$defs"]
DATA = Path(str(resources.files("cxmetrics"))) / "data"

VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 0.5, 2.0, 1e300, "", " ", "x", "\n"),
    *([], [1], ["x"], [[]], {}, {"x": 1}, {"low": 1, "high": 5}, {"name": "x", "stage": "y"}),
    *("csat", "sight", "backstage", "Journey"),
]
KEYS = ["name", "stage", "channel", "senses", "scale", "where", "x", "", "Name", "description"]


def places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in plain data, with each of its keys."""
    for key in data if isinstance(data, dict) else range(len(data)):
        yield data, key
        if isinstance(data[key], dict | list):
            yield from places(data[key])


def mutate(data: dict[str, Any], draw: st.DataObject) -> None:
    """Put something in, take it out, or replace it, anywhere in plain data."""
    every = list(places(data))
    container, key = draw.draw(st.sampled_from(every))
    action = draw.draw(st.sampled_from(["replace", "remove", "add"]))
    value = json.loads(json.dumps(draw.draw(st.sampled_from(VALUES))))
    if action == "remove":
        del container[key]
    elif action == "replace":
        container[key] = value
    elif isinstance(container, list):
        container.append(value)
    else:
        container[draw.draw(st.sampled_from(KEYS))] = value


def refusal(data: Any) -> str:
    try:
        Journey.from_dict(data)
    except FormatError as error:
        return str(error)
    return ""


def test_the_schema_is_what_is_shipped() -> None:
    assert json.loads((DATA / "journey.schema.json").read_text(encoding="utf-8")) == SCHEMA
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_schema_is_nobodys_to_change() -> None:
    Journey.schema()["$defs"].clear()

    assert Journey.schema() == SCHEMA
    assert Journey.from_dict(Journey("Shop", []).to_dict()).name == "Shop"


def test_the_schema_has_the_fields_of_the_classes() -> None:
    for kind, extra in ((Journey, {"version", "kind"}), (Touchpoint, set()), (Persona, set())):
        rule = RULES[kind.__name__]
        assert rule["properties"].keys() == {field.name for field in fields(kind)} | extra
        assert rule["additionalProperties"] is False


def test_the_schema_has_the_options_and_limits_of_the_classes() -> None:
    touchpoint, journey = RULES["Touchpoint"]["properties"], RULES["Journey"]["properties"]

    assert tuple(touchpoint["layer"]["enum"]) == get_args(Layer)
    assert tuple(touchpoint["metric"]["enum"]) == get_args(RatingMetric)
    assert tuple(touchpoint["senses"]["items"]["enum"]) == get_args(Sense)
    assert journey["touchpoints"]["maxItems"] == MOST_TOUCHPOINTS
    assert journey["version"]["const"] == VERSION
    usual = Touchpoint("any", "any")
    told = {name: rule["default"] for name, rule in touchpoint.items() if "default" in rule}
    assert told == {name: getattr(usual, name) for name in told}


def test_the_schema_says_nothing_that_is_not_checked() -> None:
    """The words of each rule are those that the validator of these tests knows, and the reader."""

    def words(rule: dict[str, Any]) -> Iterator[str]:
        yield from rule
        for part in (*rule.get("properties", {}).values(), rule.get("items")):
            yield from words(part) if part else ()

    assert {word for rule in RULES.values() for word in words(rule)} <= WORDS.keys() | SILENT


@pytest.mark.parametrize("path", sorted(DATA.glob("*_journey.json")), ids=lambda path: path.stem)
def test_every_journey_that_is_shipped_is_valid(path: Path) -> None:
    data = json.loads(path.read_text(encoding="utf-8"))

    assert is_valid(data, SCHEMA)
    assert Journey.from_dict(data).to_dict() == data


@given(journey=journeys())
def test_every_journey_is_valid(journey: Journey) -> None:
    assert is_valid(json.loads(journey.to_json()), SCHEMA)


@given(journey=journeys(), draw=st.data())
def test_what_the_schema_refuses_is_refused(journey: Journey, draw: st.DataObject) -> None:
    """What it allows is refused for what no schema can say only: "Can't read ..."."""
    data = json.loads(journey.to_json())
    for _ in range(draw.draw(st.integers(1, 2))):
        mutate(data, draw)
    message = refusal(data)

    if is_valid(data, SCHEMA):
        assert not message or message.startswith("Can't read")
    else:
        assert "must" in message
        assert not message.startswith("Can't read")


def containers(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(parts) | st.dictionaries(st.sampled_from(KEYS), parts)


@given(data=st.recursive(st.sampled_from(VALUES), containers))
def test_anything_else_is_refused(data: Any) -> None:
    assert refusal(data).startswith("A stored journey must")
    assert not is_valid(data, SCHEMA)
