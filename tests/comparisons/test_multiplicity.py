from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from cxmetrics import adjust_pvalues
from cxmetrics.errors import ArgumentError

PEERS = {
    "bonferroni": "bonferroni",
    "holm": "holm",
    "hochberg": "simes-hochberg",
    "bh": "fdr_bh",
    "by": "fdr_by",
}
every_method = pytest.mark.parametrize("method", PEERS)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("bonferroni", [0.05, 0.1, 0.15, 0.2, 1]),
        ("holm", [0.05, 0.08, 0.09, 0.09, 0.5]),
        ("hochberg", [0.05, 0.08, 0.08, 0.08, 0.5]),
        ("bh", [0.05, 0.05, 0.05, 0.05, 0.5]),
        ("by", [0.11416666666666667] * 4 + [1]),
    ],
)
def test_worked_example(method: Any, expected: list[float]) -> None:
    """By hand, and R's p.adjust(c(.01, .02, .03, .04, .5)): factors 5, 4, 3, 2, 1."""
    assert adjust_pvalues([0.01, 0.02, 0.03, 0.04, 0.5], method) == pytest.approx(expected)


@every_method
@given(pvalues=st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_statsmodels_agrees(method: Any, pvalues: list[float]) -> None:
    expected = multipletests(pvalues, method=PEERS[method])[1]

    assert adjust_pvalues(pvalues, method) == pytest.approx(expected, abs=1e-12)


@every_method
@given(pvalues=st.lists(st.one_of(st.floats(0, 1), st.just(np.nan)), max_size=20))
def test_adjusting_never_helps_keeps_the_order_and_leaves_out_nan(
    method: Any, pvalues: list[float]
) -> None:
    raw = np.array(pvalues)
    adjusted = adjust_pvalues(pvalues, method)
    known = ~np.isnan(raw)

    assert np.array_equal(np.isnan(adjusted), ~known)
    assert (adjusted[known] >= raw[known]).all()
    assert (np.diff(adjusted[known][np.argsort(raw[known])]) >= 0).all()
    assert np.array_equal(adjusted[known], adjust_pvalues(raw[known], method))


def test_any_shape() -> None:
    table = [[0.01, 0.2], [0.3, 0.04]]

    assert adjust_pvalues(table, "holm").shape == (2, 2)


def test_what_is_no_p_value_is_refused() -> None:
    with pytest.raises(ArgumentError) as error:
        adjust_pvalues([0.5, 1.5], "holm")
    assert str(error.value) == "Each p-value must be between 0 and 1, not 1.5."
    with pytest.raises(ArgumentError) as error:
        adjust_pvalues([0.5], "bonferoni")  # type: ignore[arg-type]
    assert str(error.value) == (
        "`method` must be 'bonferroni', 'holm', 'hochberg', 'bh' or 'by', not 'bonferoni'.\n"
        "Hint: did you mean 'bonferroni'?"
    )
