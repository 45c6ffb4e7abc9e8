import csv
import json
import pickle
import runpy
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics import Counts, Grouped, LifeTable, csat, difference, nps, retention_at
from cxmetrics.datasets import (
    QUESTIONS,
    Question,
    airport,
    airport_journey,
    simulate_survey,
    subscribers,
)
from cxmetrics.errors import ArgumentError, ScaleError
from cxmetrics.scale import ONE_TO_FIVE, ZERO_TO_TEN
from cxmetrics.summaries.design import Clustered, Weighted

TOOL = Path(__file__).parents[1] / "tools/airport_summaries.py"
ROWS = {2017: 2831, 2018: 2809}


def by_year(question: str) -> Grouped[Counts]:
    return airport()[question].total(over="flight").total(over="boarding_area")


def stored() -> dict[str, Any]:
    file = resources.files("cxmetrics") / "data" / "airport.json"
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content


# -- The airport


@pytest.mark.parametrize(
    ("year", "value", "interval", "n", "n_missing"),
    [
        (2017, 39.840, (37.189, 42.419), 2746, 85),
        (2018, 30.981, (28.124, 33.777), 2650, 159),
    ],
)
def test_the_airport_has_its_known_nps(
    year: int, value: float, interval: tuple[float, float], n: int, n_missing: int
) -> None:
    estimate = nps(by_year("recommend")[year])

    assert estimate.value == pytest.approx(value, abs=5e-4)
    assert estimate.interval == pytest.approx(interval, abs=5e-4)
    assert (estimate.n, estimate.n_missing) == (n, n_missing)


def test_the_airport_has_its_known_change() -> None:
    estimates = nps(by_year("recommend"))
    change = difference(estimates[2018], estimates[2017])

    assert change.value == pytest.approx(-8.859, abs=5e-4)
    assert change.interval == pytest.approx((-12.710, -5.007), abs=5e-4)


def test_the_airport_has_every_question_on_its_scale() -> None:
    questions = airport()

    assert list(questions) == [
        *("recommend", "art", "restaurants", "shops", "signs_inside", "walkways", "screens"),
        *("info_booth_lower", "info_booth_upper", "wifi", "road_signs", "parking", "airtrain"),
        *("long_term_parking", "rental_cars", "overall", "clean_boarding", "clean_restrooms"),
        *("clean_overall", "safety", "ease_getting_there", "ease_finding_way", "ease_security"),
    ]
    scales = {name: counts.batch.scale for name, counts in questions.items()}
    assert scales.pop("recommend") == ZERO_TO_TEN
    assert set(scales.values()) == {ONE_TO_FIVE}


def test_the_docstring_of_the_airport_names_every_question() -> None:
    assert all(f"`{name}`" in (airport.__doc__ or "") for name in airport())


def test_every_question_was_put_to_the_same_groups() -> None:
    for counts in airport().values():
        assert counts.by == ("year", "boarding_area", "flight")
        assert list(counts) == list(airport()["recommend"])
        passengers = np.add(counts.batch.n, counts.batch.n_missing)
        for year, rows in ROWS.items():
            assert passengers[np.equal(counts.columns["year"], year)].sum() == rows


def test_the_keys_of_the_airport_keep_their_types() -> None:
    assert airport()["wifi"][2018, "G", "international"].n > 0
    assert set(airport()["wifi"].columns["boarding_area"]) == set("ABCDEFG")


def of_design(question: Grouped[Counts]) -> Weighted:
    design = question.batch.design
    assert design is not None
    return design


def test_every_design_has_the_answers_of_the_airport() -> None:
    weighted, clustered = airport(design="weighted"), airport(design="clustered")

    for name, plain in airport().items():
        assert plain.batch.design is None
        assert weighted[name].batch.sample == "weighted"
        assert clustered[name].batch.sample == "weighted and clustered"
        for designed in (weighted[name], clustered[name]):
            assert designed.columns == plain.columns
            assert np.array_equal(designed.batch.counts, plain.batch.counts)
            assert np.array_equal(designed.batch.n_missing, plain.batch.n_missing)


