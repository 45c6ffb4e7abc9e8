"""What users' editors see: checked by mypy, never run."""

from datetime import date, datetime
from typing import assert_type

import numpy as np
import pandas as pd
import polars as pl

import cxmetrics as cx

counts = cx.Counts(cx.ONE_TO_FIVE, [1, 2, 4, 10, 8], n_missing=3)
of_answers = cx.Counts.of([5, None, 3], cx.ONE_TO_FIVE, missing=["not used"])
grouped = cx.Counts.of([5, 4], cx.ONE_TO_FIVE, by={"area": ["A", "B"]})

assert_type(of_answers, cx.Counts)
assert_type(grouped, cx.Grouped[cx.Counts])
assert_type(counts + of_answers, cx.Counts)
assert_type(grouped + grouped, cx.Grouped[cx.Counts])
assert_type(grouped.total(), cx.Counts)
assert_type(grouped.total(over="area"), cx.Grouped[cx.Counts])
assert_type(grouped["A"], cx.Counts)
assert_type(sum([counts, counts], cx.Counts.empty(cx.ONE_TO_FIVE)), cx.Counts)

assert_type(cx.csat(counts), cx.Estimate)
assert_type(cx.csat([5, 4, None, "3"]), cx.Estimate)
assert_type(cx.csat(np.array([5, 4])), cx.Estimate)
assert_type(cx.csat(pd.Series([5, 4])), cx.Estimate)
assert_type(cx.csat(pl.Series([5, 4])), cx.Estimate)
assert_type(cx.csat(grouped), cx.Grouped[cx.Estimate])
assert_type(cx.ces(grouped, definition="net"), cx.Grouped[cx.Estimate])
assert_type(cx.linear_score(counts, scores={1: 0.5}), cx.Estimate)

estimate = cx.mean_score(counts, method="likelihood", confidence_level=0.9)
low, high = estimate.interval
assert_type(estimate.test(3.5, alternative="less"), cx.Test)
assert_type(estimate.confidence_interval(0.8), cx.Interval)
rounded: float = round(estimate.value, 1) + abs(estimate.std_error) + low - high

change = cx.difference(estimate, estimate, null=0.5)
assert_type(change, cx.Difference)
assert_type(cx.difference(cx.csat(grouped), cx.csat(grouped)), cx.Grouped[cx.Difference])
assert_type(change.summary(), str)
assert_type(cx.csat(grouped).to_pandas(), pd.DataFrame)

frame = pd.DataFrame({"stars": [5, 4], "area": ["A", "B"], "weight": [1.0, 2.0]})
assert_type(cx.tabulate(frame, "stars", cx.ONE_TO_FIVE, weights="weight"), cx.Counts)
by_area = cx.tabulate(pl.LazyFrame(), "stars", cx.ONE_TO_FIVE, by=["area"], count="n")
assert_type(by_area, cx.Grouped[cx.Counts])
by_month = cx.tabulate(frame, "stars", cx.ONE_TO_FIVE, period=("when", "month"))
assert_type(by_month, cx.Grouped[cx.Counts])
assert_type(cx.latest_per(frame, "area", "stars"), pd.DataFrame)
assert_type(cx.draw_sample(frame, 1, by="area", rng=1), pd.DataFrame)
weighted = cx.Counts.of([5, 4], cx.ONE_TO_FIVE, weights=[1, 2], clusters=["Ann", "Bob"])
assert_type(weighted, cx.Counts)
assert_type(cx.rake(frame, {"area": {"A": 1, "B": 2}}), cx.Raking)
assert_type(cx.rake(frame, {"area": {"A": 1}}).counts([5, 4], cx.ONE_TO_FIVE), cx.Counts)
assert_type(cx.response_rate(10, 3), cx.Estimate)
assert_type(cx.response_rate({"A": 10}, {"A": 3}), cx.Grouped[cx.Estimate])

pairs = cx.PairCounts.of(after=[5, 4], before=[3, 4], scale=cx.ONE_TO_FIVE)
assert_type(cx.paired_difference(pairs, metric=cx.csat), cx.Difference)
assert_type(pairs.migration(), cx.Migration)

