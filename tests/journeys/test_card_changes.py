"""Two scorecards: each change is that of the plain difference, judged as one of a family."""

import copy
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

import cxmetrics as cx
from cxmetrics.errors import (
    ArgumentError,
    CxMetricsError,
    MismatchError,
    OverlappingClustersError,
    UnknownKeyError,
)

SHOP = cx.Journey(
    "Web shop",
    [
        cx.Touchpoint("Order", "Buying", column="ordering"),
        cx.Touchpoint("Handover", "Delivery", column="delivery"),
        cx.Touchpoint("Help", "Using", column="support"),
        cx.Touchpoint("Shop", "Using", column="recommend", metric="nps"),
    ],
)
EFFECTS = {"may": 0.0, "june": 0.3}
ANSWERS = pl.DataFrame(cx.datasets.simulate_survey(900, rng=3, periods=EFFECTS).columns)
CARDS = cx.scorecard(SHOP, ANSWERS, by="period")
MAY, JUNE = CARDS["may"], CARDS["june"]


def single(name: str, level: float = 0.95) -> cx.Difference:
    return cx.difference(JUNE.score(name), MAY.score(name), confidence_level=level)


def test_changes_are_plain_differences_in_a_family() -> None:
    change = cx.compare_scorecards(JUNE, MAY)
    raw = [single(name).pvalue for name in SHOP.names]

    assert list(change) == list(SHOP.names)
    assert change.raw_pvalues == pytest.approx(raw)
    adjusted = cx.adjust_pvalues(raw, "holm")
    assert [each.pvalue for each in change.values()] == pytest.approx(adjusted)
    for name in SHOP.names:
        expected = single(name, 1 - 0.05 / 4)
        assert change[name].value == pytest.approx(expected.value)
        assert tuple(change[name].interval) == pytest.approx(tuple(expected.interval))
        assert change[name].confidence_level == 0.95
    assert (change.interval_kind, change.adjust) == ("Bonferroni", "holm")


@pytest.mark.parametrize(
    ("adjust", "kind", "level"),
    [("single-step", "Šidák", 0.95**0.25), ("bh", "separate", 0.95), ("none", "separate", 0.95)],
)
def test_families(adjust: Any, kind: str, level: float) -> None:
    change = cx.compare_scorecards(JUNE, MAY, adjust=adjust)

    assert change.interval_kind == kind
    assert tuple(change["Help"].interval) == pytest.approx(tuple(single("Help", level).interval))


def test_summary_names_what_moved() -> None:
    change, back = cx.compare_scorecards(JUNE, MAY), cx.compare_scorecards(MAY, JUNE)
    names = ", ".join(change.rose)

    assert change.rose
    assert not change.fell
    assert change.rose == back.fell
    assert change.summary() == (
        f"Of 4 touchpoints {len(change.rose)} rose ({names}) and 0 fell (Holm's p ≤ 0.05)."
    )


def test_tables() -> None:
    change = cx.compare_scorecards(JUNE, MAY)
    only = cx.scorecard(SHOP.without("Shop"), ANSWERS, by="period")
    frame = change.to_pandas()

    assert list(frame["touchpoint"]) == list(SHOP.names)
    assert list(frame["raw_pvalue"]) == pytest.approx(change.raw_pvalues)
    assert change.to_dict()["Help"] == change["Help"].to_dict()
    lines = str(change).splitlines()
    assert lines[0] == "Change of scores, 95% Bonferroni intervals, Holm's p"
    assert lines[1].split()[:3] == ["touchpoint", "metric", "change"]
    assert str(cx.compare_scorecards(only["june"], only["may"])).splitlines()[0] == (
        "Change of CSAT in percentage points, 95% Bonferroni intervals, Holm's p"
    )
    assert "raw p" in change.to_html()
    assert pickle.loads(pickle.dumps(change)) == change
    assert copy.deepcopy(change) == change


def test_touchpoints_without_answers_do_not_count() -> None:
    some = ANSWERS.with_columns(
        pl.when(pl.col("period") == "may").then(None).otherwise(pl.col("support")).alias("support")
    )
    cards = cx.scorecard(SHOP.without("Shop"), some, by="period")
    change = cx.compare_scorecards(cards["june"], cards["may"])

    assert np.isnan(change["Help"].value)
    expected = single("Order", 1 - 0.05 / 2)
    assert tuple(change["Order"].interval) == pytest.approx(tuple(expected.interval))


def test_journeys_may_differ() -> None:
    june = cx.scorecard(SHOP.without("Order"), ANSWERS)
    may = cx.scorecard(SHOP.without("Help"), ANSWERS)

    assert list(cx.compare_scorecards(june, may)) == ["Handover", "Shop"]


CLUSTERED = cx.scorecard(
    SHOP, ANSWERS.with_columns(pl.lit("one").alias("flight")), by="period", clusters="flight"
)


@pytest.mark.parametrize(
    ("after", "before", "arguments", "error", "message"),
    [
        (
            JUNE,
            CARDS.batch,
            {},
            MismatchError,
            "`before` must be one scorecard, not a batch of them.",
        ),
        (
            cx.scorecard(SHOP.select(stage="Buying"), ANSWERS),
            cx.scorecard(SHOP.select(stage="Delivery"), ANSWERS),
            {},
            MismatchError,
            "Both scorecards must have touchpoints in common, not none.",
        ),
        (
            JUNE,
            MAY,
            {"adjust": "hom"},
            ArgumentError,
            (
                "`adjust` must be 'holm', 'single-step', 'bh' or 'none', not 'hom'.\n"
                "Hint: did you mean 'holm'?"
            ),
        ),
        (
            cx.scorecard(SHOP, ANSWERS),
            cx.scorecard(
                cx.Journey(
                    "J", [replace(SHOP["Order"], metric="mean_score", scale=cx.ONE_TO_FIVE)]
                ),
                ANSWERS,
            ),
            {},
            MismatchError,
            "Touchpoint 'Order': Can't subtract Mean from CSAT.",
        ),
        (
            CLUSTERED["june"],
            CLUSTERED["may"],
            {},
            OverlappingClustersError,
            (
                "Touchpoint 'Order': Can't compare CSAT of groups that share clusters.\n"
                "Hint: did you mean to keep one answer per cluster, such as the latest?"
            ),
        ),
    ],
)
def test_errors_say_what_must_hold(
    after: Any, before: Any, arguments: Any, error: type[CxMetricsError], message: str
) -> None:
    with pytest.raises(error) as caught:
        cx.compare_scorecards(after, before, **arguments)

    assert str(caught.value) == message


def test_other_things_are_no_scorecards() -> None:
    with pytest.raises(TypeError, match="`after` must be a Scorecard, not Estimate"):
        cx.compare_scorecards(MAY.scores[0], MAY)  # type: ignore[arg-type]
    with pytest.raises(MismatchError) as several:
        cx.compare_scorecards(CARDS, MAY)  # type: ignore[arg-type]
    assert str(several.value) == (
        "`after` must be of one group, not of 2.\nHint: did you mean after['june']?"
    )
    with pytest.raises(UnknownKeyError) as caught:
        cx.compare_scorecards(JUNE, MAY)["Ordr"]
    assert str(caught.value) == (
        "There is no touchpoint 'Ordr' in both scorecards.\nHint: did you mean 'Order'?"
    )
