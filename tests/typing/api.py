"""What users' editors see: checked by mypy, never run."""

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

cx.csat(counts, method="wilson")  # type: ignore[call-overload]
cx.nps(counts, confidence=0.9)  # type: ignore[call-overload]
cx.difference(estimate, cx.csat(grouped))  # type: ignore[call-overload]
estimate.value = 3  # type: ignore[misc]
