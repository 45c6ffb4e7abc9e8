"""The log-rank test against published numbers, lifelines, statsmodels and exact arithmetic."""

import copy
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from numpy.testing import assert_allclose
from statsmodels.duration.survfunc import survdiff

import cxmetrics as cx
from cxmetrics import Grouped, LifeTable, compare_retention, retention_at
from cxmetrics.comparisons.retention import log_rank
from cxmetrics.errors import ArgumentError, CxMetricsError, MismatchError, UnknownKeyError
from tests import strategies
from tests.metrics.survival_data import LIFELINES, PLACEBO, SIX_MP, customers


def grouped(**words: str) -> Grouped[LifeTable]:
    """Life tables of groups whose customers are spelled out."""
    rows = {name: customers(text) for name, text in words.items()}
    return LifeTable.of(
        [tenure for row in rows.values() for tenure in row.tenure],
        [left for row in rows.values() for left in row.churned],
        by={"arm": [name for name, row in rows.items() for _ in row.tenure]},
    )


TRIAL = grouped(six_mp=SIX_MP, placebo=PLACEBO)


def test_worked_example() -> None:
    """Relapses 9 and 21, expected 19.25 and 10.75: Kleinbaum and Klein, Survival Analysis,
    3rd ed., table 2.2; variance 6.25696."""
    found = compare_retention(TRIAL)
    _, covariance = log_rank(TRIAL.batch)

    assert found.churned.tolist() == [21, 9]
    assert_allclose(found.expected, [10.7495, 19.2505], atol=5e-5)
    assert covariance[0, 0] == pytest.approx(6.25696, abs=5e-6)
    assert found.statistic == pytest.approx(16.7929, abs=5e-5)
    assert (found.df, found.n.tolist()) == (1, [21, 21])
    assert str(found).splitlines() == [
        "Customers of 2 groups leave at the same pace: p < 0.001 (log-rank, statistic 16.79)",
        "arm       n  churned  expected  relative rate",
        "placebo  21       21      10.7           1.95",
        "six_mp   21        9      19.3           0.47",
    ]


@pytest.mark.parametrize("study", ["waltons", "rossi", "larynx"])
def test_groups_are_tested_as_lifelines_does(study: str) -> None:
    """`multivariate_logrank_test`, of two groups or of the four stages of a cancer."""
    theirs = LIFELINES[study]
    tables = grouped(**{name: group["customers"] for name, group in theirs["groups"].items()})

    found = compare_retention(tables)

    assert found.statistic == pytest.approx(theirs["log-rank"]["statistic"], rel=1e-9)
    assert found.pvalue == pytest.approx(theirs["log-rank"]["pvalue"], rel=1e-9)
    assert found.df == len(tables) - 1
    assert found.churned.sum() == pytest.approx(found.expected.sum(), rel=1e-12)


RNG = np.random.default_rng(3)
N = 200
TENURE = RNG.integers(2, 20, N)
CHURNED = RNG.random(N) < 0.6
PLAN = RNG.choice(["basic", "plus", "team"], N)
REGION = RNG.choice(["N", "S"], N)
ENTRY = RNG.integers(0, 2, N)


@pytest.mark.parametrize(
    ("strata", "entry"),
    [(None, None), ("region", None), (None, ENTRY)],
    ids=["plain", "strata", "late entry"],
)
def test_strata_and_late_entry_are_those_of_statsmodels(strata: Any, entry: Any) -> None:
    chi2, pvalue = survdiff(TENURE, CHURNED, PLAN, strata=strata and REGION, entry=entry)
    by = {"plan": PLAN, "region": REGION} if strata else {"plan": PLAN}

    found = compare_retention(LifeTable.of(TENURE, CHURNED, by=by, entry=entry), strata=strata)

    assert found.statistic == pytest.approx(chi2, rel=1e-9)
    assert found.pvalue == pytest.approx(pvalue, rel=1e-9)


