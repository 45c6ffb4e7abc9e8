import copy
import json
import pickle
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics import (
    ONE_TO_FIVE,
    YES_NO,
    Counts,
    Grouped,
    LifeTable,
    Moments,
    PairCounts,
    Revenue,
)
from cxmetrics.errors import (
    ArgumentError,
    FormatError,
    MismatchError,
    OverlappingClustersError,
    ScaleError,
    UnknownKeyError,
)
from tests.strategies import responses_on

YEARS = [2017, 2017, 2018, 2018, 2018]
AREAS = ["A", "B", "A", "B", "B"]
ANSWERS = [5, 4, 3, 2, None]
SURVEY = Counts.of(ANSWERS, ONE_TO_FIVE, by={"year": YEARS, "area": AREAS})


def test_worked_example() -> None:
    assert SURVEY.by == ("year", "area")
    assert SURVEY.columns == {"year": [2017, 2017, 2018, 2018], "area": ["A", "B", "A", "B"]}
    assert list(SURVEY) == [(2017, "A"), (2017, "B"), (2018, "A"), (2018, "B")]
    assert len(SURVEY) == 4
    assert (2018, "B") in SURVEY
    assert (2019, "B") not in SURVEY
    assert SURVEY[2018, "B"] == Counts(ONE_TO_FIVE, [0, 1, 0, 0, 0], n_missing=1)
    assert SURVEY.get((2019, "B")) is None
    assert [counts.n for counts in SURVEY.values()] == [1, 1, 1, 1]
    assert repr(SURVEY) == str(SURVEY)


def test_one_column_has_bare_keys() -> None:
    by_area = Counts.of(ANSWERS, ONE_TO_FIVE, by=AREAS)

    assert by_area.by == ("segment",)
    assert list(by_area) == ["A", "B"]
    assert by_area["A"].n == 2


def test_a_named_series_names_its_column() -> None:
    assert Counts.of(ANSWERS, ONE_TO_FIVE, by=pd.Series(AREAS, name="area")).by == ("area",)


@pytest.mark.parametrize(
    ("labels", "keys"),
    [
        (["b", "a", None, "a", "b"], ["a", "b", None]),
        ([2, 10, 2, 2, 1], [1, 2, 10]),
        (np.array([127, -128, 0, 0, 5], np.int8), [-128, 0, 5, 127]),
        (np.array([2**64 - 1, 2**64 - 2, 0, 0, 5], np.uint64), [0, 5, 2**64 - 2, 2**64 - 1]),
        (np.array([10**12, 7, 7, 7, 7]), [7, 10**12]),
        (np.array([1.5, np.nan, 0.0, -0.0, 1.5]), [0.0, 1.5, None]),
        ([True, False, True, None, None], [False, True, None]),
        ([date(2018, 2, 1), date(2018, 1, 1)] * 2 + [None], [date(2018, 1, 1), date(2018, 2, 1)]),
        ([1, "1", 1, "x", 2], [1, 2, "1", "x"]),
        (pd.Categorical(["lo", "hi", None, "lo", "lo"], ["lo", "mid", "hi"]), ["lo", "hi", None]),
        (
            pd.Series(["lo", "hi", "lo", "lo", "lo"], dtype=pd.CategoricalDtype(["lo", "hi"])),
            ["lo", "hi"],
        ),
        (pl.Series(["b", "a", None, "a", "b"]), ["a", "b", None]),
        (pd.Series([1, None, 2, 2, 2], dtype="Int64"), [1, 2, None]),
    ],
)
def test_keys_are_sorted_and_keep_their_type(labels: Any, keys: list[Any]) -> None:
    grouped = Counts.of([1, 2, 3, 4, 5], ONE_TO_FIVE, by=labels)

    assert list(grouped)[: len(keys)] == keys
    assert [type(key) for key in list(grouped)[: len(keys)]] == [type(key) for key in keys]
    assert grouped.total() == Counts(ONE_TO_FIVE, [1] * 5)


def test_times_are_keys_like_any_other() -> None:
    days = pd.to_datetime(["2018-01-02", "2018-01-01", "2018-01-02"])

    grouped = Counts.of([1, 0, 1], YES_NO, by={"day": days})

    assert grouped[pd.Timestamp("2018-01-02")].n == 2
    assert list(grouped) == sorted(grouped)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.float32])
