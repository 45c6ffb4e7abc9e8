import copy
import pickle
import warnings
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.errors import (
    ArgumentError,
    ConvergenceWarning,
    CxMetricsError,
    MismatchError,
    TooFewResponsesError,
    UnknownKeyError,
)
from cxmetrics.weighting import Raking, design_effect, effective_n, poststratify, rake
from tests.strategies import junk, margins_of_surveys, weighted_surveys
from tests.weighting.schools import API, COLUMNS, GROWTH, POSITION, TYPES

SHOPS = {
    "region": ["north", "north", "north", "south", "south", "south"],
    "age": ["young", "old", "old", "young", "young", "old"],
    "weight": [1.0, 1.0, 2.0, 1.0, 3.0, 1.0],
}
TARGETS = {"region": {"north": 40, "south": 60}, "age": {"young": 45, "old": 55}}


def by_plain_loops(
    columns: dict[str, list[Any]], targets: dict[str, dict[Any, float]], weights: list[float]
) -> list[float]:
    """Deming and Stephan's procedure, respondent by respondent, for very long."""
    fitted = list(weights)
    for _ in range(2000):
        for name, margin in targets.items():
            labels = columns[name]
            totals: Counter[Any] = Counter()
            for label, weight in zip(labels, fitted, strict=True):
                totals[label] += weight  # type: ignore[assignment]
            fitted = [
                weight * margin[label] / totals[label]
                for label, weight in zip(labels, fitted, strict=True)
            ]
    return fitted


def test_worked_example() -> None:
    """R: survey::rake(svydesign(~dnum, weights = ~pw, data = apiclus1), ...), which stops
    when no cell changes by 1; mean of api00 641.230246862208. The output of R is in the
    tests of Survey.jl, test/r_reference/rake_weights.csv.
    """
    raking = rake(COLUMNS, {"stype": TYPES, "sch.wide": GROWTH})

    by_cell = dict(zip(zip(*COLUMNS.values(), strict=True), raking.weights, strict=True))
    expected = {
        ("H", "Yes"): 50.3301527726748,
        ("E", "Yes"): 29.8704638727345,
        ("M", "Yes"): 36.7921816646831,
        ("M", "No"): 49.0700673992951,
        ("E", "No"): 39.838509410554,
        ("H", "No"): 67.1257826263303,
    }
    assert by_cell == pytest.approx(expected, rel=4e-5)
    assert raking.converged
    mean = np.average(API[POSITION], weights=raking.weights)
    assert mean == pytest.approx(641.230246862208, abs=2e-4)


def test_poststratification_divides_the_target_by_the_respondents() -> None:
    """By hand: 144 elementary, 14 high and 25 middle schools; R: mean 642.310788211584."""
    raking = poststratify(COLUMNS, {"stype": TYPES})

    found = dict(zip(COLUMNS["stype"], raking.weights, strict=True))
    assert found == pytest.approx({"E": 4421 / 144, "H": 755 / 14, "M": 1018 / 25}, rel=1e-14)
    assert raking.iterations == 1
    assert raking.converged
    mean = np.average(API[POSITION], weights=raking.weights)
    assert mean == pytest.approx(642.310788211584, rel=1e-14)


@given(weighted_surveys(), margins_of_surveys())
def test_weights_are_those_of_plain_loops(
    survey: dict[str, list[Any]], targets: dict[str, dict[str, float]]
) -> None:
    raking = rake(survey, targets, weights="weight", tolerance=1e-13, max_iterations=5000)

    expected = by_plain_loops(survey, targets, survey["weight"])
    assert raking.weights.tolist() == pytest.approx(expected, rel=1e-9)


@given(weighted_surveys(), margins_of_surveys())
def test_weights_are_the_closest_that_meet_the_margins(
    survey: dict[str, list[Any]], targets: dict[str, dict[str, float]]
) -> None:
    """Of all weights that meet the margins, one factor per level makes the closest ones.

    The entropy is convex, so weights base · exp(xλ) that meet the margins are its one minimum.
    """
    labels = [(name, level) for name, margin in targets.items() for level in margin]
    x = np.array([[label == level for label in survey[name]] for name, level in labels], float)
    wanted = np.array([targets[name][level] for name, level in labels])
    base = np.array(survey["weight"])

    raking = rake(survey, targets, weights="weight", tolerance=1e-12, max_iterations=5000)

    used = base > 0
    logs = np.log(raking.weights[used] / base[used])
    factors = np.linalg.lstsq(x[:, used].T, logs)[0]
    np.testing.assert_allclose(factors @ x[:, used], logs, atol=1e-9)
    np.testing.assert_allclose(x @ raking.weights, wanted, rtol=1e-9, atol=1e-12)


