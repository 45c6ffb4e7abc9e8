"""Several questions to the same customers: counts, reach and moments of every engine."""

from typing import Any

import numpy as np
import polars as pl
import pytest

import cxmetrics as cx
from cxmetrics.summaries.frames.ratings import Rated, joined, of_kind, tabulate_ratings

CSAT = np.array([0.0, 0, 0, 100, 100])
ASKED = [
    Rated("Order", "order", cx.ONE_TO_FIVE, (), (), CSAT),
    Rated("Help", "help", cx.ONE_TO_FIVE, (0,), (9,), CSAT),
]
FRAME = pl.DataFrame(
    {
        "order": [5, 4, 3, None, 1, 5],
        "help": [4, 9, 1, 5, 0, 9],
        "weight": [1.0, 2.0, 0.5, 1.0, 3.0, None],
        "shop": ["N", "S", "N", None, "S", "N"],
        "visit": [1, 1, 2, 2, None, None],
    }
).with_columns(pl.col("weight").fill_null(1.5))


def of(**design: Any) -> Any:
    usual: dict[str, Any] = {"by": None, "weights": None, "clusters": None}
    return tabulate_ratings(FRAME, ASKED, **usual | design)


def test_worked_example() -> None:
    """By hand: 100 becomes 1; of six customers two did not need help, one did not say."""
    found = of()

    assert found.keys == {}
    assert [counts.counts.tolist() for counts in found.counts] == [
        [[1, 0, 1, 1, 2]],
        [[1, 0, 0, 1, 1]],
    ]
    assert [counts.n_missing for counts in found.counts] == [[1], [1]]
    assert found.met[0] is None
    assert found.met[1] is not None
    assert found.met[1].counts.tolist() == [[2, 3]]
    assert (found.n.tolist(), found.weight.tolist()) == ([6], [6])
    assert found.moments.totals.tolist() == [[3, 2, 5, 3, 6]]
    raw = found.moments.scatter.products + 6 * np.outer(*[found.moments.means[0]] * 2)
    assert raw[0] == pytest.approx(
        np.array(
            [[3, 1, 3, 1, 3], [1, 2, 1, 2, 2], [3, 1, 5, 2, 5], [1, 2, 2, 3, 3], [3, 2, 5, 3, 6]]
        )
    )


def test_weights_are_added_up_over_clusters() -> None:
    """Visits 1 and 2 have two rows each; two rows without a visit are by themselves."""
    found = of(weights="weight", clusters="visit")

    assert found.moments.n.tolist() == [4]
    assert found.moments.totals[0] == pytest.approx([4.5, 2, 8, 2.5, 9])
    below = np.array([3, 0.5, 3, 1.5])
    raw = found.moments.scatter.products[0, 2, 2] + 4 * found.moments.means[0, 2] ** 2
    assert raw == pytest.approx((below**2).sum())


def test_groups_are_those_of_tabulate() -> None:
    found = of(by="shop")

    assert found.keys == {"shop": ["N", "S", None]}
    assert found.counts[0] == cx.tabulate(FRAME, "order", cx.ONE_TO_FIVE, by="shop").batch
    assert found.n.tolist() == [3, 2, 1]
    assert found.moments.n.tolist() == [3, 2, 1]


@pytest.mark.parametrize("by", [None, "shop"])
@pytest.mark.parametrize("clusters", [None, "visit"])
def test_lazy_frames_give_the_same(by: Any, clusters: Any) -> None:
    design: dict[str, Any] = {"by": by, "weights": "weight", "clusters": clusters}
    both: list[Any] = [tabulate_ratings(each, ASKED, **design) for each in (FRAME, FRAME.lazy())]
    eager, lazy = both

    assert eager.counts == lazy.counts
    assert eager.met == lazy.met
    assert eager.moments.n.tolist() == lazy.moments.n.tolist()
    assert eager.moments.totals == pytest.approx(lazy.moments.totals)
    assert eager.moments.scatter.products == pytest.approx(lazy.moments.scatter.products)


def test_groups_read_apart_are_joined() -> None:
    parts = [
        tabulate_ratings(
            of_kind(FRAME, {"shop": [shop]}), ASKED, by=None, weights=None, clusters=None
        )
        for shop in ("N", "S")
    ]
    found: Any = joined(parts, {"shop": ["N", "S"]})

    assert found.keys == {"shop": ["N", "S"]}
    assert [counts.n.tolist() for counts in found.counts] == [[3, 2], [2, 0]]
    assert found.moments[0] == parts[0].moments[0]


def test_values_are_known_however_they_are_written() -> None:
    assert of_kind(FRAME, {"help": ["9"], "shop": ["S", "N"]})["order"].to_list() == [4, 5]
    lazy = of_kind(FRAME.lazy(), {"order": [5.0]})
    assert lazy.collect()["help"].to_list() == [4, 9]
