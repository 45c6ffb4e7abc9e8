import json
from typing import Any

import pytest

from cxmetrics import Journey, Persona, Touchpoint
from cxmetrics.errors import FormatError
from cxmetrics.journeys.stored import MOST_BYTES

SHOP = Journey("Käserei", [Touchpoint("Order", "Buying")])


def test_json_is_for_people_too() -> None:
    assert SHOP.to_json() == (
        "{\n"
        '  "version": 1,\n'
        '  "kind": "Journey",\n'
        '  "name": "Käserei",\n'
        '  "touchpoints": [\n'
        "    {\n"
        '      "name": "Order",\n'
        '      "stage": "Buying"\n'
        "    }\n"
        "  ]\n"
        "}"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "A stored journey must be JSON, not '' (Expecting value: line 1 column 1 (char 0))."),
        (
            "name: Shop\n",
            (
                "A stored journey must be JSON, not 'name: Shop\\n' "
                "(Expecting value: line 1 column 1 (char 0))."
            ),
        ),
        ("[]", "A stored journey must be a dict, not []."),
        (
            '{"name": "A", "kind": "Journey", "name": "B"}',
            "A stored journey must have each key once, not 'name' twice.",
        ),
        (
            '{"touchpoints": [{"expectation": NaN}]}',
            "A stored journey must have finite numbers, not NaN.",
        ),
        ("[" * 100_000, "A stored journey must be JSON of few levels, not of so many."),
        (
            " " * MOST_BYTES + "1",
            "A stored journey must have at most 1,048,576 bytes, not 1,048,577.",
        ),
        ("ä" * MOST_BYTES, "A stored journey must have at most 1,048,576 bytes, not 2,097,152."),
        (
            "\ud800",
            (
                "A stored journey must be JSON, not '\\ud800' "
                "(Expecting value: line 1 column 1 (char 0))."
            ),
        ),
        (
            SHOP.to_json().replace('"Buying"', "1e999"),
            "`touchpoints[0].stage` must be a text, not inf.",
        ),
        (
            SHOP.to_json().replace('"Buying"', '"Buying", "expectation": 1e999'),
            "`touchpoints[0].expectation` must be a finite number, not inf.",
        ),
    ],
)
def test_what_is_no_journey_is_refused(text: str, message: str) -> None:
    with pytest.raises(FormatError) as error:
        Journey.from_json(text)

    assert str(error.value) == message


def test_a_number_of_thousands_of_digits_is_refused() -> None:
    with pytest.raises(FormatError, match="A stored journey must be JSON, not '1111"):
        Journey.from_json("1" * 5000)


def test_many_levels_are_refused_wherever_the_stack_ends() -> None:
    """The reader, or the message that shows the value, may be the one that runs out of stack."""
    for levels in range(500, 3000, 25):
        with pytest.raises(FormatError, match="A stored persona must be"):
            Persona.from_json("[" * levels + "]" * levels)


def test_as_many_bytes_as_allowed_are_read() -> None:
    text = SHOP.to_json()
    padded = text + " " * (MOST_BYTES - len(text.encode()))

    assert len(padded.encode()) == MOST_BYTES
    assert Journey.from_json(padded) == SHOP


def test_what_could_not_be_read_is_not_written() -> None:
    long = Journey("Long", [Touchpoint("x" * MOST_BYTES, "Any")])

    with pytest.raises(FormatError) as error:
        long.to_json()
    assert str(error.value) == "A stored journey must have at most 1,048,576 bytes, not 1,048,708."
    assert Journey.from_dict(long.to_dict()) == long


def test_many_keys_are_read_in_reasonable_time() -> None:
    """All of them differ but the last: a search for the one that occurs twice must not be slow."""
    keys = [*map(str, range(100_000)), "99999"]
    text = "{" + ",".join(f'"{key}":0' for key in keys) + "}"

    with pytest.raises(FormatError, match="each key once, not '99999' twice"):
        Journey.from_json(text)


@pytest.mark.parametrize("text", [b"{}", None, {}])
def test_json_is_text(text: Any) -> None:
    with pytest.raises(TypeError, match="`text` must be a str, not"):
        Journey.from_json(text)


@pytest.mark.parametrize("value", [SHOP, SHOP["Order"], Persona("A", {"x": [1]})], ids=str)
def test_every_kind_is_stored_likewise(value: Any) -> None:
    assert type(value).from_json(value.to_json()) == value
    assert json.loads(value.to_json()) == value.to_dict()