@given(weighted_surveys(), margins_of_surveys())
def test_margins_are_met(
    survey: dict[str, list[Any]], targets: dict[str, dict[str, float]]
) -> None:
    raking = rake(survey, targets, weights="weight", max_iterations=5000)

    assert raking.converged
    assert raking.weights.sum() == pytest.approx(1, rel=1e-7)
    for row in raking.to_dicts():
        assert row["after"] == pytest.approx(row["target"], rel=1.01e-8)
        assert row["factor"] == pytest.approx(row["after"] / row["before"])


@given(weighted_surveys(), margins_of_surveys(), st.floats(1e-300, 1e300))
def test_the_scale_of_weights_and_targets_does_not_matter(
    survey: dict[str, list[Any]], targets: dict[str, dict[str, float]], factor: float
) -> None:
    once = rake(survey, targets, weights="weight", max_iterations=5000)
    scaled = [factor * weight for weight in survey["weight"]]
    numbers = {
        name: {level: 1e6 * share for level, share in margin.items()}
        for name, margin in targets.items()
    }

    again = rake(survey, numbers, weights=scaled, max_iterations=5000)

    np.testing.assert_allclose(again.weights, 1e6 * once.weights, rtol=1e-7)


@given(weighted_surveys(), margins_of_surveys(), st.randoms(use_true_random=False))
def test_the_order_of_rows_columns_and_levels_does_not_matter(
    survey: dict[str, list[Any]], targets: dict[str, dict[str, float]], random: Any
) -> None:
    order = list(range(len(survey["age"])))
    random.shuffle(order)
    mixed = {name: [column[i] for i in order] for name, column in survey.items()}
    turned = {name: dict(reversed(margin.items())) for name, margin in reversed(targets.items())}

    once = rake(survey, targets, weights="weight", tolerance=1e-12, max_iterations=5000)
    again = rake(mixed, turned, weights="weight", tolerance=1e-12, max_iterations=5000)

    np.testing.assert_allclose(again.weights, once.weights[order], rtol=1e-9)


@given(weighted_surveys())
def test_weights_that_meet_the_targets_stay(survey: dict[str, list[Any]]) -> None:
    weights = np.array(survey["weight"])
    targets = {
        name: {
            level: weights[[label == level for label in survey[name]]].sum()
            for level in set(survey[name])
        }
        for name in ("region", "age")
    }

    raking = rake(survey, targets, weights="weight")

    np.testing.assert_allclose(raking.weights, weights, rtol=1e-12)
    assert raking.iterations == 1


@given(weighted_surveys(), margins_of_surveys())
def test_raking_again_changes_nothing(
    survey: dict[str, list[Any]], targets: dict[str, dict[str, float]]
) -> None:
    once = rake(survey, targets, weights="weight", max_iterations=5000)

    again = rake(survey, targets, weights=once.weights)

    np.testing.assert_allclose(again.weights, once.weights, rtol=1e-7)


def test_one_margin_is_raked_in_one_round() -> None:
    margin = {"region": TARGETS["region"]}

    raking = rake(SHOPS, margin, weights="weight")

    np.testing.assert_allclose(
        raking.weights, poststratify(SHOPS, margin, weights="weight").weights
    )
    assert raking.iterations == 1


def test_strata_by_several_columns() -> None:
    """By hand: base weights 1, 3, 4 and 1 in the four strata."""
    strata = {
        ("north", "young"): 10,
        ("north", "old"): 30,
        ("south", "young"): 20,
        ("south", "old"): 40,
        ("west", "old"): 0,
    }

    raking = poststratify(SHOPS, {("region", "age"): strata}, weights="weight")

    assert raking.weights.tolist() == pytest.approx([10, 10, 20, 5, 15, 40])
    assert raking.to_dicts()[1] == {
        "column": "region & age",
        "level": "north & old",
        "target": 30,
        "before": pytest.approx(100 / 3),
        "after": pytest.approx(30),
        "n": 2,
        "factor": pytest.approx(0.9),
    }
    assert np.isnan(raking.to_dicts()[4]["factor"])


