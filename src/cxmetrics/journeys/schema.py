"""The schema of stored journeys, and the check that data is as it says."""

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

from cxmetrics._checks import fail, is_number, listed, near
from cxmetrics.errors import FormatError

Path: TypeAlias = tuple[str, ...]
"""The kind of the data, and the steps from its top to a place in it."""


def journey_schema() -> dict[str, Any]:
    """A copy of the schema, in JSON Schema of 2020-12."""
    from importlib import resources  # noqa: PLC0415 (slow to load, and seldom needed)

    file = resources.files("cxmetrics") / "data" / "journey.schema.json"
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return schema


def check(data: Any, kind: str) -> None:
    """Stored data of this kind must be as the schema says.

    The words of JSON Schema that are understood here are those that the schema uses.
    """
    _check(data, {"$ref": f"#/$defs/{kind}"}, (kind.lower(),))


def _check(value: Any, rule: dict[str, Any], path: Path) -> None:
    if "$ref" in rule:
        rule = _definition(rule["$ref"]) | rule
    _check_type(value, rule["type"], path)
    if "const" in rule and value != rule["const"]:
        fail(FormatError, f"{_called(path)} must be {rule['const']!r}, not {value!r:.60}.")
    if "enum" in rule and value not in rule["enum"]:
        options = rule["enum"]
        message = f"{_called(path)} must be {listed(options)}, not {value!r:.60}."
        fail(FormatError, message, near(value, options))
    if "pattern" in rule and not re.search(rule["pattern"], value):
        # Of what else is asked of a text, `enum` and `const` tell.
        fail(FormatError, f"{_called(path)} must be a text that is not blank, not {value!r:.60}.")
    if isinstance(value, list):
        _check_items(value, rule, path)
    if isinstance(value, dict):
        _check_keys(value, rule, path)


def _check_type(value: Any, names: str | list[str], path: Path) -> None:
    kinds = [TYPES[name] for name in ([names] if isinstance(names, str) else names)]
    if not any(is_of_kind(value) for _, is_of_kind in kinds):
        *head, last = (called for called, _ in kinds)
        must = f"{', '.join(head)} or {last}" if head else last
        fail(FormatError, f"{_called(path)} must be {must}, not {value!r:.60}.")


def _check_items(values: list[Any], rule: dict[str, Any], path: Path) -> None:
    least, most = rule.get("minItems", 0), rule.get("maxItems", len(values))
    if not least <= len(values) <= most:
        bound = f"{least} or more" if len(values) < least else f"at most {most:,}"
        fail(FormatError, f"{_called(path)} must have {bound} entries, not {len(values):,}.")
    for i, value in enumerate(values):
        _check(value, rule["items"], (*path, f"[{i}]"))


def _check_keys(values: dict[Any, Any], rule: dict[str, Any], path: Path) -> None:
    known, other = rule.get("properties", {}), rule["additionalProperties"]
    for key in rule.get("required", ()):
        if key not in values:
            fail(FormatError, f"{_called(path)} must have the key {key!r}.")
    for key, value in values.items():
        if key in known:
            _check(value, known[key], (*path, f".{key}"))
        elif other and isinstance(key, str):
            _check(value, other, (*path, f"[{key!r}]"))
        else:
            message = f"{_called(path)} must not have the key {key!r:.60}."
            fail(FormatError, message, near(key, known))


def _called(path: Path) -> str:
    """A place, as messages call it."""
    kind, *steps = path
    return f"`{''.join(steps).removeprefix('.')}`" if steps else f"A stored {kind}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and is_number(value)


TYPES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "object": ("a dict", lambda value: isinstance(value, dict)),
    "array": ("a list", lambda value: isinstance(value, list)),
    "string": ("a text", lambda value: isinstance(value, str)),
    "boolean": ("a boolean", lambda value: isinstance(value, bool)),
    "number": ("a finite number", _is_number),
    "integer": ("a whole number", lambda value: _is_number(value) and value == int(value)),
}
"""What a value of each type is called, and how it is known."""


@cache
def _definition(reference: str) -> dict[str, Any]:
    """The rule that a reference in the schema leads to."""
    *_, name = reference.split("/")
    rule: dict[str, Any] = journey_schema()["$defs"][name]
    return rule