def test_the_weights_belong_to_the_answers() -> None:
    for question in airport(design="weighted").values():
        counts, design = question.batch.counts, of_design(question)

        assert np.array_equal(design.weights > 0, counts > 0)
        assert np.array_equal(design.squares > 0, counts > 0)
        # Cauchy and Schwarz: (Σω)² ≤ n Σω², with equality where all weights are the same.
        assert (design.weights**2 <= counts * design.squares * (1 + 1e-8)).all()


def test_the_flights_belong_to_the_weights() -> None:
    weighted = airport(design="weighted")
    for name, question in airport(design="clustered").items():
        design = of_design(question)
        assert isinstance(design, Clustered)
        products = design.products

        assert np.array_equal(design.weights, of_design(weighted[name]).weights)
        assert np.array_equal(design.squares, of_design(weighted[name]).squares)
        assert np.array_equal(products, np.swapaxes(products, 1, 2))
        assert not np.any(design.overlap)
        assert np.all(np.less_equal(design.n_clusters, question.batch.n))
        # With t ≥ 0: Σω² ≤ Σ t² of each point, and Σ (1't)² ≤ (Σω)² ≤ G Σ (1't)².
        assert (design.squares <= np.einsum("rkk->rk", products) * (1 + 1e-8)).all()
        square, total = products.sum(axis=(1, 2)), design.weights.sum(axis=1)
        assert (square <= total**2 * (1 + 1e-8)).all()
        assert (total**2 <= design.n_clusters * square * (1 + 1e-8)).all()


@pytest.mark.parametrize(
    ("year", "weighted_nps", "total", "total_of_squares"),
    [(2017, 40.398436, 2746.396573, 3327.885735), (2018, 35.113632, 2648.978004, 3287.856366)],
)
def test_the_weights_give_the_weighted_nps(
    year: int, weighted_nps: float, total: float, total_of_squares: float
) -> None:
    """From the rows of the survey, by the standard library's csv and fsum."""
    counts = airport(design="weighted")["recommend"].total(over=["flight", "boarding_area"])[year]
    design = counts.design
    assert design is not None

    assert design.weights.sum() == pytest.approx(total, rel=1e-9)
    assert design.squares.sum() == pytest.approx(total_of_squares, rel=1e-9)
    assert nps(counts).value == pytest.approx(weighted_nps, rel=1e-7)


def test_a_design_is_one_there_is() -> None:
    with pytest.raises(ArgumentError) as error:
        airport(design="cluster")  # type: ignore[arg-type]

    assert str(error.value) == (
        "`design` must be 'weighted' or 'clustered', not 'cluster'.\n"
        "Hint: did you mean 'clustered'?"
    )


def test_the_source_is_named() -> None:
    assert "San Francisco International Airport" in stored()["source"]


# -- The tool that made its file


HEADER = ["year", "boarding_area", "flight", "flight_run", "weight", "recommend", "wifi"]