def test_answers_of_every_dtype_are_counted_by_group(dtype: Any) -> None:
    answers = np.array([1, 5, 5, 99, 2], dtype)

    grouped = Counts.of(answers[::-1], ONE_TO_FIVE, by=[1, 1, 2, 2, 2], missing=[99])

    assert grouped[1] == Counts(ONE_TO_FIVE, [0, 1, 0, 0, 0], n_missing=1)
    assert grouped[2] == Counts(ONE_TO_FIVE, [1, 0, 0, 0, 2])
    with pytest.raises(ScaleError, match="first at position 1"):
        Counts.of(answers[::-1], ONE_TO_FIVE, by=[1, 1, 2, 2, 2])


def test_columns_with_many_values_are_crossed_as_far_as_they_occur() -> None:
    first, second = list(range(50)), list(range(0, 100, 2))

    grouped = Counts.of([1] * 50, YES_NO, by={"a": first, "b": second})

    assert list(grouped) == list(zip(first, second, strict=True))


def test_times_of_numpy_are_keys_too() -> None:
    days = np.array(["2018-01-02", "2018-01-01"], "M8[ns]")

    grouped = Counts.of([1, 0], YES_NO, by=days)

    assert list(grouped) == [pd.Timestamp("2018-01-01"), pd.Timestamp("2018-01-02")]


def test_groups_of_several_columns_add() -> None:
    other = Counts.of([1], ONE_TO_FIVE, by={"year": [2017], "area": [None]})

    both = SURVEY + other

    assert list(both)[:3] == [(2017, "A"), (2017, "B"), (2017, None)]
    assert both == other + SURVEY


@given(st.data())
def test_the_groups_add_up_to_the_total(data: st.DataObject) -> None:
    responses = data.draw(responses_on(ONE_TO_FIVE))
    n = len(responses)
    labels = st.lists(st.sampled_from(["a", "b", None]), min_size=n, max_size=n)
    by = {"x": data.draw(labels), "y": data.draw(labels)}

    grouped = Counts.of(responses, ONE_TO_FIVE, by=by)

    assert grouped.total() == Counts.of(responses, ONE_TO_FIVE)
    over_y = Counts.of(responses, ONE_TO_FIVE, by={"x": by["x"]})
    assert grouped.total(over="y") == over_y
    assert grouped.total(over=["y"]) == over_y
    for key, counts in grouped.items():
        rows = [i for i in range(n) if (by["x"][i], by["y"][i]) == key]
        assert counts == Counts.of([responses[i] for i in rows], ONE_TO_FIVE)


@given(st.data())
def test_counting_apart_and_adding_is_counting_together(data: st.DataObject) -> None:
    size = st.integers(0, 8)
    parts = []
    for _ in range(2):
        n = data.draw(size)
        answers = data.draw(st.lists(st.integers(1, 5), min_size=n, max_size=n))
        labels = data.draw(st.lists(st.sampled_from([1, 2, 3, None]), min_size=n, max_size=n))
        parts.append((answers, labels))
    (a, by_a), (b, by_b) = parts

    one, two = (Counts.of(x, ONE_TO_FIVE, by={"k": by}) for x, by in parts)

    together = Counts.of(a + b, ONE_TO_FIVE, by={"k": by_a + by_b})
    assert one + two == together
    assert two + one == together
    assert list(one + two) == list(together)
    assert sum([one, two]) == together


def test_an_order_of_categories_survives_adding() -> None:
    order = ["low", "high"]
    one = Counts.of([1, 0], YES_NO, by={"k": pd.Categorical(["low", "high"], order)})
    two = Counts.of([1], YES_NO, by={"k": ["new"]})

    assert list(one + two) == ["low", "high", "new"]
    assert one + two == two + one


def test_grouped_values_survive_pickle_copy_and_json() -> None:
    for again in (
        pickle.loads(pickle.dumps(SURVEY)),
        copy.deepcopy(SURVEY),
        Grouped.from_dict(json.loads(json.dumps(SURVEY.to_dict()))),
    ):
        assert again == SURVEY
        assert not again.batch.counts.flags.writeable


