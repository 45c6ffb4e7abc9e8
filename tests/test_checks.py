from typing import Any

import numpy as np
import pytest

from cxmetrics import _checks
from cxmetrics.errors import ArgumentError


@pytest.mark.parametrize(
    ("check", "value", "message"),
    [
        ("confidence_level", 95, ("`confidence_level` must be strictly between 0 and 1, not 95.\n"
         "Hint: did you mean confidence_level=0.95?")),
        ("confidence_level", 1, "`confidence_level` must be strictly between 0 and 1, not 1."),
        ("confidence_level", 0.0, "`confidence_level` must be strictly between 0 and 1, not 0.0."),
        ("confidence_level", 950, "`confidence_level` must be strictly between 0 and 1, not 950."),
        ("confidence_level", "95%", "`confidence_level` must be a finite number, not '95%'."),
        ("confidence_level", np.nan, "`confidence_level` must be a finite number, not nan."),
        ("alternative", "bigger", ("`alternative` must be 'two-sided', 'less' or 'greater', "
         "not 'bigger'.")),
        ("alternative", "two_sided", ("`alternative` must be 'two-sided', 'less' or 'greater', "
         "not 'two_sided'.\nHint: did you mean 'two-sided'?")),
        ("alternative", 1, "`alternative` must be 'two-sided', 'less' or 'greater', not 1."),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_explained(check: str, value: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        getattr(_checks, f"check_{check}")(value)

    assert str(error.value) == message


def test_numbers_are_numbers_whatever_their_type() -> None:
    assert _checks.check_number(np.float32(0.5), "x") == 0.5
    assert _checks.check_whole(np.int8(3), "x") == 3
    assert _checks.check_whole(3.0, "x") == 3
    assert not _checks.is_number(10**400)
    assert not _checks.is_number(1j)
    assert not _checks.is_number(value=True)
