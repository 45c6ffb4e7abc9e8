import pytest

from cxmetrics.errors import ArgumentError
from cxmetrics.journeys import names


def test_several_values_are_a_tuple() -> None:
    assert names.checked_list(iter([1, 2]), "codes") == (1, 2)
    assert names.checked_list({"a": 1}, "codes") == ("a",)


@pytest.mark.parametrize("value", ["text", b"bytes", 1, None])
def test_one_value_is_not_several(value: object) -> None:
    with pytest.raises(ArgumentError) as error:
        names.checked_list(value, "codes")

    assert str(error.value) == (
        f"`codes` must be a list of values, not {value!r}.\nHint: did you mean codes=[{value!r}]?"
    )


def test_names_show() -> None:
    assert names.checked_names(["a", " b"], "names") == ("a", " b")
    with pytest.raises(ArgumentError, match=r"`names\[1\]` must be a text that is not blank"):
        names.checked_names(["a", "\u2003"], "names")


def test_long_mistakes_are_cut() -> None:
    with pytest.raises(ArgumentError) as error:
        names.checked_list("x" * 1000, "codes")

    assert len(str(error.value)) < 200
