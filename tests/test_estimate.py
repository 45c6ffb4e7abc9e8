"""The faces of estimates and tests, and what bad arguments get."""

from typing import Any

import numpy as np
import pytest

import cxmetrics as cx
from cxmetrics import ONE_TO_FIVE, YES_NO, ZERO_TO_TEN, Counts
from cxmetrics.errors import ArgumentError, TooFewResponsesError, ZeroWidthWarning

WORKED = Counts(ZERO_TO_TEN, (2, 0, 0, 1, 0, 3, 4, 10, 20, 35, 25), n_missing=5)
"""60 promoters, 30 passives, 10 detractors."""


def test_worked_example() -> None:
    """By hand: 100 (0.6 - 0.1) = 50; se = 100 √((0.7 - 0.25) / 99)."""
    estimate = cx.nps(WORKED)

    assert estimate.value == 50
    assert estimate.std_error == pytest.approx(6.741998625)
    assert (estimate.n, estimate.n_missing, estimate.n_effective, estimate.df) == (100, 5, 100, 99)
    assert estimate.shares == {"detractors": 10, "passives": 30, "promoters": 60}


def test_an_estimate_has_one_line_and_one_row() -> None:
    estimate = cx.nps(WORKED)

    assert str(estimate) == "NPS 50.0 points [35.6, 61.9] (95% score, n=100, 5 missing)"
    assert list(estimate.to_dict()) == [
        *("metric", "unit", "value", "std_error", "low", "high", "confidence_level"),
        *("n", "n_missing", "n_effective", "method"),
    ]
    assert estimate.to_dicts() == [
        estimate.to_dict()
        | {"share_detractors": 10.0, "share_passives": 30.0, "share_promoters": 60.0}
    ]


def test_the_text_fits_the_unit() -> None:
    assert str(cx.csat([5, 4, 1])) == "CSAT 66.7% [20.8, 93.9] (95% score, n=3)"
    assert str(cx.mean_score([5, 4, 1], scale=ONE_TO_FIVE, confidence_level=0.999)).endswith(
        "(99.9% score, n=3)"
    )
    tenths = cx.linear_score([1, 0], scores=[0, 1], scale=YES_NO)
    assert str(tenths) == "Score 0.500 [0.095, 0.905] (95% score, n=2)"


def test_html_shows_the_shares_and_escapes_the_label() -> None:
    html = cx.nps(WORKED, label="<b>NPS</b>")._repr_html_()

    assert "&lt;b&gt;NPS&lt;/b&gt; in points, 95% score interval" in html
    assert "<b>" not in html
    assert "promoters %" in html
    assert cx.nps(WORKED).to_html() == cx.nps(WORKED)._repr_html_()
    assert cx.nps(WORKED).to_markdown().startswith("| value | low | high | n | missing |")


def test_a_batch_prints_as_a_table() -> None:
    batch = cx.csat(Counts(ONE_TO_FIVE, [[0, 0, 0, 1, 1], [0] * 5]))

    assert str(batch).splitlines() == [
        "CSAT in %, 95% score interval",
        "value   low   high  n  missing",
        "100.0  34.2  100.0  2        0",
        "    –     –      –  0        0",  # noqa: RUF001
    ]
    assert batch.to_dict()["n"] == [2, 0]
    assert str(batch.test(50)).splitlines()[0] == "CSAT = 50.0% (score)"


def test_wide_scales_report_no_shares() -> None:
    assert cx.mean_score(np.arange(20), scale=cx.Scale(0, 100)).shares == {}
    assert cx.mean_score([1, 1, 2], scale=cx.Scale(1, 2)).shares == pytest.approx(
        {"1": 200 / 3, "2": 100 / 3}
    )


