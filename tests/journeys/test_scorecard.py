"""Scorecards: every number is that of the plain metric, or of a sum that is written out."""

import copy
import pickle
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics.errors import (
    ArgumentError,
    CxMetricsError,
    MismatchError,
    OverlappingClustersError,
    ScaleError,
    TooFewResponsesError,
    UnknownKeyError,
)

ANSWERS = pl.DataFrame(cx.datasets.simulate_survey(600, rng=7).columns)
SURVEY = cx.datasets.airport(design="clustered")
AIRPORT = cx.datasets.airport_journey()
BY_YEAR: dict[str, Any] = {
    each.name: SURVEY[each.column].total(over=["boarding_area", "flight"])
    for each in AIRPORT
    if each.column
}


def touchpoint(name: str, stage: str, channel: str, column: str, **more: Any) -> cx.Touchpoint:
    return cx.Touchpoint(name, stage, channel=channel, column=column, scale=cx.ONE_TO_FIVE, **more)


SHOP = cx.Journey(
    "Web shop",
    [
        touchpoint("Order", "Buying", "web", "ordering"),
        touchpoint("Handover", "Buying", "courier", "delivery"),
        cx.Touchpoint("Packing", "Buying", layer="backstage"),
        touchpoint("Help", "Using", "web", "support"),
    ],
)
CODED = pl.DataFrame(
    {
        "wifi": ["5", "4", "not used", "", "2", "5", "3", "not used"] * 5,
        "art": ["4", "4", "5", "1", "", "2", "3", "5"] * 5,
        "weight": [1.0, 2.0, 0.5, 1.0, None, 1.0, 3.0, 1.0] * 5,
        "flight": ["A", "A", "B", None, "C", "C", "D", "E"] * 4 + ["F"] * 8,
        "area": ["N", "S"] * 20,
    }
)
TERMINAL = cx.Journey(
    "Terminal",
    [
        touchpoint("Wi-Fi", "Waiting", "web", "wifi", missing=[""], not_used=["not used"]),
        touchpoint("Art", "Waiting", "hall", "art", missing=[""]),
    ],
)


def test_scores_of_the_airport_are_those_of_the_plain_metric() -> None:
    cards = cx.scorecard(AIRPORT, BY_YEAR)

    assert list(cards) == [2017, 2018]
    for year, card in cards.items():
        assert card.n == {2017: 2831, 2018: 2809}[year]
        for name in AIRPORT.names:
            assert card.score(name) == cx.csat(BY_YEAR[name])[year]


def test_scores_of_rows_are_those_of_the_plain_metric() -> None:
    card = cx.scorecard(SHOP, ANSWERS)

    assert card.touchpoints == ("Order", "Handover", "Help")
    assert (card.n, card.share) == (600, 100)
    for each in card.journey:
        assert card.score(each.name) == cx.csat(ANSWERS[each.column or ""])
    assert card.reach("Help") is None


@pytest.mark.parametrize("metric", ["csat", "ces", "mean_score", "top_box", "bottom_box"])
def test_metrics_go_by_their_names(metric: Any) -> None:
    plain: dict[str, Any] = {
        "csat": cx.csat,
        "ces": cx.ces,
        "mean_score": cx.mean_score,
        "top_box": lambda x: cx.top_box(x, top=1),
        "bottom_box": lambda x: cx.bottom_box(x, bottom=1),
    }
    journey = cx.Journey("J", [replace(each, metric=metric) for each in SHOP if each.column])
    card = cx.scorecard(journey, ANSWERS)

    counts = cx.Counts.of(ANSWERS["delivery"], cx.ONE_TO_FIVE)
    assert card.score("Handover") == plain[metric](counts)
    assert card.whole.metric == card.score("Handover").metric


def test_net_scores() -> None:
    recommend = cx.Touchpoint("Shop", "After", column="recommend", metric="nps")
    net = touchpoint("Order", "Buying", "web", "ordering", metric="net_score")
    card = cx.scorecard(cx.Journey("J", [recommend]), ANSWERS)
    other = cx.scorecard(cx.Journey("J", [net]), ANSWERS)

    assert card.score("Shop") == cx.nps(ANSWERS["recommend"])
    assert card.whole.value == pytest.approx(card.score("Shop").value)
    counts = cx.Counts.of(ANSWERS["ordering"], cx.ONE_TO_FIVE)
    assert other.score("Order") == cx.net_score(counts, bottom=1, top=1)