def test_ten_million_customers_do_not_overflow() -> None:
    """Against rational numbers. scipy.stats.logrank multiplies whole numbers of customers, and
    goes wrong beyond some 200,000 of them."""
    churned = [[120_000, 340_000, 90_000, 410_000], [170_000, 290_000, 130_000, 405_000]]
    censored = [[10_000, 1_000_000, 30_000, 3_000_000], [20_000, 1_000_000, 40_000, 2_945_000]]
    gap, variance = Fraction(0), Fraction(0)
    left, staying = np.array(churned), np.array(churned) + np.array(censored)
    assert staying.sum() == 10_000_000
    for month in range(4):
        one, two = (int(n) for n in staying[:, month:].sum(axis=1))
        lost, together = int(left[:, month].sum()), one + two
        gap += int(left[0, month]) - Fraction(lost * one, together)
        variance += Fraction(one * two * lost * (together - lost), together**2 * (together - 1))

    found = compare_retention(
        Grouped({"plan": ["a", "b"]}, LifeTable([1, 2, 3, 4], churned, censored))
    )

    assert found.statistic == pytest.approx(float(gap**2 / variance), rel=1e-12)


# -------------------------------------------------------------------------- laws


@given(strategies.customers())
def test_names_and_order_of_the_groups_do_not_matter(columns: dict[str, list[Any]]) -> None:
    tenure, churned = columns["tenure"] + [3, 4, 5], columns["churned"] + [True, False, True]
    by = columns["by"] + ["N", "S", "N"]
    names: dict[Any, Any] = {"N": 3, "S": 2, None: 1}

    one = compare_retention(LifeTable.of(tenure, churned, by=by))
    two = compare_retention(LifeTable.of(tenure, churned, by=[names[name] for name in by]))

    assert two.statistic == pytest.approx(one.statistic, rel=1e-9, abs=1e-12)
    assert two.df == one.df
    assert_allclose(two.expected, one.expected[::-1], rtol=1e-12)
    assert 0 <= one.pvalue <= 1
    assert one.expected.sum() == pytest.approx(one.churned.sum())
    assert pickle.loads(pickle.dumps(one)) == one
    assert copy.deepcopy(one) == one


@given(strategies.customers())
def test_one_stratum_is_none(columns: dict[str, list[Any]]) -> None:
    tenure, churned = columns["tenure"] + [3, 4], columns["churned"] + [True, False]
    by = columns["by"] + ["N", "S"]
    tables = LifeTable.of(tenure, churned, by={"plan": by, "year": [2025] * len(by)})

    plain, within = (
        compare_retention(tables.total("year")),
        compare_retention(tables, strata="year"),
    )

    assert (within.statistic, within.df) == (plain.statistic, plain.df)
    assert within.at(0).batch == plain.at(0).batch


def test_equal_groups_do_not_differ() -> None:
    twins = compare_retention(grouped(one=PLACEBO, two=PLACEBO, three=PLACEBO))

    assert twins.statistic == pytest.approx(0, abs=1e-12)
    assert (twins.pvalue, twins.df) == (1, 2)
    assert_allclose(twins.relative_rate, 1)


def test_what_was_not_at_risk_together_is_not_compared() -> None:
    """The first group was gone when the others were first seen."""
    apart = LifeTable(
        [1, 2, 5, 6],
        churned=[[3, 2, 0, 0], [0, 0, 1, 3], [0, 0, 2, 1]],
        censored=np.zeros((3, 4), int),
        entered=[[0, 0, 0, 0], [0, 4, 0, 0], [0, 3, 0, 0]],
    )
    found = compare_retention(Grouped({"plan": list("abc")}, apart))
    alone = compare_retention(Grouped({"plan": list("bc")}, apart[1:]))

    assert found.df == alone.df == 1
    assert found.statistic == pytest.approx(alone.statistic)
    assert found.relative_rate[0] == pytest.approx(1)


