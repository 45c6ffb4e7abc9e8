"""Scatter: the sums themselves. That they merge is tested by what is made of them."""

from typing import Any

import numpy as np
import pytest

from cxmetrics.errors import MismatchError
from cxmetrics.summaries.scatter import Scatter

POINTS = Scatter(weight=2, totals=[3, 4], products=[[0.5, 1], [1, 2]])  # type: ignore[arg-type]


def test_points_merge_about_their_common_mean() -> None:
    """(1, 1), (2, 3) and (6, 2): means 3 and 2, products 14, 1, 2."""
    whole = POINTS + Scatter(weight=1.0, totals=np.array([6.0, 2.0]), products=np.zeros((2, 2)))

    assert (whole.weight, whole.shape, whole.size) == (3, (), 2)
    assert whole.means.tolist() == [3, 2]
    np.testing.assert_allclose(whole.products, [[14, 1], [1, 2]], rtol=1e-15)


SOME: dict[str, Any] = {"weight": 2, "totals": [3, 4], "products": [[1, 0], [0, 1]]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"weight": -1}, "`weight` must not be negative, not -1."),
        ({"products": [[1, 0], [0, -2]]}, "`products` must not be negative, not -2."),
        ({"totals": [1, np.nan]}, "`totals` must be finite, not nan."),
        ({"totals": [1, [2]]}, "`totals` must be numbers in rows of equal length."),
        (
            {"totals": 1},
            "`totals` must be one number per coordinate for each weight, not of shape ().",
        ),
        (
            {"weight": [1, 2, 3]},
            "`totals` must be one number per coordinate for each weight, not of shape (2,).",
        ),
        (
            {"products": [1, 2]},
            "`products` must be a square table over 2 coordinates, not of shape (2,).",
        ),
    ],
)
def test_what_is_no_scatter_is_refused(content: dict[str, Any], message: str) -> None:
    with pytest.raises(MismatchError) as raised:
        Scatter(**SOME | content)

    assert str(raised.value) == message


def test_other_things_do_not_add() -> None:
    with pytest.raises(TypeError):
        POINTS + 1
    with pytest.raises(MismatchError, match="Can't add a batch of shape"):
        POINTS + POINTS.zeros((2,))
