"""A validator of JSON Schema, written from its specification, for the words that we use."""

import re
from collections.abc import Callable
from typing import Any

SILENT = {"$schema", "$id", "$defs", "title", "description", "default"}
"""Words that say nothing of what is valid."""

TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: TYPES["number"](value) and float(value).is_integer(),
}

WORDS: dict[str, tuple[type, Callable[..., bool]]] = {
    "type": (object, lambda value, types, *_: any(TYPES[t](value) for t in _listed(types))),
    "const": (object, lambda value, const, *_: value == const),
    "enum": (object, lambda value, options, *_: value in options),
    "pattern": (str, lambda value, pattern, *_: re.search(pattern, value) is not None),
    "required": (dict, lambda value, keys, *_: set(keys) <= value.keys()),
    "minItems": (list, lambda value, least, *_: len(value) >= least),
    "maxItems": (list, lambda value, most, *_: len(value) <= most),
    "items": (list, lambda value, rule, _, root: all(is_valid(v, root, rule) for v in value)),
    "$ref": (object, lambda value, to, _, root: is_valid(value, root, _found(to, root))),
    "properties": (
        dict,
        lambda value, rules, _, root: all(
            is_valid(value[key], root, rules[key]) for key in rules.keys() & value.keys()
        ),
    ),
    "additionalProperties": (
        dict,
        lambda value, rule, beside, root: all(
            rule and is_valid(value[key], root, rule)
            for key in value.keys() - beside.get("properties", {}).keys()
        ),
    ),
}
"""What a word is about, and when it holds: of other types of values it says nothing."""


def is_valid(value: Any, root: dict[str, Any], rule: dict[str, Any] | None = None) -> bool:
    """Whether plain data is as a schema, or a rule of it, says."""
    rule = root if rule is None else rule
    for word in rule.keys() - SILENT:
        about, holds = WORDS[word]
        if isinstance(value, about) and not holds(value, rule[word], rule, root):
            return False
    return True


def _listed(types: str | list[str]) -> list[str]:
    return [types] if isinstance(types, str) else types


def _found(reference: str, root: dict[str, Any]) -> Any:
    return root["$defs"][reference.removeprefix("#/$defs/")]