assert_type(cx.trend(cx.csat(grouped)), cx.Trend)
assert_type(cx.consistency(cx.csat(grouped)), cx.Consistency)
assert_type(cx.equivalence(estimate, estimate, margin=0.2), cx.Equivalence)
assert_type(cx.ordinal_difference(counts, counts), cx.OrdinalDifference)
assert_type(cx.sample_size(estimate, change=0.2), cx.SampleSize)

compared = cx.compare_segments(cx.csat(grouped), versus="pairs", adjust="holm")
assert_type(compared, cx.SegmentComparison)
assert_type(compared["A", "B"], cx.Difference)
assert_type(compared.overall, cx.Test)

table = cx.LifeTable.of([1, 2, 2], [True, True, False])
tables = cx.LifeTable.of([1, 2, 2], [1, 1, 0], by={"plan": ["a", "b", "b"]})
assert_type(table, cx.LifeTable)
assert_type(tables, cx.Grouped[cx.LifeTable])
assert_type(table + table, cx.LifeTable)
assert_type(cx.LifeTable.from_survivors([10, 7, 5]), cx.LifeTable)
assert_type(cx.tabulate_tenure(frame, "months", "left"), cx.LifeTable)
assert_type(cx.tabulate_tenure(frame, "months", "left", by="plan"), cx.Grouped[cx.LifeTable])
month, next_month = date(2024, 3, 1), datetime(2024, 4, 1)  # noqa: DTZ001
lost = cx.tabulate_churn(frame, joined="came", left="went", start=month, end=next_month)
lost_by_plan = cx.tabulate_churn(
    frame, joined="came", left="went", start=month, end=next_month, by=["plan"]
)
assert_type(lost, cx.Counts)
assert_type(lost_by_plan, cx.Grouped[cx.Counts])
assert_type(cx.datasets.subscribers(n=500), cx.Grouped[cx.LifeTable])

assert_type(cx.churn_rate(31, 840), cx.Estimate)
assert_type(cx.churn_rate(lost), cx.Estimate)
assert_type(cx.churn_rate({"web": 3}, {"web": 40}), cx.Grouped[cx.Estimate])
assert_type(cx.churn_rate(lost_by_plan), cx.Grouped[cx.Estimate])
assert_type(cx.retention_rate(809, 840), cx.Estimate)
assert_type(cx.retention_rate(lost_by_plan), cx.Grouped[cx.Estimate])
assert_type(cx.churn_per_time(15, 19_017.5), cx.Estimate)
assert_type(cx.churn_per_time(table, method="mid-p"), cx.Estimate)
assert_type(cx.churn_per_time({"web": 3}, {"web": 40}), cx.Grouped[cx.Estimate])
assert_type(cx.churn_per_time(tables), cx.Grouped[cx.Estimate])

assert_type(cx.retention_curve(table), cx.RetentionCurve)
assert_type(cx.retention_curve(tables), cx.Grouped[cx.RetentionCurve])
assert_type(cx.retention_curve(table).band(0.9), cx.Interval)
assert_type(cx.retention_at(table, 12), cx.Estimate)
assert_type(cx.retention_at(tables, 12, method="score"), cx.Grouped[cx.Estimate])
assert_type(cx.mean_tenure(table, 24, unit="months"), cx.Estimate)
assert_type(cx.mean_tenure(tables, 24), cx.Grouped[cx.Estimate])
assert_type(cx.median_tenure(table), cx.Estimate)
assert_type(cx.median_tenure(tables), cx.Grouped[cx.Estimate])

rate, rates = cx.churn_per_time(table), cx.churn_per_time(tables)
assert_type(cx.rate_ratio(rate, rate), cx.RateRatio)
assert_type(cx.rate_ratio(rates, rates, method="exact"), cx.Grouped[cx.RateRatio])
assert_type(cx.rate_difference(rate, rate), cx.Difference)
assert_type(cx.rate_difference(rates, rates), cx.Grouped[cx.Difference])
assert_type(cx.compare_retention(tables), cx.RetentionComparison)
assert_type(cx.compare_retention(tables).at(12), cx.SegmentComparison)

