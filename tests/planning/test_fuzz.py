"""No mistake raises anything but the library's own errors, or TypeError for a wrong type."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given

from cxmetrics.errors import CxMetricsError
from cxmetrics.planning import (
    allocate,
    detectable_difference,
    margin_of_error,
    power,
    sample_size,
)
from tests.planning.surveys import TYPICAL
from tests.strategies import junk

CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "sample_size": lambda x, y: sample_size(TYPICAL, change=x, power=y),
    "target": lambda x, y: sample_size(x, target=y),
    "surveys": lambda x, y: sample_size(TYPICAL, change=9, ratio=x, response_rate=y),
    "customers": lambda x, y: sample_size(TYPICAL, change=9, population=x, design_effect=y),
    "paired": lambda x, y: sample_size(TYPICAL, change=9, comparison=x, correlation=y),
    "power": lambda x, y: power(TYPICAL, n=x, change=y),
    "design": lambda x, y: power(TYPICAL, n=60, change=9, design_effect=x, ratio=y),
    "test": lambda x, y: power(TYPICAL, n=9, change=9, alternative=x, confidence_level=y),
    "detectable": lambda x, y: detectable_difference(TYPICAL, n=x, direction=y),
    "margin": lambda x, y: margin_of_error(TYPICAL, n=x, population=y),
    "allocate": allocate,
    "allocate customers": lambda x, y: allocate({"a": x, "b": y}, 2),
    "allocate options": lambda x, y: allocate({"a": 9}, 2, method=x, baselines=y),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@given(x=junk(), y=junk())
def test_mistakes_are_explained(call: Callable[[Any, Any], Any], x: Any, y: Any) -> None:
    with suppress(CxMetricsError, TypeError):
        call(x, y)
