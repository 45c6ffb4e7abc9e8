"""No input raises anything but the library's own errors, or TypeError for a wrong type."""

import warnings
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics.errors import CxMetricsError
from tests.strategies import junk

ESTIMATE = cx.nps([10, 9, 8, 3])
SURVEY = cx.Counts.of([5, 4, 3], cx.ONE_TO_FIVE, by={"year": [1, 2, 1], "area": ["a", "b", "b"]})
RATE = cx.churn_per_time(3, 40)
TABLES = cx.LifeTable.of([1, 2, 2, 5], [1, 1, 0, 1], by={"plan": ["a", "b", "a", "b"]})
STAYS = pl.DataFrame({"joined": [date(2023, 1, 1)], "left": [date(2024, 1, 5)]})
STORED, STORED_SURVEY = SURVEY.batch.to_dict(), SURVEY.to_dict()

CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "nps": lambda x, y: cx.nps(x, missing=y),
    "nps cut-points": lambda x, y: cx.nps([1, 2], detractors=x, promoters=y),
    "nps options": lambda x, y: cx.nps([1, 2], confidence_level=x, method=y),
    "csat": lambda x, y: cx.csat(x, top=y),
    "ces": lambda x, y: cx.ces(x, definition=y),
    "ces boxes": lambda x, y: cx.ces([7, 1], definition="net", top=x, bottom=y),
    "mean_score": lambda x, y: cx.mean_score(x, scale=y),
    "linear_score": lambda x, y: cx.linear_score([1, 0], scores=x, scale=cx.YES_NO, missing=y),
    "Scale": cx.Scale,
    "Scale.from_dict": lambda x, y: cx.Scale.from_dict({"low": x, "high": y}),
    "Counts": lambda x, y: cx.Counts(cx.YES_NO, x, n_missing=y),
    "Counts.of": lambda x, y: cx.Counts.of(x, cx.ONE_TO_FIVE, missing=y),
    "Counts.of by": lambda x, y: cx.Counts.of([1, 2, None], cx.ONE_TO_FIVE, by={"a": x, "b": y}),
    "Counts.from_mapping": lambda x, y: cx.Counts.from_mapping(cx.YES_NO, {0: x, 1: y}),
    "Counts.from_dict": lambda x, y: cx.Counts.from_dict(STORED | {"counts": x, "n_missing": y}),
    "Counts.from_dict anything": lambda x, _: cx.Counts.from_dict(x),
    "Grouped": lambda x, y: cx.Grouped({"a": x, "b": y}, SURVEY.batch),
    "Grouped.from_dict": lambda x, y: cx.Grouped.from_dict(STORED_SURVEY | {"keys": x, "batch": y}),
    "grouped[key]": lambda x, y: SURVEY[x, y],
    "select": lambda x, y: SURVEY.select(year=x, area=y),
    "total": lambda x, _: SURVEY.total(over=x),
    "suppress": lambda x, _: cx.csat(SURVEY).suppress(min_n=x),
    "test": lambda x, y: ESTIMATE.test(x, alternative=y),
    "confidence_interval": lambda x, y: ESTIMATE.confidence_interval(x, alternative=y),
    "difference": cx.difference,
    "difference options": lambda x, y: cx.difference(ESTIMATE, ESTIMATE, null=x, method=y),
    "churn_rate": cx.churn_rate,
    "churn_rate of segments": lambda x, y: cx.churn_rate({"a": x}, {"a": y}),
    "retention_rate": cx.retention_rate,
    "churn_per_time": cx.churn_per_time,
    "churn_per_time of segments": lambda x, y: cx.churn_per_time({"a": x}, {"a": y}),
    "rate_ratio": lambda x, y: cx.rate_ratio(RATE, RATE, null=x, method=y),
    "rate_difference": lambda x, y: cx.rate_difference(RATE, RATE, null=x, alternative=y),
    "LifeTable": lambda x, y: cx.LifeTable([1, 2], x, y),
    "LifeTable tenures": lambda x, y: cx.LifeTable(x, [1, 2], [3, 4], y),
    "LifeTable.of": lambda x, y: cx.LifeTable.of(x, [True, False], entry=y),
    "LifeTable.of churned": lambda x, y: cx.LifeTable.of([1, 2], x, weights=y),
    "LifeTable.from_survivors": lambda x, _: cx.LifeTable.from_survivors(x),
    "retention_curve": lambda x, y: cx.retention_curve(x, confidence_level=y),
    "retention_at": lambda x, y: cx.retention_at(TABLES.batch, x, method=y),
    "mean_tenure": lambda x, y: cx.mean_tenure(TABLES.total(), x, confidence_level=y),
    "median_tenure": lambda x, y: cx.median_tenure(x, confidence_level=y),
    "compare_retention": lambda x, y: cx.compare_retention(x, strata=y),
    "compare_retention strata": lambda x, y: cx.compare_retention(TABLES, strata=x).at(y),
    "tabulate_churn": lambda x, y: cx.tabulate_churn(
        STAYS, joined="joined", left="left", start=x, end=y
    ),
    "tabulate_churn columns": lambda x, y: cx.tabulate_churn(
        STAYS, joined=x, left=y, start=date(2024, 1, 1), end=date(2024, 2, 1)
    ),
    "tabulate_tenure columns": lambda x, y: cx.tabulate_tenure(STAYS, x, y),
    "subscribers": lambda x, y: cx.datasets.subscribers(n=x, years=y),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@given(x=junk(), y=junk())
def test_mistakes_are_explained(call: Callable[[Any, Any], Any], x: Any, y: Any) -> None:
    with warnings.catch_warnings(), suppress(CxMetricsError, TypeError):
        warnings.simplefilter("ignore", cx.errors.ZeroWidthWarning)
        call(x, y)


@given(st.lists(st.one_of(st.integers(), st.floats(), st.text(), st.none(), st.booleans())))
def test_answers_are_counted_or_refused_whole(responses: list[Any]) -> None:
    with suppress(CxMetricsError):
        counts = cx.Counts.of(responses, cx.ZERO_TO_TEN)
        assert counts.n + counts.n_missing == len(responses)