def test_a_margin_of_combinations_beside_one_of_levels() -> None:
    targets = {
        ("region", "age"): {
            ("north", "young"): 0.1,
            ("north", "old"): 0.3,
            ("south", "young"): 0.3,
            ("south", "old"): 0.3,
        },
        ("sex",): {("f",): 0.5, ("m",): 0.5},
    }

    raking = rake(SHOPS | {"sex": ["f", "m", "f", "m", "f", "m"]}, targets, tolerance=0.1)

    assert raking.error < 0.1


def test_a_target_of_zero_gives_weights_of_zero() -> None:
    raking = rake(
        SHOPS, {"region": {"north": 0, "south": 1, "west": 0}, "age": {"young": 0.4, "old": 0.6}}
    )

    assert raking.weights.tolist() == pytest.approx([0, 0, 0, 0.2, 0.2, 0.6])
    assert raking.largest_ratio == pytest.approx(3)


@pytest.mark.parametrize(
    "frame", [pd.DataFrame, pl.DataFrame, pa.table, dict], ids=["pandas", "polars", "arrow", "dict"]
)
def test_all_frames_are_read_alike(frame: Any) -> None:
    expected = rake(SHOPS, TARGETS, weights="weight")

    assert rake(frame(SHOPS), TARGETS, weights="weight") == expected
    assert rake(frame(SHOPS), TARGETS, weights=np.array(SHOPS["weight"])) == expected
    assert (
        rake(frame(SHOPS), TARGETS, weights=pd.Series(SHOPS["weight"], dtype="Float64")) == expected
    )


def test_labels_and_targets_of_every_kind() -> None:
    frame = pd.DataFrame(
        {
            "year": pd.Series([1, 2, 2], dtype="Int64"),
            "shop": pd.Categorical(["a", "b", "b"], ["b", "a", "c"]),
        }
    )
    census = pd.Series({"a": 5, "b": 5})

    raking = rake(frame, {"year": {1: 0.5, 2: 0.5}, "shop": census / census.sum()})

    assert raking.weights.tolist() == [0.5, 0.25, 0.25]
    assert raking.to_polars()["level"].to_list() == ["1", "2", "a", "b"]


def test_margins_may_differ_by_rounding() -> None:
    raking = rake(SHOPS, TARGETS | {"age": {"young": 45, "old": 55.00005}})

    assert raking.converged
    assert raking.weights.sum() == pytest.approx(100, rel=1e-8)


def test_diagnostics() -> None:
    raking = rake(SHOPS, TARGETS, weights="weight")

    assert raking.n == 6
    assert raking.shape == ()
    assert raking.design_effect == design_effect(raking.weights)
    assert raking.effective_n == effective_n(raking.weights)
    assert raking.largest_ratio == raking.weights.max() / np.median(raking.weights)
    assert raking.to_dict() == {
        "n": 6,
        "total": 100.0,
        "converged": True,
        "iterations": raking.iterations,
        "error": raking.error,
        "design_effect": raking.design_effect,
        "effective_n": raking.effective_n,
        "largest_ratio": raking.largest_ratio,
    }


def test_faces() -> None:
    raking = poststratify(SHOPS, {"region": {"north": 0.4, "south": 0.6}}, weights="weight")

    assert str(raking) == (
        "Weights of 6 respondents, targets met after 1 round;\n"
        "effective n 4.6, design effect 1.31, largest weight 3.0 medians\n"
        "column  level  target  before  after  n  factor\n"
        "region  north   0.400   0.444  0.400  3   0.900\n"
        "region  south   0.600   0.556  0.600  3   1.080"
    )
    assert "targets met" in raking._repr_html_()
    assert raking.to_pandas()["column"].tolist() == ["region", "region"]
    assert repr(raking).startswith("Raking(converged=True, iterations=1, error=")
    many = poststratify(SHOPS, {"region": {"north": 4000, "south": 6000}})
    assert " 4,000 " in str(many)


