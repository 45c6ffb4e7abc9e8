"""The laws of tabulate, in every engine: it counts what `Counts.of` counts of the same data."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cxmetrics import ONE_TO_FIVE, YES_NO, ZERO_TO_TEN, Grouped, top_box
from cxmetrics.summaries.frames import tabulate
from tests.summaries.frames.engines import IN_MEMORY, every_engine, frame_in
from tests.summaries.frames.survey import COLUMNS, ROWS, TABLE, assert_same, counted

CASES: dict[str, dict[str, Any]] = {
    "plain": {"column": "recommend", "scale": ZERO_TO_TEN, "missing": [99]},
    "clustered on eleven points": {
        "column": "recommend",
        "scale": ZERO_TO_TEN,
        "missing": [99],
        "by": "shop",
        "clusters": "customer",
    },
    "by text": {"by": "shop"},
    "by whole numbers": {"by": "floor"},
    "by whole numbers with a gap": {"by": "room"},
    "by fractions": {"by": "half"},
    "by booleans": {"by": "open"},
    "by booleans with a gap": {"by": ["ajar"]},
    "by days": {"by": "day"},
    "by times": {"by": "when"},
    "by several": {"by": ["floor", "shop", "half"]},
    "reversed": {"by": "shop", "reverse": True},
    "of numbers with NaN": {"column": "patchy", "by": "shop"},
    "of booleans": {"column": "open", "scale": YES_NO, "clusters": "shop"},
    "of booleans with a gap": {"column": "ajar", "scale": YES_NO, "reverse": True, "by": "open"},
    "of text": {"column": "wifi", "missing": ["not used"]},
    "of text and clustered": {
        "column": "wifi",
        "missing": ["not used", 3],
        "by": "room",
        "clusters": "customer",
    },
    "weighted": {"weights": "weight"},
    "weighted by shop": {"weights": "weight", "by": "shop"},
    "weights of missing answers": {"weights": "gappy", "by": "shop", "clusters": "customer"},
    "clustered": {"clusters": "flight"},
    "clustered by shop": {"clusters": "customer", "by": "shop", "reverse": True},
    "two clusters": {"clusters": ["customer", "flight"], "by": ["shop", "room"]},
    "clusters of fractions": {"clusters": "half", "weights": "weight"},
    "clusters of times": {"clusters": "when", "weights": "weight", "by": "half"},
    "clusters in groups": {"clusters": ["shop", "customer"], "by": "shop", "weights": "weight"},
    "groups in clusters": {"clusters": "shop", "by": ["shop", "room"]},
    "a cluster per group": {"clusters": "floor", "by": "floor"},
    "frequencies": {"count": "times", "by": "shop"},
    "weighted frequencies": {"count": "times", "weights": "weight"},
    "clustered frequencies": {
        "count": "times",
        "weights": "weight",
        "clusters": "customer",
        "by": ["shop", "floor"],
    },
    **{
        f"{column} by {unit}": {"period": (column, unit)}
        for column in ("day", "when", "zoned")
        for unit in ("day", "week", "month", "quarter", "year")
    },
    "periods of shops": {"by": "shop", "period": ("when", "month"), "clusters": "customer"},
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@every_engine
@every_case
def test_every_engine_counts_what_lists_would_say(engine: str, case: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"column": "stars", "scale": ONE_TO_FIVE} | case

    assert_same(tabulate(frame_in(engine, TABLE), **asked), counted(COLUMNS, **asked))


def assert_like(found: Any, expected: Any) -> None:
    """The same estimates, to rounding."""
    assert type(found) is type(expected)
    grouped = isinstance(found, Grouped)
    one, two = (top_box(c.batch if grouped else c, top=2) for c in (found, expected))
    for name in ("value", "std_error", "n_effective"):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-12)
    for name in ("low", "high"):
        low, high = getattr(one.interval, name), getattr(two.interval, name)
        np.testing.assert_allclose(low, high, rtol=1e-10, atol=1e-10)


@every_engine
@pytest.mark.parametrize("by", [None, "shop"])
def test_equal_weights_and_clusters_of_one_change_nothing(engine: str, by: str | None) -> None:
    frame = frame_in(engine, TABLE)
    plain = tabulate(frame, "stars", ONE_TO_FIVE, by=by)

    assert_like(tabulate(frame, "stars", ONE_TO_FIVE, by=by, weights="equal"), plain)
    assert_like(tabulate(frame, "stars", ONE_TO_FIVE, by=by, clusters="row"), plain)


@every_engine
def test_the_unit_of_the_weights_does_not_matter(engine: str) -> None:
    asked: dict[str, Any] = {"by": "shop", "clusters": "customer"}
    frame = frame_in(engine, TABLE)

    one, eight = (
        tabulate(frame, "stars", ONE_TO_FIVE, weights=weights, **asked)
        for weights in ("weight", "eightfold")
    )

    assert_like(eight, one)


@every_engine
@pytest.mark.parametrize(
    "case",
    [
        {},
        {"by": "shop"},
        {"by": ["shop", "half"], "weights": "weight"},
        {"by": "open", "clusters": ["half of the rows", "open", "customer"], "weights": "weight"},
        {"clusters": ["half of the rows", "customer"]},
        {"by": "shop", "count": "times", "period": ("when", "quarter")},
    ],
    ids=lambda case: " ".join(case) or "plain",
)
def test_counting_apart_and_adding_is_counting_together(engine: str, case: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"column": "stars", "scale": ONE_TO_FIVE} | case
    parts = (slice(45), slice(45, ROWS), slice(ROWS))
    one, two, both = (tabulate(frame_in(engine, TABLE[rows]), **asked) for rows in parts)

    assert_same(one + two, both)
    assert_same(two + one, both)


ANSWERED = pa.schema(
    {
        "stars": pa.int64(),
        "shop": pa.string(),
        "half": pa.float64(),
        "who": pa.int64(),
        "weight": pa.float64(),
        "times": pa.int64(),
    }
)
rows = st.fixed_dictionaries(
    {
        "stars": st.sampled_from([1, 2, 5, None]),
        "shop": st.sampled_from(["N", "S", None]),
        "half": st.sampled_from([0.0, -0.0, 0.5, float("nan"), None]),
        "who": st.sampled_from([1, 2, 3, None]),
        "weight": st.sampled_from([1.0, 0.3, 0.0]),
        "times": st.sampled_from([1, 3, 0]),
    }
)
questions = st.fixed_dictionaries(
    {
        "by": st.sampled_from([None, "shop", "half", ["shop", "half"]]),
        "clusters": st.sampled_from([None, "who", ["who", "half"], "shop"]),
        "weights": st.sampled_from([None, "weight"]),
        "count": st.sampled_from([None, "times"]),
        "missing": st.sampled_from([[], [2]]),
    }
)


@given(st.lists(rows, max_size=12), questions)
def test_any_survey_in_any_order_is_counted_alike_in_memory(
    survey: list[dict[str, Any]], asked: dict[str, Any]
) -> None:
    columns = {name: [row[name] for row in survey] for name in ANSWERED.names}
    weights = [
        row["weight"]
        for row in survey
        if row["stars"] not in {None, *asked["missing"]} and (row["times"] or not asked["count"])
    ]
    assume(not weights or any(weights))
    table = pa.Table.from_pylist(survey[::-1], ANSWERED)

    expected = counted(columns, "stars", ONE_TO_FIVE, **asked)

    for engine in IN_MEMORY:
        assert_same(tabulate(frame_in(engine, table), "stars", ONE_TO_FIVE, **asked), expected)