def test_reach_is_told_apart_from_no_answer() -> None:
    """Of 8 rows 2 did not use the Wi-Fi and 1 did not say; 5 rated it."""
    card = cx.scorecard(TERMINAL, CODED)
    wifi, reach = card.score("Wi-Fi"), card.reach("Wi-Fi")

    assert (wifi.n, wifi.n_missing) == (25, 5)
    assert reach is not None
    assert (reach.value, reach.n, reach.n_missing) == (pytest.approx(500 / 7), 35, 5)
    assert reach.metric == "Reach"
    assert card.n == 40
    assert card.whole.n_missing == 10


@pytest.mark.parametrize("by", [None, "area", ["area"]])
@pytest.mark.parametrize("weights", [None, "weight"])
@pytest.mark.parametrize("clusters", [None, "flight", ["flight", "area"]])
def test_engines_agree(by: Any, weights: Any, clusters: Any) -> None:
    frame = CODED.with_columns(
        pl.when(pl.col("wifi") == "2").then(pl.lit("")).otherwise(pl.col("wifi")).alias("wifi"),
        pl.col("weight").fill_null(1.0),
    )
    relation = duckdb.connect().from_arrow(frame.to_arrow())
    frames = [frame, frame.lazy(), frame.to_pandas(), frame.to_arrow(), relation]
    cards = [
        cx.scorecard(TERMINAL, each, by=by, weights=weights, clusters=clusters) for each in frames
    ]
    first: Any = cards[0] if by is None else cards[0].batch
    for other in cards[1:]:
        batch: Any = other if by is None else other.batch
        for mine, theirs in zip(_numbers(first), _numbers(batch), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-9)


def _numbers(card: Any) -> list[Any]:
    whole, gaps = card.whole, card.gaps
    numbers = [whole.value, *whole.interval, whole.std_error, gaps.value, *gaps.interval]
    numbers += [card.share, card.n, card.reach("Wi-Fi").value, card.reach("Wi-Fi").std_error]
    return numbers + [score.std_error for score in card.scores]


@pytest.mark.parametrize("clusters", [None, "flight"])
def test_a_batch_is_its_rows(clusters: str | None) -> None:
    frame = CODED.with_columns(pl.col("weight").fill_null(1.0))
    cards = cx.scorecard(TERMINAL, frame, by="area", weights="weight", clusters=clusters)

    for area, card in cards.items():
        rows = frame.filter(pl.col("area") == area)
        alone = cx.scorecard(TERMINAL, rows, weights="weight", clusters=clusters)
        for mine, theirs in zip(_numbers(card), _numbers(alone), strict=True):
            if mine is not card.share:
                np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-9)
    total: Any = frame["weight"].sum()
    batch: Any = cards.batch
    parts: Any = [frame.filter(pl.col("area") == area)["weight"].sum() for area in cards]
    assert batch.share == pytest.approx([100 * part / total for part in parts])


@given(st.permutations(["Order", "Handover", "Help"]))
def test_the_order_of_touchpoints_does_not_matter(order: list[str]) -> None:
    card, other = (
        cx.scorecard(replace(SHOP, touchpoints=[SHOP[name] for name in names]), ANSWERS)
        for names in (["Order", "Handover", "Help"], order)
    )

    assert other.whole.value == pytest.approx(card.whole.value)
    assert tuple(other.whole.interval) == pytest.approx(tuple(card.whole.interval))
    assert other.channel_consistency.statistic == pytest.approx(card.channel_consistency.statistic)
    for name in order:
        mine, theirs = card.emotion_curve[name], other.emotion_curve[name]
        assert theirs.value == pytest.approx(mine.value)
        assert tuple(theirs.interval) == pytest.approx(tuple(mine.interval))


def test_scaling_all_weights_changes_nothing() -> None:
    frame = CODED.with_columns(pl.col("weight").fill_null(1.0))
    many = frame.with_columns(pl.col("weight") * 1000)
    one, other = (cx.scorecard(TERMINAL, each, weights="weight") for each in (frame, many))

    for mine, theirs in zip(_numbers(one), _numbers(other), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-9)