def test_a_raking_is_a_value() -> None:
    raking = rake(SHOPS, TARGETS, weights="weight")

    for twin in (copy.deepcopy(raking), pickle.loads(pickle.dumps(raking))):
        assert twin == raking
        with pytest.raises(ValueError, match="read-only"):
            twin.weights[0] = 1
        with pytest.raises(ValueError, match="read-only"):
            twin.cells.margins[0].target[0] = 1
    assert raking != rake(SHOPS, TARGETS)
    assert all(part.shape == () for part in (raking.cells, raking.cells.margins[0]))


def test_targets_that_cannot_be_met_are_a_warning() -> None:
    """Nobody is both young and in the south, so that the old are at least those there."""
    frame = {"region": ["north", "north", "south"], "age": ["young", "old", "old"]}
    targets = {"region": {"north": 40, "south": 60}, "age": {"young": 50, "old": 50}}
    message = (
        r"Each target must be met to 1e-08, but after 100 rounds \w+ of region is off by [\d.]+%\."
    )

    with pytest.warns(ConvergenceWarning, match=message) as caught:
        raking = rake(frame, targets)

    assert caught[0].filename == __file__
    assert not raking.converged
    assert raking.iterations == 100
    assert raking.error > 0.1
    assert "targets not met (off by" in str(raking)


def test_levels_that_exclude_each_other_are_a_warning() -> None:
    frame = {"region": ["north", "south"], "age": ["young", "old"]}

    with pytest.warns(ConvergenceWarning, match="young of age is off by 100%"):
        raking = rake(
            frame, {"region": {"north": 0, "south": 1}, "age": {"young": 0.1, "old": 0.9}}
        )

    assert raking.error == 1


def test_rounds_can_be_too_few() -> None:
    with pytest.warns(ConvergenceWarning, match="after 1 rounds"):
        assert rake(SHOPS, TARGETS, max_iterations=1).iterations == 1


@pytest.mark.parametrize(
    ("targets", "error", "message"),
    [
        (
            {},
            ArgumentError,
            (
                "`targets` must have one margin per column, not none.\n"
                'Hint: did you mean {"region": {"north": 4000, "south": 6000}}?'
            ),
        ),
        (
            ["region"],
            ArgumentError,
            (
                "`targets` must have one margin per column, not ['region'].\n"
                'Hint: did you mean {"region": {"north": 4000, "south": 6000}}?'
            ),
        ),
        (
            {"region": 4000},
            ArgumentError,
            "`targets` of region must be a number by level, not 4000.",
        ),
        (
            {"region": {}},
            ArgumentError,
            "`targets` of region must have a number above 0, but have none.",
        ),
        (
            {"region": {"north": 0, "south": 0}},
            ArgumentError,
            "`targets` of region must have a number above 0, but have none.",
        ),
        (
            {"region": {"north": 1, "south": -1}},
            ArgumentError,
            "The target of 'south' of region must be a finite number from 0, not -1.",
        ),
        (
            {"region": {"north": 1, "south": float("nan")}},
            ArgumentError,
            "The target of 'south' of region must be a finite number from 0, not nan.",
        ),
        (
            {("region", "age"): {"north": 1}},
            ArgumentError,
            "A level of region & age must be a tuple of 2 labels, not 'north'.",
        ),
        (
            {"region": {"north": 4000, "south": 6000}, "age": {"young": 45, "old": 55}},
            MismatchError,
            "All margins must sum to the same total, not 10,000 (region) and 100 (age).",
        ),
        (
            {"region": {"north": 40, "south": 60}, "age": {"young": 0.45, "old": 0.55}},
            MismatchError,
            (
                "All margins must sum to the same total, not 100 (region) and 1 (age).\n"
                "Hint: are some of them shares and others numbers?"
            ),
        ),
        (
            {"regoin": {"north": 40, "south": 60}},
            UnknownKeyError,
            "There is no column 'regoin'.\nHint: did you mean 'region'?",
        ),
        (
            {"region": {"nroth": 40, "south": 60}},
            UnknownKeyError,
            (
                "Each level with a target must have a respondent, but 'nroth' of region has none.\n"
                "Hint: did you mean 'north'?"
            ),
        ),
        (
            {"region": {"north": 30, "south": 60, "west": 10}},
            UnknownKeyError,
            "Each level with a target must have a respondent, but 'west' of region has none.",
        ),
        (
            {"region": {"south": 60}},
            UnknownKeyError,
            (
                "Each level of region must have a target, but 'north' has none "
                "(3 of 6 respondents).\n"
                "Hint: did you mean to join it with another level, or to leave it out?"
            ),
        ),
        (
            {("region", "age"): {("north", "young"): 1, ("north", "old"): 1, ("south", "old"): 1}},
            UnknownKeyError,
            (
                "Each level of region & age must have a target, but ('south', 'young') has none "
                "(2 of 6 respondents).\n"
                "Hint: did you mean to join it with another level, or to leave it out?"
            ),
        ),
    ],
)
def test_targets_that_do_not_fit(targets: Any, error: type[CxMetricsError], message: str) -> None:
    with pytest.raises(error) as caught:
        rake(SHOPS, targets)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("column", "error", "message"),
    [
        (
            ["north", None, float("nan"), "south", pd.NA],
            ArgumentError,
            (
                "Each respondent must have a label of region, but 3 of 5 have none "
                "(first at position 1).\n"
                "Hint: did you mean to leave them out, or to give them a level of their own?"
            ),
        ),
        ([], TooFewResponsesError, "`frame` must have at least one respondent, not 0."),
    ],
)
def test_labels_that_do_not_fit(
    column: list[Any], error: type[CxMetricsError], message: str
) -> None:
    with pytest.raises(error) as caught:
        rake({"region": column}, {"region": {"north": 40, "south": 60}})

    assert str(caught.value) == message


