"""Names and codes: the texts and the answers that journeys are made of."""

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np

from cxmetrics._checks import check_type, fail, is_number
from cxmetrics.errors import ArgumentError

Code: TypeAlias = str | bool | float
"""A value of a column of answers."""


def check_name(value: Any, name: str) -> None:
    """An argument must be a text that shows."""
    check_type(value, name, str)
    if not value.strip():
        fail(ArgumentError, f"`{name}` must be a text that is not blank, not {value!r}.")


def checked_list(values: Any, name: str) -> tuple[Any, ...]:
    """An argument must be several values; a text is only one."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        message = f"`{name}` must be a list of values, not {values!r:.60}."
        fail(ArgumentError, message, f"did you mean {name}=[{values!r:.60}]?")
    return tuple(values)


def checked_names(values: Any, name: str) -> tuple[str, ...]:
    """An argument must be a list of texts that show."""
    names = checked_list(values, name)
    for i, each in enumerate(names):
        check_name(each, f"{name}[{i}]")
    return names


def checked_codes(values: Any, name: str) -> tuple[Code, ...]:
    """An argument must be a list of codes; those that are whole numbers become ints."""
    codes = checked_list(values, name)
    return tuple(_checked_code(code, f"{name}[{i}]") for i, code in enumerate(codes))


def _checked_code(value: Any, name: str) -> Code:
    code = value.item() if isinstance(value, np.generic) else value
    if isinstance(code, str | bool):
        return code
    if not is_number(code):
        message = f"`{name}` must be a text, a finite number or a boolean, not {value!r:.60}."
        fail(ArgumentError, message)
    return int(code) if code == int(code) else float(code)