NOBODY: Any = {"by": {"month": [], "shop": []}}
"""The keys of no group at all, as those of a month to come."""

NO_GROUPS: dict[str, Grouped[Any]] = {
    "counts": Counts.of([], ONE_TO_FIVE, **NOBODY),
    "counts with weights": Counts.of([], ONE_TO_FIVE, weights=[], **NOBODY),
    "counts with clusters": Counts.of([], ONE_TO_FIVE, clusters=[], **NOBODY),
    "pairs": PairCounts.of(after=[], before=[], scale=ONE_TO_FIVE, **NOBODY),
    "life tables": LifeTable.of([], [], **NOBODY),
    "life tables with weights": LifeTable.of([], [], weights=[], **NOBODY),
    "moments": Moments.of({"spend": []}, **NOBODY),
    "moments with weights": Moments.of({"spend": []}, weights=[], **NOBODY),
    "revenue": Revenue.of([], [], **NOBODY),
}


@pytest.mark.parametrize("grouped", NO_GROUPS.values(), ids=NO_GROUPS)
def test_no_groups_at_all_survive_json(grouped: Grouped[Any]) -> None:
    again = Grouped.from_dict(json.loads(json.dumps(grouped.to_dict())))

    assert again == grouped == grouped + again
    assert again.total() == grouped.total()
    assert again.batch.shape == (0,)


@pytest.mark.parametrize("shape", [[3, 5], [0, -5], [0, 1.5], [0, "5"], [0, 2**80], 0, None])
def test_a_stored_batch_without_rows_must_tell_its_shape(shape: Any) -> None:
    stored = NO_GROUPS["counts"].to_dict()
    stored["batch"]["counts"] = {"shape": shape}

    with pytest.raises(FormatError) as error:
        Grouped.from_dict(stored)
    message = f"A stored shape must be whole numbers, one of them 0, not {shape!r:.40}."
    assert str(error.value) == message


def test_days_and_times_are_stored_as_keys() -> None:
    times = [date(2026, 11, 1), datetime(2026, 11, 1, 8, 30), None]  # noqa: DTZ001 (naive, as written)
    by_time = Counts.of([1, 0, 1], YES_NO, by={"when": times})

    stored = json.loads(json.dumps(by_time.to_dict()))

    assert stored["keys"] == {
        "when": [{"date": "2026-11-01"}, {"datetime": "2026-11-01T08:30:00"}, None]
    }
    assert Grouped.from_dict(stored) == by_time
    with pytest.raises(ArgumentError) as error:
        Counts.of([1], YES_NO, by=[Decimal(1)]).to_dict()
    message = "Stored keys must be texts, numbers, days or times, not Decimal('1')."
    assert str(error.value) == message


MONTHLY: Any = {
    "by": {"month": ["Jan", "Feb", "Feb", "Mar"], "shop": ["N", "N", "S", "S"]},
    "clusters": ["Ann", "Ann", "Bob", "Eve"],
}
"""Ann answered in January and in February."""


def test_the_total_of_groups_that_share_clusters_is_kept() -> None:
    grouped = Counts.of([1, 0, 1, 1], YES_NO, **MONTHLY)

    assert grouped.total() == Counts.of([1, 0, 1, 1], YES_NO, clusters=MONTHLY["clusters"])
    assert (grouped + grouped.select(month=["Mar"])).total().design.n_clusters == 4
    assert Grouped.from_dict(json.loads(json.dumps(grouped.to_dict()))).total() == grouped.total()
    assert copy.deepcopy(grouped).total() == grouped.total()


def test_groups_that_share_clusters_do_not_add_up() -> None:
    grouped = Counts.of([1, 0, 1, 1], YES_NO, **MONTHLY)

    parts: list[Any] = [
        lambda: grouped.total(over="month"),
        lambda: grouped.select(month=["Jan", "Feb"]).total(),
        lambda: grouped["Jan", "N"] + grouped["Feb", "N"],
        lambda: cx.difference(
            cx.top_box(grouped["Feb", "N"], top=1), cx.top_box(grouped["Jan", "N"], top=1)
        ),
    ]
    for part in parts:
        with pytest.raises(OverlappingClustersError) as error:
            part()
        assert str(error.value).endswith("?")
    assert grouped.total(over="shop")["Mar"].n == 1
    apart = grouped["Feb", "S"] + grouped["Mar", "S"]
    assert apart.design is not None
    assert apart.n == 2