revenue = cx.Revenue.of([100, 50], [120, 0])
revenues = cx.Revenue.of([100, 50], [120, 0], by={"plan": ["a", "b"]})
spend = cx.Moments.of({"spend": [20, 35]})
spends = cx.Moments.of({"spend": [20, 35]}, by=["a", "b"])
assert_type(revenue, cx.Revenue)
assert_type(revenues, cx.Grouped[cx.Revenue])
assert_type(spends, cx.Grouped[cx.Moments])
assert_type(cx.tabulate_revenue(frame, "january", "june"), cx.Revenue)
assert_type(cx.tabulate_revenue(frame, "january", "june", by="plan"), cx.Grouped[cx.Revenue])
assert_type(cx.tabulate_amounts(frame, "spend"), cx.Moments)
assert_type(cx.tabulate_amounts(frame, ["spend", "age"], by="plan"), cx.Grouped[cx.Moments])

assert_type(cx.net_revenue_retention([100, 50], [120, 0]), cx.Estimate)
assert_type(cx.net_revenue_retention(frame["january"], frame["june"], rng=1), cx.Estimate)
assert_type(cx.net_revenue_retention(revenue, method="fieller"), cx.Estimate)
assert_type(cx.net_revenue_retention(revenues), cx.Grouped[cx.Estimate])
assert_type(cx.gross_revenue_retention(np.array([1.0]), [1], method="score"), cx.Estimate)
assert_type(cx.gross_revenue_retention(revenues), cx.Grouped[cx.Estimate])
assert_type(cx.revenue_churn(revenues), cx.Grouped[cx.Estimate])
assert_type(cx.revenue_contraction(revenue), cx.Estimate)
assert_type(cx.revenue_expansion(revenue, confidence_level=0.9), cx.Estimate)
assert_type(cx.earned_growth([100, 50], [120, 0], referred=[30]), cx.Estimate)
assert_type(cx.earned_growth(revenue, referred=spend), cx.Estimate)
assert_type(cx.earned_growth(revenues, referred=spends), cx.Grouped[cx.Estimate])
assert_type(cx.average_revenue([20, 35], unit="EUR"), cx.Estimate)
assert_type(cx.average_revenue(spend), cx.Estimate)
assert_type(cx.average_revenue(spends), cx.Grouped[cx.Estimate])
assert_type(cx.revenue_concentration([20, 35]), cx.RevenueConcentration)
assert_type(cx.revenue_concentration(revenues), cx.Grouped[cx.RevenueConcentration])

model, models = cx.fit_retention(table), cx.fit_retention(tables)
assert_type(model, cx.RetentionModel)
assert_type(models, cx.Grouped[cx.RetentionModel])
assert_type(model.forecast(12), cx.Projection)
assert_type(model.expected_lifetime(0.1), cx.Projection)
assert_type(model.confidence_interval("alpha"), cx.Interval)
worth = cx.lifetime_value(cx.retention_rate(9, 10), margin=10, discount=0.1)
assert_type(worth, cx.Estimate)
assert_type(cx.lifetime_value(table, margin=[10, 12], discount=0.1), cx.Estimate)
assert_type(cx.lifetime_value(model, margin=10, discount=0.1), cx.Projection)
assert_type(cx.lifetime_value(models, margin=10, discount=0.1), cx.Grouped[cx.Estimate])
assert_type(cx.payback_period(tables, margin=10, cost=30), cx.Grouped[cx.Estimate])
assert_type(cx.payback_period(model, margin=10, cost=30), cx.Projection)
assert_type(cx.ltv_to_cac(worth, 30), cx.Estimate)
assert_type(cx.ltv_to_cac(worth, cx.average_revenue(spend)), cx.Estimate)