def test_turning_the_scale_turns_the_card() -> None:
    turned = ANSWERS.with_columns(pl.col("ordering", "delivery", "support") * -1 + 6)
    journey = cx.Journey("J", [replace(e, metric="net_score") for e in SHOP if e.column])
    card, other = cx.scorecard(journey, ANSWERS), cx.scorecard(journey, turned)

    assert other.whole.value == pytest.approx(-card.whole.value)
    low, high = card.whole.interval
    assert tuple(other.whole.interval) == pytest.approx((-high, -low))
    low, high = card.gaps.interval
    assert other.gaps.value == pytest.approx(-card.gaps.value)
    assert other.gaps.interval.low == pytest.approx(-high)
    assert other.gaps.interval.high == pytest.approx(-low)


def test_parts_of_a_journey_are_journeys() -> None:
    """A roll-up is the mean of the journey with only its touchpoints; so is a channel."""
    card = cx.scorecard(SHOP, ANSWERS)

    for kind, parts in (("stage", card.stages), ("channel", card.channels)):
        for name, part in parts.items():
            select: dict[str, Any] = {kind: name}
            alone = cx.scorecard(SHOP.select(**select), ANSWERS).whole
            assert part.value == pytest.approx(alone.value)
            assert tuple(part.interval) == pytest.approx(tuple(alone.interval))
    assert card.whole.value == pytest.approx(np.mean([score.value for score in card.scores]))
    assert list(card.stages) == ["Buying", "Using"]
    assert list(card.channels) == ["web", "courier"]


def test_results_survive_pickling() -> None:
    card = cx.scorecard(SHOP, ANSWERS)
    cards = cx.scorecard(SHOP, ANSWERS, by="segment")

    for result in (card, cards, card.friction):
        assert pickle.loads(pickle.dumps(result)) == result
        assert copy.deepcopy(result) == result
    assert cards["new"] == cards.batch[1]
    blank: Any = cards.batch.take(np.array([0, -1]))
    assert blank[0] == cards.batch[0]
    assert (blank.n[1], np.isnan(blank[1].whole.value)) == (0, True)
    coded = cx.scorecard(TERMINAL, CODED.with_columns(pl.lit(1.0).alias("weight")), by="area")
    assert coded.suppress(min_n=21)["N"].n == 0


def test_intervals_of_gaps_widen_with_the_level() -> None:
    low: Any = cx.scorecard(SHOP, ANSWERS, confidence_level=0.8)
    high: Any = cx.scorecard(SHOP, ANSWERS, confidence_level=0.99)

    assert (low.gaps.interval.low > high.gaps.interval.low).all()
    assert (low.gaps.interval.high < high.gaps.interval.high).all()
    assert low.gaps.confidence_level == pytest.approx(1 - 0.2 / 3)


def test_an_interval_of_a_gap_leaves_0_out_where_the_test_rejects() -> None:
    for seed in range(20):
        frame = pl.DataFrame(cx.datasets.simulate_survey(40, rng=seed).columns)
        gaps: Any = cx.scorecard(SHOP, frame).gaps
        outside = (gaps.interval.low > 0) | (gaps.interval.high < 0)
        rejected = gaps.test(0).pvalue <= 1 - gaps.confidence_level
        assert (outside == rejected).all()


def test_text_of_a_card() -> None:
    lines = str(cx.scorecard(SHOP, ANSWERS)).splitlines()

    assert lines[:3] == [
        "Web shop, 600 customers: CSAT in %, 95% score interval",
        "Gap to their mean of 66.7%, p-values by Holm",
        "touchpoint  stage     n  score   low  high   gap        p    loss",
    ]
    mixed = str(cx.scorecard(_mixed(), ANSWERS)).splitlines()
    assert mixed[:2] == [
        "Mixed, 600 customers: 95% score interval",
        "Touchpoints that are measured by CSAT and NPS have no mean.",
    ]


def _mixed() -> cx.Journey:
    nps = cx.Touchpoint("Shop", "After", column="recommend", metric="nps")
    return cx.Journey("Mixed", [SHOP["Order"], nps])


