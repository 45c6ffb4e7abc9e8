"""Plain floats and arrays give the same limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.likelihood.one_sample import _limits, _score_drop
from cxmetrics.likelihood.single import single_score_limits


@given(
    st.lists(st.one_of(st.just(0.0), st.floats(0.05, 1e6)), min_size=2, max_size=11).filter(any),
    st.floats(0, 6),
    st.sampled_from([1, 1.7]),
)
def test_a_single_sample_has_the_limits_of_a_row(
    counts: list[float], z: float, power: float
) -> None:
    scores = np.arange(len(counts), dtype=float) ** power

    single = single_score_limits(counts, scores.tolist(), z)
    row = _limits(_score_drop, np.array([counts]), scores, np.array([z]))

    assert single == pytest.approx(np.ravel(row), rel=0, abs=1e-14 * scores[-1])
