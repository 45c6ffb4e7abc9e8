"""Counting by bits agrees with counting one by one, whatever the numbers and where they stand."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics import ONE_TO_FIVE, ZERO_TO_TEN, Counts, Scale
from cxmetrics.errors import ScaleError
from cxmetrics.summaries.answers import CHUNK
from cxmetrics.summaries.bit_planes import GRAIN, NIBBLES, NibbleCounter

LENGTH = 2 * CHUNK + GRAIN
"""More bytes than are counted at once."""


def answers(n: int, dtype: npt.DTypeLike = np.int8) -> npt.NDArray[Any]:
    """On 0-10, unevenly."""
    rng = np.random.default_rng(1)
    return rng.binomial(10, 0.7, n).astype(dtype)


def expected(numbers: npt.NDArray[Any], size: int = 11) -> list[int]:
    counts: list[int] = np.bincount(numbers, minlength=size).tolist()
    return counts


@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, NIBBLES))
def test_random_numbers(seed: int, grains: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    numbers = rng.choice(size, grains * GRAIN, p=rng.dirichlet(np.ones(size))).astype(np.uint8)

    counted = NibbleCounter(len(numbers))(numbers, size)

    assert counted.tolist() == expected(numbers, NIBBLES)


@pytest.mark.parametrize("number", range(NIBBLES))
def test_one_number_everywhere_or_nearly(number: int) -> None:
    count = NibbleCounter(GRAIN)
    numbers = np.full(GRAIN, number, np.uint8)
    assert count(numbers, number + 1)[number] == GRAIN

    for place in (0, 7, 8, GRAIN // 2 - 1, GRAIN // 2, GRAIN - 1):
        one = numbers.copy()
        one[place] = NIBBLES - 1 - number
        assert count(one, NIBBLES).tolist() == expected(one, NIBBLES)


@pytest.mark.parametrize("run", [1, 3, 4, 8, 64, 4_096])
def test_runs_of_numbers(run: int) -> None:
    numbers = np.resize(np.repeat(np.arange(NIBBLES, dtype=np.uint8), run), 2 * GRAIN)

    assert NibbleCounter(2 * GRAIN)(numbers, NIBBLES).tolist() == expected(numbers, NIBBLES)


def test_nothing_is_left_of_the_numbers_before() -> None:
    count = NibbleCounter(GRAIN)
    count(np.full(GRAIN, 15, np.uint8), NIBBLES)
    few = np.resize(np.array([0, 1], np.uint8), GRAIN)

    assert count(few, 2).tolist() == count(few, NIBBLES).tolist() == expected(few, NIBBLES)


@pytest.mark.parametrize("rest", range(64))
def test_every_length(rest: int) -> None:
    values = answers(LENGTH + rest)

    assert Counts.of(values, ZERO_TO_TEN).counts.tolist() == expected(values)


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "<u4", ">i4", ">u8", "i8", "f4", "f8"])
def test_every_type_and_layout(dtype: str) -> None:
    values = answers(LENGTH, dtype)
    counts = expected(answers(LENGTH))
    every_other = expected(answers(LENGTH)[::2])
    unaligned = np.frombuffer(b"?" + values.tobytes(), values.dtype, offset=1)

    assert Counts.of(values, ZERO_TO_TEN).counts.tolist() == counts
    assert Counts.of(values[::-1], ZERO_TO_TEN).counts.tolist() == counts
    assert Counts.of(np.repeat(values, 2)[::2], ZERO_TO_TEN).counts.tolist() == counts
    assert Counts.of(values[::2], ZERO_TO_TEN).counts.tolist() == every_other
    assert Counts.of(unaligned, ZERO_TO_TEN).counts.tolist() == counts


@pytest.mark.parametrize("scale", [Scale(0, 15), Scale(3, 15), Scale(0, 16), Scale(-1, 14)])
def test_scales_at_the_ends_of_what_has_four_bits(scale: Scale) -> None:
    values = np.random.default_rng(2).choice(scale.points, LENGTH).astype(np.int8)

    assert Counts.of(values, scale).counts.tolist() == expected(values - scale.low, scale.size)


@pytest.mark.parametrize("code", [-128, -1, 0, 6, 15, 16, 127])
def test_an_answer_off_the_scale_is_found_wherever_it_is(
    code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cxmetrics.summaries.answers.CHUNK", GRAIN)
    values = answers(2 * GRAIN + 3) % 5 + 1
    values[[GRAIN - 1, GRAIN, -1]] = code
    on_scale = np.delete(values, [GRAIN - 1, GRAIN, -1])

    with pytest.raises(ScaleError) as error:
        Counts.of(values, ONE_TO_FIVE)

    where = "3 of 65,539, first at position 32,767"
    assert str(error.value).startswith(f"Each response must be on scale 1-5, not {code} ({where}).")
    counts = Counts.of(values, ONE_TO_FIVE, missing=[code])
    assert counts.counts.tolist() == expected(on_scale, 6)[1:]
    assert counts.n_missing == 3


def test_reversed_answers_and_missing_codes_on_the_scale() -> None:
    values = answers(LENGTH)
    reverse = Counts.of(values, ZERO_TO_TEN, missing=[10], reverse=True)

    assert reverse.counts.tolist() == [0, *expected(values)[9::-1]]
    assert reverse.n_missing == expected(values)[10]