def test_several_metrics_have_no_mean() -> None:
    card = cx.scorecard(_mixed(), ANSWERS)

    with pytest.raises(MismatchError) as caught:
        _ = card.whole
    assert str(caught.value) == "Touchpoints that are measured by CSAT and NPS have no mean."
    assert card.summary() == card.why_no_mean
    with pytest.raises(MismatchError) as caught:
        _ = card.friction
    assert str(caught.value) == (
        "Losses in CSAT and NPS can't be ranked.\n"
        "Hint: did you mean value={...}, what a point is worth at each?"
    )
    scales = cx.Journey(
        "Scales",
        [
            replace(SHOP["Order"], metric="mean_score"),
            replace(SHOP["Help"], metric="mean_score", scale=cx.ONE_TO_TEN),
        ],
    )
    assert cx.scorecard(scales, ANSWERS).why_no_mean == (
        "Touchpoints that are measured by Mean on different scales have no mean."
    )


def test_counts_have_no_mean_and_say_so() -> None:
    card = cx.scorecard(AIRPORT, BY_YEAR)[2018]

    assert card.why_no_mean == (
        "A mean of the journey needs the ratings of each customer: summaries do not keep how "
        "alike the same customers rate several touchpoints."
    )
    for name in ("whole", "stages", "channels", "channel_consistency", "gaps", "emotion_curve"):
        with pytest.raises(MismatchError) as caught:
            getattr(card, name)
        assert str(caught.value) == card.why_no_mean
    with pytest.raises(MismatchError) as caught:
        _ = card.friction
    assert str(caught.value) == (
        "A loss needs an expectation, or the ratings of each customer.\n"
        "Hint: did you mean Touchpoint(..., expectation=80)?"
    )
    assert card.summary() == ("CSAT is lowest at Shops (54.7%), and highest at Walkways (79.0%).")
    assert card.why_no_mean in str(card)
    assert np.isnan(card.to_pandas()["gap"]).all()


def test_groups_of_counts_have_a_row_each() -> None:
    assert str(cx.scorecard(AIRPORT, BY_YEAR)).splitlines()[2:] == [
        "year      n  share",
        "2017  2,831   50.2",
        "2018  2,809   49.8",
    ]


def test_counts_may_be_of_one_group_or_lack_touchpoints() -> None:
    order = cx.Counts.of(ANSWERS["ordering"], cx.ONE_TO_FIVE)
    card = cx.scorecard(SHOP, {"Order": order})

    assert card.touchpoints == ("Order",)
    assert card.score("Order") == cx.csat(order)
    assert (card.n, card.share, card.shape) == (600, 100, ())
    by_segment = {
        "Order": cx.tabulate(ANSWERS, "ordering", cx.ONE_TO_FIVE, by="segment"),
        "Help": cx.tabulate(
            ANSWERS.filter(pl.col("segment") != "new"), "support", cx.ONE_TO_FIVE, by="segment"
        ),
    }
    cards = cx.scorecard(SHOP, by_segment)
    batch: Any = cards.batch
    assert batch.share.sum() == pytest.approx(100)
    assert np.isnan(cards["new"].score("Help").value)


def test_one_touchpoint_has_a_mean_but_no_gap() -> None:
    card = cx.scorecard(SHOP.select(stage="Using"), ANSWERS)

    assert card.whole.value == pytest.approx(card.score("Help").value)
    with pytest.raises(MismatchError) as caught:
        _ = card.gaps
    assert str(caught.value) == "A gap to the mean needs at least two touchpoints, not 1."
    with pytest.raises(MismatchError) as caught:
        _ = card.channel_consistency
    assert str(caught.value) == "There must be at least two channels, not 1."
    assert "Gap" not in str(card)


def test_channels_are_held_against_each_other() -> None:
    test = cx.scorecard(SHOP, ANSWERS).channel_consistency
    nowhere = cx.Journey("J", [replace(each, channel=None) for each in SHOP])

    assert str(test).startswith("CSAT is the same in 2 channels: p = ")
    assert (test.method, test.null, test.alternative) == ("Wald", 0, "two-sided")
    with pytest.raises(MismatchError) as caught:
        _ = cx.scorecard(nowhere, ANSWERS).channels
    assert str(caught.value) == "At least one touchpoint must have a channel, not none."


def test_parts_of_a_card_are_not_taken_for_independent() -> None:
    """Segments are: each customer is in one of them."""
    card, cards = cx.scorecard(SHOP, ANSWERS), cx.scorecard(SHOP, ANSWERS, by="segment")

    for estimates in (card.channels, card.stages, card.emotion_curve):
        with pytest.raises(OverlappingClustersError) as caught:
            cx.compare_segments(estimates, versus="pairs")
        assert str(caught.value) == (
            f"Can't compare {estimates.batch.metric} of the same customers as if they were others."
            "\nHint: did you mean channel_consistency, or the gaps, of the scorecard?"
        )
    wholes = cards.map(lambda batch: batch.whole)
    pairs: Any = cx.compare_segments(wholes, versus="pairs").batch
    assert pairs.value[0] == pytest.approx(cards["loyal"].whole.value - cards["new"].whole.value)