def test_links_of_clusters_are_kept_where_groups_add() -> None:
    """Ann links a and b in one part, Bob links b and c in the other; d stands alone."""
    one = Counts.of([1, 0, 1], YES_NO, by=["a", "b", "d"], clusters=["Ann", "Ann", "Eve"])
    two = Counts.of([1, 1, 0, 0], YES_NO, by=["b", "c", "d", "e"], clusters=["Bob", "Bob", 1, 2])

    both = one + two

    for pair in ("ab", "bc", "ac"):
        with pytest.raises(OverlappingClustersError):
            both.select(segment=list(pair)).total()
    assert both.select(segment=["a", "d"]).total().n == 3
    assert both.total().n == 7
    sums = one.batch.regrouped(np.array([0, 1, 0]), 2)
    with pytest.raises(OverlappingClustersError):
        sums[0] + sums[1]


def test_grouped_values_equal_by_content_in_any_order() -> None:
    reordered = Grouped(
        {"year": [2018, 2018, 2017, 2017], "area": ["B", "A", "B", "A"]},
        SURVEY.batch[np.array([3, 2, 1, 0])],
    )

    assert reordered == SURVEY
    assert SURVEY.select(year=2017) != SURVEY.select(year=2018)
    assert SURVEY != 1
    assert Grouped({"segment": [1, 2, 3, 4]}, SURVEY.batch) != SURVEY


def test_select_drops_a_column_with_one_value() -> None:
    assert SURVEY.select(year=2018).columns == {"area": ["A", "B"]}
    assert SURVEY.select(year=[2018]).columns == {"year": [2018, 2018], "area": ["A", "B"]}
    assert SURVEY.select(year=2018)["B"] == SURVEY[2018, "B"]
    assert len(SURVEY.select()) == 4


def test_a_missing_key_is_selected_like_any_other() -> None:
    grouped = Counts.of([1, 0], YES_NO, by={"a": ["x", None], "b": [1, 1]})

    assert list(grouped.select(a=None)) == [1]


def test_map_applies_a_function_to_the_batch() -> None:
    assert SURVEY.map(cx.csat) == cx.csat(SURVEY)


def test_suppress_blanks_the_small_groups() -> None:
    estimates = cx.csat(Counts.of([5, 4, 5, 1], ONE_TO_FIVE, by=["a", "a", "a", "b"]))

    blanked = estimates.suppress(min_n=2)

    assert blanked["a"] == estimates["a"]
    assert (blanked["b"].n, blanked["b"].interval) == (0, (0.0, 100.0))
    assert np.isnan(blanked["b"].value)
    assert blanked["b"].score.counts.n == 0


def test_faces_of_grouped_counts() -> None:
    assert str(SURVEY).splitlines()[:3] == [
        "Answers on scale 1-5",
        "year  area  n  1  2  3  4  5  missing",
        "2017  A     1  0  0  0  0  1        0",
    ]
    row = {"year": 2018, "area": "B", **dict.fromkeys("1345", 0), "2": 1, "n_missing": 1}
    assert SURVEY.to_dicts()[3] == row
    assert SURVEY.to_pandas().iloc[3].to_dict() == row
    assert SURVEY.to_polars().row(3, named=True) == row
    assert SURVEY.to_arrow().to_pylist()[3] == row


def test_what_is_no_grouped_value_is_refused() -> None:
    batch = SURVEY.batch
    cases: list[tuple[Any, Any, type[Exception], str]] = [
        ({}, batch, ArgumentError, "`keys` must have at least one column, not none."),
        (
            {"a": [1]},
            batch,
            MismatchError,
            "`keys` must have one value per row of the batch, not [1] for a batch of shape (4,).",
        ),
        (
            {"a": [1]},
            batch[0],
            MismatchError,
            "`keys` must have one value per row of the batch, not [1] for a batch of shape ().",
        ),
        (
            {"a": [1, 2, 1, 3]},
            batch,
            ArgumentError,
            "Each key must occur once, but 1 occurs again.",
        ),
    ]
    for keys, values, kind, message in cases:
        with pytest.raises(kind) as error:
            Grouped(keys, values)
        assert str(error.value) == message


