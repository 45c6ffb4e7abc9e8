"""Checks of arguments, with one shape of message."""

import difflib
import math
import sys
import warnings
from collections.abc import Collection, Iterable
from typing import Any, NoReturn, get_args

import numpy as np

from cxmetrics._typing import Alternative
from cxmetrics.errors import ArgumentError, CxMetricsError


def fail(error: type[CxMetricsError], message: str, hint: str = "") -> NoReturn:
    """Raise `error` with its message and, where there is one, its hint."""
    raise error(f"{message}\nHint: {hint}" if hint else message)


def warn(message: str, category: type[Warning]) -> None:
    """Warn at the line of the caller outside of the library."""
    frame, depth = sys._getframe(1), 2
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("cxmetrics."):
        frame, depth = frame.f_back, depth + 1
    warnings.warn(message, category, stacklevel=depth)


def near(name: object, names: Iterable[object]) -> str:
    """A hint at the name that was probably meant, or nothing."""
    spelled = {str(known): known for known in names}
    found = difflib.get_close_matches(str(name), spelled, n=1)
    return f"did you mean {spelled[found[0]]!r}?" if found else ""


def listed(names: Collection[object]) -> str:
    """'a', 'b' or 'c'; or none."""
    *head, last = map(repr, names) if names else ["none"]
    return f"{', '.join(head)} or {last}" if head else last


def check_type(value: object, name: str, kind: type) -> None:
    """An argument that is used for what it is must be of its type."""
    if not isinstance(value, kind):
        msg = f"`{name}` must be a {kind.__name__}, not {type(value).__name__}."
        raise TypeError(msg)


def check_option(value: object, name: str, options: Collection[str]) -> None:
    """An option must be one of the known strings."""
    if not isinstance(value, str) or value not in options:
        message = f"`{name}` must be {listed(options)}, not {value!r}."
        fail(ArgumentError, message, near(value, options))


def check_alternative(value: object) -> None:
    """The alternative of a test must be one of the three."""
    check_option(value, "alternative", get_args(Alternative))


def is_number(value: object) -> bool:
    """Whether the value is one real number (a bool is not a number here)."""
    try:
        return not isinstance(value, (bool, str, bytes)) and math.isfinite(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return False


def check_number(value: Any, name: str) -> float:
    """An argument must be one finite number."""
    if not is_number(value):
        fail(ArgumentError, f"`{name}` must be a finite number, not {value!r}.")
    return float(value)


def check_whole(value: Any, name: str, error: type[CxMetricsError] = ArgumentError) -> int:
    """An argument must be one whole number."""
    if not is_number(value) or float(value) != int(value):
        fail(error, f"`{name}` must be a whole number, not {value!r}.")
    return int(value)


def check_positive(value: Any, name: str) -> int:
    """An argument must be a whole number from 1."""
    number = check_whole(value, name)
    if number < 1:
        fail(ArgumentError, f"`{name}` must be at least 1, not {number:,}.")
    return number


def check_rng(rng: Any) -> "np.random.Generator":
    """A generator of random numbers, or one from a seed; never one that is seeded by chance."""
    if isinstance(rng, np.random.Generator):
        return rng
    if not is_number(rng) or rng != int(rng) or rng < 0:
        message = f"`rng` must be a numpy Generator or a whole number from 0, not {rng!r}."
        fail(ArgumentError, message)
    return np.random.default_rng(int(rng))


def check_between(value: Any, name: str, low: float, high: float) -> float:
    """An argument must be a number in a closed range."""
    number = check_number(value, name)
    if not low <= number <= high:
        fail(ArgumentError, f"`{name}` must be between {low:g} and {high:g}, not {value!r}.")
    return number


def check_confidence_level(value: Any) -> float:
    """A confidence level is a proportion: 0.95, not 95."""
    level = check_number(value, "confidence_level")
    if not 0 < level < 1:
        hint = f"did you mean confidence_level={level / 100:g}?" if 1 < level < 100 else ""  # noqa: PLR2004
        message = f"`confidence_level` must be strictly between 0 and 1, not {value!r}."
        fail(ArgumentError, message, hint)
    return level