def write_survey(path: Path, *rows: list[Any]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def test_the_tool_writes_what_the_survey_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two passengers of 2018 without a flight, and one flight of two passengers in 2017."""
    survey = write_survey(
        tmp_path / "survey.csv",
        [2018, "A", "domestic", "", 0.5, 10, 5],
        [2018, "A", "domestic", "", 2.0, 9, "not used"],
        [2017, "G", "international", 7, 1.5, "", 4],
        [2017, "G", "international", 7, 3.0, 0, 5],
    )

    runpy.run_path(str(TOOL))["main"](str(survey), tmp_path / "data" / "airport.json")
    monkeypatch.setattr(resources, "files", lambda _: tmp_path)

    recommend, wifi = airport().values()
    assert list(recommend) == [(2017, "G", "international"), (2018, "A", "domestic")]
    assert recommend.batch.counts.tolist() == [[1] + [0] * 10, [0] * 9 + [1, 1]]
    assert wifi.batch.counts.tolist() == [[0, 0, 0, 1, 1], [0, 0, 0, 0, 1]]
    missing = [np.asarray(part.batch.n_missing).tolist() for part in (recommend, wifi)]
    assert missing == [[1, 0], [0, 1]]
    weighted = airport(design="weighted")["wifi"]
    assert of_design(weighted) == Weighted(
        weights=np.array([[0, 0, 0, 1.5, 3], [0, 0, 0, 0, 0.5]]),
        squares=np.array([[0, 0, 0, 2.25, 9], [0, 0, 0, 0, 0.25]]),
    )
    of_recommend, of_wifi = (of_design(part) for part in airport(design="clustered").values())
    assert isinstance(of_recommend, Clustered)
    assert isinstance(of_wifi, Clustered)
    assert of_recommend.products[1, 9:, 9:].tolist() == [[4, 0], [0, 0.25]]
    assert np.array_equal(of_recommend.n_clusters, [1, 2])
    assert of_wifi.products[0, 3:, 3:].tolist() == [[2.25, 4.5], [4.5, 9]]
    assert np.array_equal(of_wifi.n_clusters, [1, 1])


def test_the_tool_refuses_a_flight_from_two_areas(tmp_path: Path) -> None:
    survey = write_survey(
        tmp_path / "survey.csv",
        [2018, "A", "domestic", 7, 0.5, 10, 5],
        [2018, "B", "domestic", 7, 0.5, 10, 5],
    )

    with pytest.raises(SystemExit, match=r"A flight must leave from one boarding area"):
        runpy.run_path(str(TOOL))["main"](str(survey), tmp_path / "airport.json")


# -- The journey of the airport


def test_every_touchpoint_of_the_airport_is_a_question() -> None:
    questions, journey = airport(), airport_journey()

    assert len(journey) == 14
    for touchpoint in journey:
        assert touchpoint.column in questions
        assert questions[touchpoint.column].batch.scale == touchpoint.scale
        assert (touchpoint.missing, touchpoint.not_used) == (("",), ("not used",))
    others = set(questions) - {touchpoint.column for touchpoint in journey}
    assert others == {
        *("recommend", "overall", "clean_boarding", "clean_restrooms", "clean_overall", "safety"),
        *("ease_getting_there", "ease_finding_way", "ease_security"),
    }


def test_the_journey_of_the_airport_starts_on_the_road() -> None:
    journey = airport_journey()

    assert journey.stages == ("Getting there", "In the terminal", "Waiting")
    assert journey.names[0] == "Road signs"
    assert journey["Wi-Fi"].column == "wifi"
    assert not journey.describe().unmeasured


# -- The subscribers

PUBLISHED = {
    "High End": [86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1, 46.8, 44.5, 42.7, 40.9, 39.4],
    "Regular": [63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1, 22.3, 20.7, 19.4, 18.3, 17.3],
}
"""Table 1 of Fader and Hardie (2007): % of the customers who were there after 1...12 years."""


@pytest.mark.parametrize("n", [1000, 250_000])
def test_the_subscribers_stay_as_published(n: int) -> None:
    tables = subscribers(n=n, years=12)

    assert list(tables) == list(PUBLISHED)
    for segment, percentages in PUBLISHED.items():
        found = [retention_at(tables[segment], year).value for year in range(1, 13)]
        assert found == pytest.approx(percentages, rel=1e-12)
        assert tables[segment].n == n


def test_the_first_seven_years_are_seen() -> None:
    for segment, table in subscribers().items():
        whole = subscribers(years=12)[segment]

        assert table.tenures.tolist() == [1, 2, 3, 4, 5, 6, 7]
        assert table.at_risk.tolist() == whole.at_risk[:7].tolist()
        assert table.censored[-1] == round(10 * PUBLISHED[segment][6])


@given(n=st.integers(1, 2**53), years=st.integers(1, 12))
def test_subscribers_are_whole(n: int, years: int) -> None:
    for segment, table in subscribers(n=n, years=years).items():
        survivors = n - np.cumsum(table.churned)

        expected = n * np.array(PUBLISHED[segment][:years]) / 100
        assert isinstance(table, LifeTable)
        assert table.n == n
        np.testing.assert_allclose(survivors, expected, rtol=1e-15, atol=0.5)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n": 0}, ArgumentError, "`n` must be at least 1, not 0."),
        ({"n": 2.5}, ArgumentError, "`n` must be a whole number, not 2.5."),
        (
            {"n": 1e20},
            ScaleError,
            "`survivors` must be whole numbers from 0 to 2**53, not 1e+20.",
        ),
        ({"years": 0}, ArgumentError, "`years` must be 1 to 12, not 0."),
        ({"years": 13}, ArgumentError, "`years` must be 1 to 12, not 13."),
    ],
)
def test_there_are_twelve_years_of_subscribers(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as raised:
        subscribers(**options)

    assert str(raised.value) == message


# -- The simulator


def test_the_probabilities_by_hand() -> None:
    """Cut at Φ⁻¹(½) = 0: moved by 1, all but Φ(−1) = 0.158655 answer above it."""
    question = Question(ONE_TO_FIVE, (0, 0, 50, 0, 50), 0.5)

    assert question.probabilities(0) == pytest.approx([0, 0, 0.5, 0, 0.5])
    assert question.probabilities(1) == pytest.approx([0, 0, 0.158655254, 0, 0.841344746])


def test_without_effects_the_truth_is_what_the_question_declares() -> None:
    survey = simulate_survey(1, rng=0, segments={"all": 0}, periods={2025: 0})

    for name, question in QUESTIONS.items():
        truth = survey.probabilities[name]["all", 2025]
        assert 100 * truth == pytest.approx(np.array(question.shares))
    assert survey.true_nps["all", 2025] == pytest.approx(44 - 21)


@pytest.mark.parametrize("customers", [None, 40_000])
def test_a_large_sample_follows_the_truth(customers: int | None) -> None:
    """Pearson's statistic of 48 tables is below the 1e-6 point of its chi-square."""
    survey = simulate_survey(200_000, rng=1, customers=customers)
    by = {name: survey.columns[name] for name in ("segment", "period")}

    for name, question in QUESTIONS.items():
        counted = Counts.of(survey.columns[name], question.scale, by=by)
        truth = survey.probabilities[name]
        assert list(counted) == sorted(truth)
        for group, counts in counted.items():
            expected = truth[group] * counts.n
            chi_square = ((counts.counts - expected) ** 2 / expected).sum()
            assert chi_square < (33.4 if question.scale == ONE_TO_FIVE else 46.9)


def test_estimates_of_a_large_sample_lie_near_the_truth() -> None:
    survey = simulate_survey(200_000, rng=2)
    by = {name: survey.columns[name] for name in ("segment", "period")}
    estimates = nps(Counts.of(survey.columns["recommend"], ZERO_TO_TEN, by=by))

    for group, truth in survey.true_nps.items():
        assert np.abs(estimates[group].value - truth) < 4 * np.asarray(estimates[group].std_error)


def test_the_answers_of_a_customer_hang_together() -> None:
    """Satisfaction alone links two questions, so stronger loadings link them more."""
    columns = simulate_survey(50_000, rng=3, missing_rate=0).columns
    with_recommend = [
        np.corrcoef(columns["recommend"], columns[name])[0, 1]
        for name in ("ordering", "support", "delivery")
    ]

    assert with_recommend == sorted(with_recommend)
    assert with_recommend[0] > 0.3


def test_a_customer_stays_in_one_segment() -> None:
    columns = simulate_survey(1000, rng=4, customers=50).columns

    assert len(set(columns["customer"])) == 50
    assert len(set(zip(columns["customer"], columns["segment"], strict=True))) == 50


def test_unless_told_otherwise_each_row_is_another_customer() -> None:
    assert simulate_survey(3, rng=5).columns["customer"].tolist() == [0, 1, 2]


def test_the_same_seed_gives_the_same_survey() -> None:
    one, two = simulate_survey(100, rng=6), simulate_survey(100, rng=np.random.default_rng(6))

    np.testing.assert_equal(one.columns, two.columns)
    np.testing.assert_equal(one.probabilities, two.probabilities)


def test_another_seed_gives_another_survey_with_the_same_truth() -> None:
    one, two = simulate_survey(100, rng=7), simulate_survey(100, rng=8)

    assert not np.array_equal(one.columns["period"], two.columns["period"])
    assert one.true_nps == two.true_nps


def test_missing_answers_are_as_many_as_said() -> None:
    columns = simulate_survey(20_000, rng=9, missing_rate=0.1).columns

    for name in QUESTIONS:
        assert np.isnan(columns[name]).mean() == pytest.approx(0.1, abs=0.01)


def test_all_answers_may_be_missing() -> None:
    assert np.isnan(simulate_survey(10, rng=10, missing_rate=1).columns["recommend"]).all()


def test_labels_keep_their_types() -> None:
    survey = simulate_survey(50, rng=11, segments={"a": 0, 1: 0}, periods={2025: 0, 2026: 0})

    assert set(survey.columns["segment"]) == {"a", 1}
    assert survey.columns["period"].dtype.kind == "i"
    assert set(survey.true_nps) == {("a", 2025), ("a", 2026), (1, 2025), (1, 2026)}


def test_a_survey_is_read_only_and_pickles() -> None:
    survey = simulate_survey(10, rng=12)

    with pytest.raises(ValueError, match="read-only"):
        survey.columns["recommend"][0] = 10
    np.testing.assert_equal(pickle.loads(pickle.dumps(survey)).columns, survey.columns)


def test_a_survey_says_what_it_is() -> None:
    text = "<SimulatedSurvey: 1,000 rows by segment and period, 12 groups>"

    assert repr(simulate_survey(1000, rng=13)) == text


@given(effect=st.floats(-50, 50))
def test_simulated_probabilities_sum_to_1(effect: float) -> None:
    for question in QUESTIONS.values():
        probabilities = question.probabilities(effect)

        assert len(probabilities) == question.scale.size
        assert (probabilities >= 0).all()
        assert probabilities.sum() == pytest.approx(1, abs=1e-12)


@given(effects=st.lists(st.floats(-3, 3), min_size=2, max_size=2).map(sorted))
def test_a_higher_effect_is_a_higher_score(effects: list[float]) -> None:
    survey = simulate_survey(1, rng=0, segments=dict(enumerate(effects)), periods={0: 0})

    assert survey.true_nps[0, 0] <= survey.true_nps[1, 0] + 1e-9


def test_the_truth_of_a_top_box_is_a_sum_of_probabilities() -> None:
    survey = simulate_survey(100_000, rng=14, segments={"all": 0}, periods={2025: 0.3})
    estimate = csat(survey.columns["delivery"])
    truth = 100 * survey.probabilities["delivery"]["all", 2025][-2:].sum()

    assert np.abs(estimate.value - truth) < 4 * np.asarray(estimate.std_error)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "`n` must be at least 1, not 0."),
        ({"n": 1.5}, "`n` must be a whole number, not 1.5."),
        ({"customers": -2000}, "`customers` must be at least 1, not -2,000."),
        ({"missing_rate": 2}, "`missing_rate` must be between 0 and 1, not 2."),
        ({"segments": {}}, "`segments` must have at least one label with its effect, not none."),
        (
            {"segments": {"new": "high"}},
            "`segments['new']` must be a finite number, not 'high'.",
        ),
        (
            {"periods": {2025: float("nan")}},
            "`periods[2025]` must be a finite number, not nan.",
        ),
        ({"rng": None}, "`rng` must be a numpy Generator or a whole number from 0, not None."),
        ({"rng": -1}, "`rng` must be a numpy Generator or a whole number from 0, not -1."),
        ({"rng": 0.5}, "`rng` must be a numpy Generator or a whole number from 0, not 0.5."),
    ],
)
def test_errors_word_for_word(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        simulate_survey(**{"n": 10, "rng": 1, **options})

    assert str(error.value) == message