def test_wrong_keys_and_columns_are_named() -> None:
    with pytest.raises(UnknownKeyError) as error:
        SURVEY[2018, "C"]
    assert str(error.value) == "There is no group (2018, 'C').\nHint: did you mean (2018, 'B')?"
    with pytest.raises(KeyError):
        Counts.of([1], YES_NO, by=["x"])["zzz"]
    with pytest.raises(UnknownKeyError) as error:
        SURVEY.select(yaer=2018)
    assert str(error.value) == "There is no column 'yaer'.\nHint: did you mean 'year'?"
    with pytest.raises(UnknownKeyError) as error:
        SURVEY.select(year=2019)
    assert str(error.value) == "There is no year 2019.\nHint: did you mean 2018?"
    with pytest.raises(UnknownKeyError) as error:
        SURVEY.total(over="flight")
    assert str(error.value) == "There is no column 'flight'."
    with pytest.raises(ArgumentError) as argument:
        SURVEY.select(year=2018, area="B")
    assert str(argument.value) == (
        "One column must be left in the keys.\nHint: did you mean grouped[2018, 'B']?"
    )
    with pytest.raises(ArgumentError) as argument:
        SURVEY.total(over=["year", "area"])
    assert str(argument.value) == (
        "One column must be left in the keys.\nHint: did you mean grouped.total()?"
    )


def test_only_summaries_add_up_and_are_stored() -> None:
    estimates: Any = cx.csat(SURVEY)
    with pytest.raises(ArgumentError) as error:
        estimates.total()
    assert str(error.value) == (
        "`total` must be asked of summaries, not of Estimates.\n"
        "Hint: did you mean to total the counts before the metric?"
    )
    with pytest.raises(ArgumentError) as error:
        estimates.to_dict()
    assert str(error.value) == (
        "`to_dict` must be asked of summaries, not of Estimates.\nHint: did you mean to_dicts()?"
    )


def test_other_columns_do_not_add() -> None:
    with pytest.raises(MismatchError) as error:
        SURVEY + Counts.of([1], ONE_TO_FIVE, by=["a"])
    assert str(error.value) == "Both must be grouped by year, area, not segment."
    with pytest.raises(TypeError):
        SURVEY + 1  # type: ignore[operator]
    with pytest.raises(TypeError):
        1 + SURVEY


def test_labels_must_fit_the_responses() -> None:
    with pytest.raises(MismatchError) as error:
        Counts.of([1, 0], YES_NO, by=["a"])
    assert str(error.value) == "`by` must have one label per response, not 1 for 2."
    with pytest.raises(ArgumentError) as argument:
        Counts.of([1, 0], YES_NO, by={})
    assert str(argument.value) == "`by` must have at least one column, not none."
    with pytest.raises(ScaleError) as scale:
        Counts.of([1, 0], YES_NO, by=[["a", "b"], ["c", "d"]])
    assert str(scale.value).startswith("`by` must be a 1-D array or list, not 2-D.")


STORED = SURVEY.to_dict()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 3}, "Stored data must be of version 1, not 3."),
        ({"keys": [1]}, "Stored keys must be lists by column."),
        ({"keys": {"a": 1}}, "Stored keys must be lists by column."),
        ({"keys": {"a": [[1]]}}, "Stored keys must be texts, numbers, days or times, not [1]."),
        (
            {"keys": {"a": [{"date": 5}]}},
            "Stored keys must be texts, numbers, days or times, not {'date': 5}.",
        ),
        (
            {"keys": {"a": [{"date": "May"}]}},
            "A stored date must be in ISO format, not 'May'.",
        ),
        ({"batch": []}, "Stored data must be of a known kind, not None."),
        ({"batch": {"kind": "Object"}}, "Stored data must be of a known kind, not 'Object'."),
        ({"batch": {"kind": ["x"]}}, "Stored data must be of a known kind, not ['x']."),
        ({"more": 1}, "A stored Grouped must have batch, keys, not batch, keys, more."),
    ],
)
def test_data_that_is_no_stored_grouped_value_is_refused(change: Any, message: str) -> None:
    with pytest.raises(FormatError) as error:
        Grouped.from_dict(STORED | change)

    assert str(error.value) == message