def test_personas_are_groups_of_their_own() -> None:
    fans = cx.Persona("Fans", {"segment": ["loyal"], "recommend": [9, 10]})
    new = cx.Persona("New", {"segment": ["new"]})
    cards = cx.scorecard(SHOP, ANSWERS, by=[new, fans])
    rows = ANSWERS.filter((pl.col("segment") == "loyal") & pl.col("recommend").is_in([9.0, 10.0]))

    assert list(cards) == ["New", "Fans"]
    assert cards.by == ("persona",)
    assert cards["Fans"].n == len(rows)
    assert cards["Fans"].share == pytest.approx(100 * len(rows) / 600)
    assert cards["Fans"].whole == cx.scorecard(SHOP, rows).whole
    assert cards["Fans"].score("Help") == cx.csat(rows["support"])
    assert list(cx.scorecard(SHOP, ANSWERS, by=fans)) == ["Fans"]
    of_fans = cx.scorecard(replace(SHOP, persona=fans), ANSWERS)
    assert (of_fans.whole, of_fans.share) == (cards["Fans"].whole, cards["Fans"].share)
    coded = cx.scorecard(TERMINAL, CODED.to_pandas(), by=[cx.Persona("North", {"area": ["N"]})])
    assert coded["North"].reach("Wi-Fi") is not None
    lines = str(cards).splitlines()
    assert lines[:2] == [
        "Web shop: CSAT in %, 95% score interval",
        "persona    n  share  mean   low  high  hurts most at   loss",
    ]


def test_a_persona_that_nobody_is_stays_in_the_table() -> None:
    nobody = cx.Persona("Nobody", {"area": ["N"], "flight": ["F"], "wifi": ["4"]})
    south = cx.Persona("South", {"area": ["S"]})
    frame = CODED.with_columns(pl.col("weight").fill_null(1.0))
    for each in (frame, frame.lazy(), frame.to_pandas()):
        cards: Any = cx.scorecard(
            TERMINAL, each, by=[nobody, south], weights="weight", clusters="flight"
        )
        assert cards.batch.n.tolist() == [0, 20]
        assert cards["Nobody"].share == 0
        assert np.isnan(cards["Nobody"].whole.value)
        assert tuple(cards["Nobody"].gaps.interval.low) == (-50, -50)
        assert cards["South"].whole.n == 30  # of each eight, two rated the Wi-Fi, four the art


def test_tables_have_a_row_per_touchpoint_or_per_group() -> None:
    card = cx.scorecard(TERMINAL, CODED)
    frame = card.to_pandas()
    cards = cx.scorecard(TERMINAL, CODED, by="area").to_pandas()

    assert list(frame["touchpoint"]) == ["Wi-Fi", "Art"]
    assert list(frame["gap"]) == pytest.approx(card.gaps.value)
    assert frame["reach"].isna().tolist() == [False, True]
    assert list(cards["area"]) == ["N", "S"]
    assert {"n", "share", "value_Wi-Fi", "gap_pvalue_Art"} <= set(cards.columns)
    assert "reach" in str(card)
    assert "<td>web</td>" in card.to_html()
    with pytest.raises(MismatchError) as caught:
        cx.scorecard(TERMINAL, CODED, by="area").batch.to_dict()
    assert str(caught.value) == "A batch of scorecards has no single list of touchpoints."


def test_expectations_are_tested() -> None:
    expected = cx.Journey(
        "J", [replace(each, expectation=60) for each in SHOP if each.name != "Order"]
    )
    card = cx.scorecard(expected, ANSWERS)
    frame = card.to_pandas()
    pvalues = [card.score(name).test(60).pvalue for name in ("Handover", "Help")]

    assert list(frame["beyond"]) == pytest.approx([s.value - 60 for s in card.scores])
    assert list(frame["beyond_pvalue"]) == pytest.approx(cx.adjust_pvalues(pvalues, "holm"))
    assert "expected  beyond  p beyond" in str(card)