def test_where_nobody_left_nothing_differs() -> None:
    found = compare_retention(LifeTable.of([1, 2, 3], [0, 0, 0], by=["a", "b", "b"]))

    assert (found.statistic, found.df, found.pvalue) == (0, 0, 1)
    assert np.isnan(found.relative_rate).all()
    assert found.summary() == (
        "Customers of 2 groups leave at the same pace: p = 1.00 (log-rank, statistic 0.00).\n"
        "No customer left."
    )


def test_groups_without_customers_do_not_count() -> None:
    empty = TRIAL + Grouped({"arm": ["new"]}, LifeTable([1], [[0]], [[0]]))

    assert compare_retention(empty).statistic == compare_retention(TRIAL).statistic
    assert (
        compare_retention(empty).null_hypothesis == "Customers of 2 groups leave at the same pace"
    )


# ------------------------------------------------------------------------- faces


def test_a_comparison_leads_to_differences() -> None:
    found = compare_retention(TRIAL)

    at, mean = found.at(10, versus="pairs"), found.mean(23, versus="pairs")

    drug, placebo = (retention_at(TRIAL, 10)[arm] for arm in ("six_mp", "placebo"))
    assert at["placebo", "six_mp"].value == pytest.approx(placebo.value - drug.value)
    assert mean["placebo", "six_mp"].value == pytest.approx(8.6667 - 17.9092, abs=1e-4)
    assert cx.compare_segments(retention_at(TRIAL, 10), versus="pairs").batch == at.batch


def test_a_comparison_has_text_html_dict_and_frame() -> None:
    tables = LifeTable.of(TENURE, CHURNED, by={"plan": PLAN, "region": REGION})
    found = compare_retention(tables, strata="region")

    assert found.null_hypothesis == (
        "Customers of 3 groups leave at the same pace within each region"
    )
    assert list(found.to_dict()) == [
        *("statistic", "df", "pvalue", "method"),
        *("plan", "n", "churned", "expected", "relative_rate"),
    ]
    assert found.to_dict()["method"] == "log-rank"
    assert found.to_pandas()["plan"].tolist() == ["basic", "plus", "team"]
    assert found.to_dicts()[0]["n"] == np.count_nonzero(PLAN == "basic")
    assert "relative rate</th>" in found._repr_html_()
    assert found.shape == ()
    first, second = found.summary().splitlines()
    assert first == f"{found.test}."
    assert second.startswith("In 'team' 1.")


# ------------------------------------------------------------------------ errors

WEIGHTED = LifeTable.of([1, 2], [1, 0], weights=[1.0, 2.0], by=["a", "b"])


@pytest.mark.parametrize(
    ("tables", "options", "error", "message"),
    [
        (
            TRIAL.batch,
            {},
            MismatchError,
            (
                "`tables` must be grouped life tables, not LifeTable.\n"
                "Hint: did you mean LifeTable.of(tenure, churned, by=...)?"
            ),
        ),
        (
            retention_at(TRIAL, 3),
            {},
            MismatchError,
            (
                "`tables` must be grouped life tables, not Grouped.\n"
                "Hint: did you mean LifeTable.of(tenure, churned, by=...)?"
            ),
        ),
        (
            WEIGHTED,
            {},
            MismatchError,
            (
                "Life tables with weights have no log-rank test.\n"
                "Hint: did you mean compare_segments(retention_at(tables, tenure))?"
            ),
        ),
        (
            TRIAL.select(arm=["six_mp"]),
            {},
            ArgumentError,
            "`tables` must have at least two groups with customers, not 1.",
        ),
        (
            TRIAL,
            {"strata": "arms"},
            UnknownKeyError,
            "There is no column 'arms'.\nHint: did you mean 'arm'?",
        ),
        (
            TRIAL,
            {"strata": "arm"},
            ArgumentError,
            "`strata` must be a column beside that of the groups, not the only one, 'arm'.",
        ),
    ],
)
def test_what_can_not_be_compared_is_explained(
    tables: Any, options: Any, error: type[CxMetricsError], message: str
) -> None:
    with pytest.raises(error) as caught:
        compare_retention(tables, **options)

    assert str(caught.value) == message