def test_lazy_frames_are_collected_first() -> None:
    with pytest.raises(ArgumentError) as caught:
        rake(pl.LazyFrame(SHOPS), TARGETS)

    assert str(caught.value) == (
        "`frame` must be in memory, not lazy.\nHint: did you mean to collect it first?"
    )


def test_columns_of_unequal_length() -> None:
    with pytest.raises(MismatchError) as caught:
        rake(SHOPS | {"age": ["young", "old"]}, TARGETS)

    assert str(caught.value) == (
        "All columns must have one label per respondent, not 6 of region, 2 of age."
    )


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        (
            [1, 2],
            MismatchError,
            "`weights` must have one weight per respondent, not 2 for 6.",
        ),
        (
            [0, 0, 0, 1, 1, 1],
            ArgumentError,
            (
                "Each level with a target must have a respondent with a weight above 0, "
                "but 'north' of region has none."
            ),
        ),
        ("wieght", UnknownKeyError, "There is no column 'wieght'.\nHint: did you mean 'weight'?"),
    ],
)
def test_weights_that_do_not_fit(weights: Any, error: type[CxMetricsError], message: str) -> None:
    with pytest.raises(error) as caught:
        rake(SHOPS, TARGETS, weights=weights)

    assert str(caught.value) == message


def test_poststratification_has_one_margin() -> None:
    with pytest.raises(ArgumentError) as caught:
        poststratify(SHOPS, TARGETS)

    assert str(caught.value) == (
        "`targets` must have one margin, not 2.\nHint: did you mean rake(frame, targets)?"
    )


def test_options_out_of_range() -> None:
    with pytest.raises(ArgumentError, match=r"`tolerance` must be between 1e-14 and 0.1, not 0"):
        rake(SHOPS, TARGETS, tolerance=0)
    with pytest.raises(ArgumentError, match="`max_iterations` must be at least 1, not 0"):
        rake(SHOPS, TARGETS, max_iterations=0)


@given(junk(), junk(), junk())
def test_junk_is_an_error_of_ours_or_of_type(frame: Any, targets: Any, weights: Any) -> None:
    for arguments in ((frame, TARGETS, None), (SHOPS, targets, None), (SHOPS, TARGETS, weights)):
        with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
            try:
                raking = rake(arguments[0], arguments[1], weights=arguments[2])
            except (CxMetricsError, TypeError):
                continue
        assert isinstance(raking, Raking)