def test_intervals_at_other_levels_come_from_the_answers_kept() -> None:
    estimate = cx.nps(WORKED)

    assert estimate.confidence_interval() == estimate.interval
    assert estimate.confidence_interval(0.8) == cx.nps(WORKED, confidence_level=0.8).interval
    low, high = estimate.confidence_interval(0.95, alternative="greater")
    assert (round(low, 6), high) == (round(estimate.confidence_interval(0.9).low, 6), 100)
    assert estimate.confidence_interval(0.3, alternative="greater").low > estimate.value


def test_a_test_names_its_null_hypothesis() -> None:
    estimate = cx.nps(WORKED)

    assert str(estimate.test(35)) == "NPS = 35.0 points: p = 0.042 (score, statistic 2.03)"
    assert estimate.test(35, alternative="greater").null_hypothesis == "NPS <= 35.0 points"
    assert estimate.test(35, alternative="less").null_hypothesis == "NPS >= 35.0 points"
    assert str(estimate.test(-100)).startswith("NPS = -100.0 points: p < 0.001")
    row = estimate.test(35).to_dict()
    assert list(row) == ["null_hypothesis", "statistic", "pvalue", "null", "alternative", "method"]
    assert "NPS = 35.0 points" in estimate.test(35)._repr_html_()
    assert estimate.test(35).to_dicts() == [row]


@pytest.mark.parametrize("method", ["wald", "t"])
def test_an_interval_without_width_warns_once(method: Any) -> None:
    alike = Counts(YES_NO, [[0, 9], [0, 3], [1, 1]])
    with pytest.warns(ZeroWidthWarning) as caught:
        estimates = cx.top_box(alike, top=1, method=method)

    assert len(caught) == 1
    assert str(caught[0].message) == (
        "An interval has no width: this method sees no variation, but 'score' needs none."
    )
    assert estimates[0].interval == (100.0, 100.0)


def test_one_answer_is_no_error() -> None:
    one = cx.nps([10], method="t")

    assert np.isnan(one.std_error)
    assert one.interval == (-100.0, 100.0)
    assert one.test(0).pvalue == 1
    assert cx.nps([10]).interval == pytest.approx((-58.69, 100.0), abs=0.01)
    with pytest.warns(ZeroWidthWarning):
        assert cx.nps([10], method="wald").interval == (100.0, 100.0)


@pytest.mark.parametrize(
    ("responses", "missing", "message"),
    [
        ([], (), "NPS must have at least one response, not 0."),
        ([None, 11], [11], "NPS must have at least one response, not 0 (2 missing)."),
    ],
)
def test_no_answer_at_all_is_an_error(responses: Any, missing: Any, message: str) -> None:
    with pytest.raises(TooFewResponsesError) as error:
        cx.nps(responses, missing=missing)

    assert str(error.value) == message


def test_wrong_options_are_explained() -> None:
    estimate = cx.nps(WORKED)
    with pytest.raises(ArgumentError) as error:
        cx.nps(WORKED, method="wilson")  # type: ignore[call-overload]
    assert str(error.value) == (
        "`method` must be 'score', 'likelihood', 'adjusted-wald', 'rocks', 'wald', 't', "
        "'conservative', 'bayes' or 'bootstrap', not 'wilson'."
    )
    with pytest.raises(ArgumentError) as error:
        cx.nps(WORKED, method="adjusted_wald")  # type: ignore[call-overload]
    assert str(error.value).endswith("Hint: did you mean 'adjusted-wald'?")
    with pytest.raises(ArgumentError) as error:
        cx.nps(WORKED, confidence_level=95)
    assert str(error.value) == (
        "`confidence_level` must be strictly between 0 and 1, not 95.\n"
        "Hint: did you mean confidence_level=0.95?"
    )
    with pytest.raises(ArgumentError) as error:
        estimate.test(150)
    assert str(error.value) == "`null` must be between -100 and 100, not 150."
    with pytest.raises(ArgumentError) as error:
        estimate.test("45")  # type: ignore[arg-type]
    assert str(error.value) == "`null` must be a finite number, not '45'."
