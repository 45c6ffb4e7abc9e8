"""What is lost at each touchpoint: products of factors that are checked one by one."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

import cxmetrics as cx

ANSWERS = pl.DataFrame(cx.datasets.simulate_survey(400, rng=3).columns)
SHOP = cx.Journey(
    "Web shop",
    [
        cx.Touchpoint("Order", "Buying", column="ordering", expectation=90),
        cx.Touchpoint("Handover", "Delivery", column="delivery"),
        cx.Touchpoint("Help", "Using", column="support", expectation=50),
    ],
)


def test_loss_is_volume_by_shortfall_by_value() -> None:
    """Bonferroni's intervals of the plain metric, held against what is expected."""
    value = {"Order": 2.5, "Help": 0.5}
    card: Any = cx.scorecard(SHOP, ANSWERS, value=value)
    friction = card.friction
    order, gaps = card.score("Order"), card.gaps
    low, high = order.confidence_interval(1 - 0.05 / 3)

    assert friction.versus == ("expectation", "mean", "expectation")
    assert friction.volume.tolist() == [score.n for score in card.scores]
    assert friction.value.tolist() == [2.5, 1, 0.5]
    assert friction.shortfall[0] == pytest.approx(90 - order.value)
    assert friction.shortfall[1] == pytest.approx(-gaps.value[1])
    assert [limit[0] for limit in friction.interval] == pytest.approx([90 - high, 90 - low])
    assert friction.interval.low[1] == pytest.approx(-gaps.interval.high[1])
    assert friction.loss == pytest.approx(friction.volume * friction.shortfall * [2.5, 1, 0.5])
    assert friction.loss_interval.high[0] == pytest.approx(order.n * (90 - low) * 2.5)
    raw = [order.test(90).pvalue, gaps.test(0).pvalue[1], card.score("Help").test(50).pvalue]
    assert friction.pvalue == pytest.approx(cx.adjust_pvalues(raw, "holm"))
    assert friction.worst == 0
    assert friction.rank.tolist() == [1, 2, 3]


def test_a_value_for_all() -> None:
    once, twice = (cx.scorecard(SHOP, ANSWERS, value=v).friction for v in (None, 2))

    assert twice.loss == pytest.approx(2 * once.loss)
    assert twice.rank.tolist() == once.rank.tolist()


def test_touchpoints_that_lose_nothing_share_the_last_place() -> None:
    expected = cx.Journey("J", [replace(each, expectation=1) for each in SHOP])
    card = cx.scorecard(expected, ANSWERS)

    assert card.friction.rank.tolist() == [1, 1, 1]
    assert card.friction.worst == -1
    assert card.summary() == (
        "It hurts nowhere: no touchpoint falls short of what customers expect."
    )


def test_of_counts_only_what_is_expected_is_known() -> None:
    counts = {each.name: cx.Counts.of(ANSWERS[each.column or ""], cx.ONE_TO_FIVE) for each in SHOP}
    card = cx.scorecard(SHOP, counts)
    friction: Any = card.friction

    assert friction.versus == ("expectation", None, "expectation")
    assert friction.is_known.tolist() == [True, False, True]
    assert np.isnan(friction.loss[1])
    assert friction.rank.tolist() == [1, 2, 2]
    low, _ = card.score("Order").confidence_interval(1 - 0.05 / 2)
    assert friction.interval.high[0] == pytest.approx(90 - low)
    assert card.summary().startswith("It hurts most at Order: ")
    assert "below what they expect (95% CI: " in card.summary()


def test_tables_are_in_the_order_of_the_ranks() -> None:
    friction = cx.scorecard(SHOP, ANSWERS).friction
    frame = friction.to_pandas()

    assert list(frame["touchpoint"]) == ["Order", "Handover", "Help"]
    assert frame["importance"].isna().all()
    assert list(frame["rank"]) == [1, 2, 3]
    assert str(friction).splitlines()[:2] == [
        "Customers by shortfall by value, 95% intervals that hold at once",
        "rank  touchpoint  versus       volume  shortfall    low  high  value    loss",
    ]
    assert '<th style="text-align:right">loss low</th>' in friction.to_html()
    assert friction.to_dict()["touchpoint"] == ["Order", "Handover", "Help"]


def test_a_batch_has_a_row_per_group() -> None:
    cards = cx.scorecard(SHOP, ANSWERS, by="segment")
    batch = cards.batch.friction

    assert batch.shape == (3,)
    assert batch[0] == cards.batch[0].friction
    assert "loss_Order" in batch.to_pandas()
    assert len(str(batch).splitlines()) == 5
    assert cards.batch.summary().count("\n") == 2