answers_frame = pl.DataFrame({"ordering": [5, 4], "segment": ["new", "old"]})
order = cx.Touchpoint("Order", "Buying", column="ordering")
shop = cx.Journey("Shop", [order])
card = cx.scorecard(shop, answers_frame)
cards = cx.scorecard(shop, answers_frame, by=[cx.Persona("New", {"segment": ["new"]})])
assert_type(card, cx.Scorecard)
assert_type(cards, cx.Grouped[cx.Scorecard])
assert_type(cx.scorecard(shop, answers_frame, by="segment"), cx.Grouped[cx.Scorecard])
assert_type(cx.scorecard(shop, {"Order": counts}), cx.Scorecard)
assert_type(cx.scorecard(shop, {"Order": grouped}), cx.Grouped[cx.Scorecard])
assert_type(card.whole, cx.Estimate)
assert_type(card.stages, cx.Grouped[cx.Estimate])
assert_type(card.emotion_curve, cx.Grouped[cx.Estimate])
assert_type(card.channel_consistency, cx.Test)
assert_type(card.friction, cx.Friction)
assert_type(cards.batch.friction, cx.Friction)
changed = cx.compare_scorecards(cards["New"], card)
assert_type(changed, cx.ScorecardComparison)
assert_type(changed["Order"], cx.Difference)

cx.compare_scorecards(cards, card)  # type: ignore[arg-type]
cx.lifetime_value(0.9, margin=10, discount=0.1)  # type: ignore[call-overload]
cx.net_revenue_retention(revenue, method="score")  # type: ignore[call-overload]
cx.gross_revenue_retention(spend)  # type: ignore[call-overload]
cx.earned_growth(revenues, referred=spend)  # type: ignore[call-overload]
cx.churn_rate(31, {"web": 3})  # type: ignore[call-overload]
cx.churn_per_time(31, 8, method="score")  # type: ignore[call-overload]
cx.rate_ratio(rate, rates)  # type: ignore[call-overload]
cx.csat(counts, method="wilson")  # type: ignore[call-overload]
cx.nps(counts, confidence=0.9)  # type: ignore[call-overload]
cx.difference(estimate, cx.csat(grouped))  # type: ignore[call-overload]
estimate.value = 3  # type: ignore[misc]

moves = cx.tabulate_moves(frame, customer="customer", touchpoint="touchpoint", time="time")
assert_type(moves, cx.Moves)
moves_by_area = cx.tabulate_moves(frame, customer="c", touchpoint="t", time="time", by="area")
assert_type(moves_by_area, cx.Grouped[cx.Moves])
assert_type(moves + moves, cx.Moves)
assert_type(cx.Moves.from_paths({("web", "shop"): 2}), cx.Moves)
assert_type(cx.transitions(moves, method="goodman"), cx.Transitions)
assert_type(cx.transitions(moves).between("web", "shop"), cx.Estimate)
assert_type(cx.compare_transitions(moves, moves), cx.Test)
assert_type(cx.frequent_paths(moves, 5), cx.FrequentPaths)
assert_type(cx.return_rate(moves), cx.Grouped[cx.Estimate])
assert_type(cx.first_contact_resolution(moves, "solved"), cx.Estimate)
assert_type(cx.removal_effects(moves, "buy", rng=1), cx.Grouped[cx.Estimate])
assert_type(cx.AbsorbingChain.of({"a": 1}, {"a": {"buy": 0.1}}, to="buy"), cx.AbsorbingChain)
dwell = cx.tabulate_dwell(frame, customer="customer", touchpoint="touchpoint", time="time")
assert_type(dwell, cx.Grouped[cx.LifeTable])
waits = cx.tabulate_time_to(frame, "solved", customer="c", touchpoint="t", time="time")
assert_type(waits, cx.LifeTable)
switches = cx.tabulate_switches(
    frame, "stars", cx.ONE_TO_FIVE, customer="c", channel="channel", time="time"
)
assert_type(switches, cx.Grouped[cx.PairCounts])
assert_type(cx.paired_difference(switches["web", "phone"], metric=cx.csat), cx.Difference)