@pytest.mark.parametrize(
    ("journey", "source", "arguments", "error", "message"),
    [
        (
            cx.Journey("J", [cx.Touchpoint("Packing", "Buying")]),
            ANSWERS,
            {},
            ArgumentError,
            (
                "`journey` must have a touchpoint that is measured, not none.\n"
                "Hint: did you mean Touchpoint(..., column='rating')?"
            ),
        ),
        (
            cx.Journey("J", [cx.Touchpoint("Order", "B", column="ordring")]),
            ANSWERS,
            {},
            UnknownKeyError,
            "There is no column 'ordring'.\nHint: did you mean 'ordering'?",
        ),
        (
            cx.Journey("J", [cx.Touchpoint("Order", "B", column="ordering", metric="top_box")]),
            ANSWERS,
            {},
            ArgumentError,
            (
                "`scale` of 'Order' must be given for 'top_box'.\n"
                "Hint: did you mean scale=ONE_TO_FIVE?"
            ),
        ),
        (
            cx.Journey("J", [cx.Touchpoint("Order", "B", column="rating")]),
            pl.DataFrame({"rating": [5, 4, 9]}),
            {},
            ScaleError,
            (
                "Can't read 'Order': Each response must be on scale 1-5, not 9 (1 of 3, first at "
                "position 2).\nHint: if 9 means no answer, did you mean missing=[9]?"
            ),
        ),
        (
            cx.Journey("J", [cx.Touchpoint("Order", "B", column="rating")]),
            pl.DataFrame({"rating": [None, None]}, schema={"rating": pl.Int64}),
            {},
            TooFewResponsesError,
            "At least one touchpoint must have an answer, not none.",
        ),
        (
            SHOP,
            ANSWERS,
            {"by": [cx.Persona("New", {"segment": ["nwe"]})]},
            UnknownKeyError,
            "There is no 'nwe' in column 'segment'.\nHint: did you mean 'new'?",
        ),
        (
            SHOP,
            ANSWERS,
            {"by": [cx.Persona("New", {"segmnt": ["new"]})]},
            UnknownKeyError,
            "There is no column 'segmnt'.\nHint: did you mean 'segment'?",
        ),
        (
            SHOP,
            ANSWERS,
            {"by": [cx.Persona("New"), cx.Persona("New")]},
            ArgumentError,
            "`by` must be personas with different names, and nothing else.",
        ),
        (
            SHOP,
            ANSWERS,
            {"by": [cx.Persona("New"), "segment"]},
            ArgumentError,
            "`by` must be personas with different names, and nothing else.",
        ),
        (
            SHOP,
            ANSWERS,
            {"value": {"Ordr": 2}},
            UnknownKeyError,
            "`value` must have names of touchpoints, not 'Ordr'.\nHint: did you mean 'Order'?",
        ),
        (
            SHOP,
            ANSWERS,
            {"value": {"Order": "2"}},
            ArgumentError,
            "`value['Order']` must be a finite number, not '2'.",
        ),
        (
            SHOP,
            ANSWERS,
            {"value": -1},
            ArgumentError,
            "`value` must be at least 0, not -1.",
        ),
        (
            SHOP,
            {"Ordr": cx.Counts(cx.ONE_TO_FIVE, [1] * 5)},
            {},
            UnknownKeyError,
            "`source` must have names of touchpoints, not 'Ordr'.\nHint: did you mean 'Order'?",
        ),
        (
            SHOP,
            {"Order": [5, 4]},
            {},
            MismatchError,
            (
                "`source['Order']` must be Counts, alone or grouped, not list.\n"
                "Hint: did you mean a data frame of these columns?"
            ),
        ),
        (
            SHOP,
            {"Order": cx.Counts(cx.ONE_TO_FIVE, [[1] * 5] * 2)},
            {},
            MismatchError,
            "`source['Order']` must be Counts, alone or grouped, not a batch of them.",
        ),
        (
            SHOP,
            {"Order": cx.Counts(cx.ONE_TO_TEN, [1] * 10)},
            {},
            MismatchError,
            "`source['Order']` must be on scale 1-5, not 1-10.",
        ),
        (
            SHOP,
            {
                "Order": cx.Counts(cx.ONE_TO_FIVE, [1] * 5),
                "Help": cx.Counts.of([5], cx.ONE_TO_FIVE, by=["a"]),
            },
            {},
            MismatchError,
            "`source['Help']` must be Counts as the first is, not Grouped.",
        ),
        (
            SHOP,
            {"Order": cx.Counts(cx.ONE_TO_FIVE, [1] * 5)},
            {"by": "segment"},
            ArgumentError,
            "`by` must not be given for counts.\nHint: did you mean tabulate(..., by='segment')?",
        ),
    ],
)
def test_errors_say_what_must_hold(
    journey: cx.Journey, source: Any, arguments: Any, error: type[CxMetricsError], message: str
) -> None:
    with pytest.raises(error) as caught:
        cx.scorecard(journey, source, **arguments)

    assert str(caught.value) == message


