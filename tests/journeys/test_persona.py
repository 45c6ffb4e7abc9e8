import copy
import json
import pickle
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from cxmetrics import Persona
from cxmetrics.errors import ArgumentError, CxMetricsError, FormatError
from tests.strategies import junk, personas

FLYER = Persona("Frequent flyer", {"purpose": ["business"], "trips": [3, 4]}, "Knows the airport.")


def test_a_persona_is_a_named_filter() -> None:
    assert FLYER.where == {"purpose": ("business",), "trips": (3, 4)}
    assert str(FLYER) == "Frequent flyer: purpose is 'business', trips is 3 or 4"
    assert str(Persona("Traveller")) == "Traveller: everybody"


def test_a_persona_is_stored_as_plain_data() -> None:
    assert FLYER.to_dict() == {
        "name": "Frequent flyer",
        "where": {"purpose": ["business"], "trips": [3, 4]},
        "description": "Knows the airport.",
    }
    assert Persona("Traveller").to_dict() == {"name": "Traveller", "where": {}}


def test_personas_are_frozen() -> None:
    values = ["business"]
    where = {"purpose": values}
    persona = Persona("Business", where)
    where["area"] = ["A"]
    values.append("visit")

    assert persona.where == {"purpose": ("business",)}
    with pytest.raises(TypeError):
        persona.where["area"] = ("A",)  # type: ignore[index]


def test_personas_are_keys_of_dicts() -> None:
    one, two = Persona("A", {"x": [1], "y": [2]}), Persona("A", {"y": [2], "x": [1]})

    assert one == two
    assert {one: 1}[two] == 1
    assert one != Persona("A", {"x": [1]})


@given(persona=personas())
def test_a_persona_survives_storing(persona: Persona) -> None:
    assert Persona.from_dict(json.loads(json.dumps(persona.to_dict()))) == persona
    assert Persona.from_json(persona.to_json()) == persona
    assert pickle.loads(pickle.dumps(persona)) == persona
    assert copy.deepcopy(persona) == persona


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((" ",), "`name` must be a text that is not blank, not ' '."),
        (("A", {"x": []}), "`where['x']` must have at least one value, not none."),
        (
            ("A", {"x": "business"}),
            (
                "`where['x']` must be a list of values, not 'business'.\n"
                "Hint: did you mean where['x']=['business']?"
            ),
        ),
        (
            ("A", {"x": [np.nan]}),
            "`where['x'][0]` must be a text, a finite number or a boolean, not nan.",
        ),
        (("A", {1: ["x"]}), "`where` must have names of columns, not 1."),
    ],
)
def test_errors_word_for_word(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        Persona(*arguments)

    assert str(error.value) == message


def test_a_filter_is_a_mapping() -> None:
    with pytest.raises(TypeError, match="`where` must be a Mapping, not list"):
        Persona("A", ["x"])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="`description` must be a str, not int"):
        Persona("A", {}, 1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"name": "A"}, "A stored persona must have the key 'where'."),
        ({"name": "A", "where": []}, "`where` must be a dict, not []."),
        ({"name": "A", "where": {"x": []}}, "`where['x']` must have 1 or more entries, not 0."),
        (
            {"name": "A", "where": {"x": ["a", None]}},
            "`where['x'][1]` must be a text, a finite number or a boolean, not None.",
        ),
        ({"name": "A", "where": {1: ["a"]}}, "`where` must not have the key 1."),
    ],
)
def test_stored_mistakes_are_told_with_their_place(data: Any, message: str) -> None:
    with pytest.raises(FormatError) as error:
        Persona.from_dict(data)

    assert str(error.value) == message


@given(x=junk(), y=junk())
def test_mistakes_are_explained(x: Any, y: Any) -> None:
    calls: list[Any] = [
        lambda: Persona(x, y),
        lambda: Persona("A", {"x": x, "y": y}),
        lambda: Persona.from_dict({"name": x, "where": y}),
    ]
    for call in calls:
        with suppress(CxMetricsError, TypeError):
            call()