def test_a_touchpoint_that_was_not_measured_is_not_on_the_card() -> None:
    with pytest.raises(UnknownKeyError) as caught:
        cx.scorecard(SHOP, ANSWERS).score("Packin")

    assert str(caught.value) == "There is no measured touchpoint 'Packin'."


def test_counts_of_answers_in_groups_are_read_by_nps() -> None:
    journey = cx.Journey("J", [cx.Touchpoint("Shop", "After", metric="nps", scale=cx.ZERO_TO_TEN)])
    counts = cx.Counts(cx.NPS_GROUPS, [10, 20, 70])

    assert cx.scorecard(journey, {"Shop": counts}).score("Shop") == cx.nps(counts)


def test_rows_in_pandas_with_integers_and_gaps() -> None:
    frame = pd.DataFrame({"order": pd.array([5, 4, None, 1], "Int64"), "help": [5.0, 4, 4, np.nan]})
    journey = cx.Journey(
        "J",
        [cx.Touchpoint("Order", "B", column="order"), cx.Touchpoint("Help", "B", column="help")],
    )
    card = cx.scorecard(journey, frame)

    assert [score.n for score in card.scores] == [3, 3]
    assert card.whole.n_missing == 2


AB = cx.Journey(
    "J", [cx.Touchpoint("A", "Before", column="a"), cx.Touchpoint("B", "After", column="b")]
)
FEW = {"a": [5, 4, None, 3], "b": [5, 2, None, None], "who": ["x", "x", "y", "z"]}


def test_where_answers_are_lacking_nothing_is_said_of_losses() -> None:
    cards = cx.scorecard(AB, pl.DataFrame(FEW), by="who")

    assert str(cards) == (
        "J: CSAT in %, 95% score interval\n"
        "who  n  share  mean  low   high  hurts most at  loss\n"
        "x    2   50.0  75.0  5.6   99.3  B                50\n"
        "y    1   25.0     \u2013  0.0  100.0  \u2013                 \u2013\n"
        "z    1   25.0     \u2013  0.0  100.0  \u2013                 \u2013"
    )
    assert cards["y"].summary() == "Nobody rated any touchpoint of J."
    assert cards["z"].summary() == "CSAT is 0.0% at A."
    assert str(cards["z"]) == (
        "J, 1 customer: CSAT in %, 95% score interval\n"
        "There is no mean, for some touchpoints have no answers.\n"
        "touchpoint  stage   n  score  low   high\n"
        "A           Before  1    0.0  0.0   79.3\n"
        "B           After   0      \u2013  0.0  100.0"
    )


def test_everybody_is_pleased_with_everything() -> None:
    pleased = pl.DataFrame({"a": [5] * 6, "b": [5] * 6})
    card = cx.scorecard(AB, pleased)

    assert card.summary() == "It hurts nowhere: no touchpoint falls short of the mean."
    assert str(card) == (
        "J, 6 customers: CSAT in %, 95% score interval\n"
        "Gap to their mean of 100.0%, p-values by Holm\n"
        "touchpoint  stage   n  score   low   high  gap     p  loss\n"
        "A           Before  6  100.0  61.0  100.0  0.0  1.00     0\n"
        "B           After   6  100.0  61.0  100.0  0.0  1.00     0"
    )
    counts = {name: cx.Counts.of([5, 5], cx.ONE_TO_FIVE) for name in "AB"}
    assert cx.scorecard(AB, counts).summary() == "CSAT is 100.0% at A and B."
    some = replace(AB, touchpoints=[replace(AB.touchpoints[0], expectation=80), AB.touchpoints[1]])
    assert cx.scorecard(some, pleased).summary() == (
        "It hurts nowhere: no touchpoint falls short of what customers expect or the mean."
    )
