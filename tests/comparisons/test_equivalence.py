"""Equivalence against statsmodels and pairs of one-sided tests; its laws and refusals."""

import copy
import pickle
from functools import partial
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import xlogy
from scipy.stats import norm
from statsmodels.stats.weightstats import ttost_ind

import cxmetrics as cx
from cxmetrics import NPS_GROUPS, ONE_TO_FIVE, YES_NO, Counts, Grouped
from cxmetrics.comparisons.equivalence import (
    Equivalence,
    EquivalenceKind,
    EquivalenceMethod,
    equivalence,
)
from cxmetrics.errors import (
    ArgumentError,
    MismatchError,
    OverlappingClustersError,
    TooFewResponsesError,
    ZeroWidthWarning,
)
from tests.strategies import batches_on, counts_on

# Intervals without width have a test of their own.
pytestmark = pytest.mark.filterwarnings("ignore::cxmetrics.errors.ZeroWidthWarning")

METHODS: tuple[EquivalenceMethod, ...] = get_args(EquivalenceMethod)
KINDS: tuple[EquivalenceKind, ...] = get_args(EquivalenceKind)
every_method = pytest.mark.parametrize("method", METHODS)
every_kind = pytest.mark.parametrize("kind", KINDS)

confidence = st.sampled_from([0.8, 0.95, 0.99])


def net(*counts: int) -> cx.Estimate:
    return cx.nps(Counts(NPS_GROUPS, counts))


def box(yes: int, n: int) -> cx.Estimate:
    return cx.top_box(Counts(YES_NO, (n - yes, yes)), top=1, label="Solved")


PHONE, WEB, SHOP = net(400, 700, 900), net(390, 710, 900), net(600, 700, 700)


def farrington_manning(yes: tuple[int, int], n: tuple[int, int], null: float) -> float:
    """z of a difference of two shares, at the most likely shares that differ by the null."""

    def unlikely(p: float) -> float:
        each = zip((p + null, p), yes, n, strict=True)
        return -float(sum(xlogy(y, q) + xlogy(size - y, 1 - q) for q, y, size in each))

    ends = max(0, -null), min(1, 1 - null)
    p = minimize_scalar(unlikely, bounds=ends, method="bounded", options={"xatol": 1e-12}).x
    variance = (p + null) * (1 - p - null) / n[0] + p * (1 - p) / n[1]
    # The last factor is Miettinen and Nurminen's.
    return float((yes[0] / n[0] - yes[1] / n[1] - null) / (variance * sum(n) / (sum(n) - 1)) ** 0.5)


@pytest.mark.parametrize(
    ("yes", "n", "margin"),
    [((75, 70), (100, 90), 10), ((9, 7), (10, 10), 30), ((5, 1), (56, 29), 15)],
)
def test_two_shares_are_tested_by_farrington_and_manning(
    yes: tuple[int, int], n: tuple[int, int], margin: int
) -> None:
    lower = norm.sf(farrington_manning(yes, n, -margin / 100))
    upper = norm.cdf(farrington_manning(yes, n, margin / 100))

    found = equivalence(box(yes[0], n[0]), box(yes[1], n[1]), margin=margin)

    assert found.pvalue == pytest.approx(max(lower, upper), rel=1e-6)


def test_two_means_are_tested_as_statsmodels_does() -> None:
    """Schuirmann's two one-sided tests, with Welch's t."""
    after, before = (1, 2, 4, 10, 8), (2, 3, 6, 8, 5)
    answers = [np.repeat([1.0, 2, 3, 4, 5], counts) for counts in (after, before)]
    pvalue, lower, upper = ttost_ind(*answers, -0.9, 0.9, usevar="unequal")

    one, two = (cx.mean_score(Counts(ONE_TO_FIVE, counts)) for counts in (after, before))
    found = equivalence(one, two, margin=0.9, method="welch")
    lower_only = equivalence(one, two, margin=0.9, method="welch", kind="non-inferiority")

    assert found.pvalue == pytest.approx(pvalue, rel=1e-9)
    assert found.statistic == pytest.approx(upper[0])
    assert lower_only.pvalue == pytest.approx(lower[1])


# ------------------------------------------------------------------------ laws


@every_method
@every_kind
@given(data=st.data())
def test_the_margins_are_tested_as_differences_are(
    method: EquivalenceMethod, kind: EquivalenceKind, data: st.DataObject
) -> None:
    after, before = (cx.nps(data.draw(counts_on(NPS_GROUPS, min_n=1))) for _ in range(2))
    margin, level = data.draw(st.floats(1, 150)), data.draw(confidence)
    compare = partial(cx.difference, after, before, method=method)

    found = equivalence(
        after, before, margin=margin, kind=kind, method=method, confidence_level=level
    )

    above = compare(null=-margin, alternative="greater", confidence_level=level)
    below = compare(null=margin, alternative="less", confidence_level=level)
    worse = kind == "equivalence" and below.pvalue > (1 + 1e-9) * above.pvalue
    assert found.pvalue == pytest.approx((below if worse else above).pvalue, rel=1e-8)
    assert found.statistic == (below if worse else above).statistic
    limits = (above.interval.low, below.interval.high)
    assert tuple(found.interval) == pytest.approx(limits, abs=1e-9)
    assert (found.value, found.std_error) == pytest.approx(
        (above.value, above.std_error), nan_ok=True
    )


@every_method
@every_kind
@given(data=st.data())
def test_the_verdict_is_where_the_interval_lies(
    method: EquivalenceMethod, kind: EquivalenceKind, data: st.DataObject
) -> None:
    after, before = (cx.nps(data.draw(counts_on(NPS_GROUPS, min_n=1))) for _ in range(2))
    margin, level = data.draw(st.floats(1, 150)), data.draw(confidence)
    found = equivalence(
        after, before, margin=margin, kind=kind, method=method, confidence_level=level
    )
    low, high = found.interval
    assume(min(abs(abs(low) - margin), abs(abs(high) - margin)) > 1e-9)

    if kind == "equivalence":
        beyond = low > margin or high < -margin
        inside = -margin < low and high < margin
        expected = "equivalent" if inside else "different" if beyond else "undecided"
    else:
        inside = -margin < low
        expected = "not inferior" if inside else "inferior" if high < -margin else "undecided"
    assert found.verdict == expected
    assert inside == (found.pvalue < 1 - level)


@every_method
@given(data=st.data())
def test_a_batch_is_its_rows(method: EquivalenceMethod, data: st.DataObject) -> None:
    after, before = (cx.nps(data.draw(batches_on(NPS_GROUPS))) for _ in range(2))
    compare = partial(equivalence, margin=10, method=method)

    together = compare(after, before)

    for i, row in enumerate(together):
        if after[i].n == 0 or before[i].n == 0:
            assert np.isnan([row.value, row.std_error, row.statistic, row.pvalue]).all()
            assert (row.interval, row.verdict) == ((-200, 200), "undecided")
            with pytest.raises(TooFewResponsesError):
                compare(after[i], before[i])
            continue
        alone = compare(after[i], before[i])
        for name in ("value", "std_error", "statistic", "pvalue", "interval"):
            expected = pytest.approx(getattr(alone, name), rel=1e-9, abs=1e-10, nan_ok=True)
            assert getattr(row, name) == expected
        assert row.verdict == alone.verdict


@every_method
@given(data=st.data())
def test_swapped_groups_are_as_equivalent(method: EquivalenceMethod, data: st.DataObject) -> None:
    after, before = (cx.nps(data.draw(counts_on(NPS_GROUPS, min_n=1))) for _ in range(2))

    there = equivalence(after, before, margin=10, method=method)
    back = equivalence(before, after, margin=10, method=method)

    assert back.pvalue == pytest.approx(there.pvalue, rel=1e-9, abs=1e-12)
    assert (-back.interval.high, -back.interval.low) == pytest.approx(tuple(there.interval))


def test_a_tie_of_both_sides_is_told_as_the_lower_one() -> None:
    alike = equivalence(net(544, 0, 30), net(544, 0, 30), margin=10)

    assert alike.statistic > 0
    assert alike.interval.low == pytest.approx(-alike.interval.high)


def test_weights_and_clusters_flow_through() -> None:
    answers, customers = [5, 4, 4, 2, 3, 1, 5, 5] * 8, np.arange(64) // 4
    before = cx.csat(Counts(ONE_TO_FIVE, [10, 12, 14, 30, 34]))

    plain = equivalence(cx.csat(Counts.of(answers, ONE_TO_FIVE)), before, margin=15)
    alone = Counts.of(answers, ONE_TO_FIVE, weights=[2.0] * 64, clusters=range(64))
    together = Counts.of(answers, ONE_TO_FIVE, clusters=customers)

    assert equivalence(cx.csat(alone), before, margin=15).pvalue == pytest.approx(plain.pvalue)
    assert equivalence(cx.csat(together), before, margin=15).pvalue != plain.pvalue


def test_welch_warns_where_all_answers_are_alike() -> None:
    with pytest.warns(ZeroWidthWarning):
        alike = equivalence(net(0, 0, 10), net(0, 0, 8), margin=5, method="welch")

    assert (alike.interval, alike.pvalue, alike.verdict) == ((0, 0), 0, "equivalent")


# ------------------------------------------------------------- groups and faces


@pytest.mark.parametrize(
    ("pair", "options", "sentence"),
    [
        (
            (WEB, PHONE),
            {"margin": 5},
            ("NPS is equivalent within 5.0 points: 25.5 after 25.0, a difference of -3.5 to 4.5 "
            "(90% CI; p = 0.031)."),
        ),
        (
            (WEB, PHONE),
            {"margin": 3},
            ("NPS may or may not be equivalent within 3.0 points: 25.5 after 25.0, "
            "a difference of -3.5 to 4.5 (90% CI; p = 0.15)."),
        ),
        (
            (SHOP, PHONE),
            {"margin": 5, "confidence_level": 0.975},
            ("NPS is not equivalent within 5.0 points: 5.0 after 25.0, "
            "a difference of -24.9 to -15.1 (95% CI; p = 1.00)."),
        ),
        (
            (WEB, PHONE),
            {"margin": 5, "kind": "non-inferiority"},
            ("NPS is not lower by 5.0 points or more: 25.5 after 25.0, "
            "a difference of -3.5 to 4.5 (90% CI; p = 0.011)."),
        ),
        (
            (SHOP, PHONE),
            {"margin": 5, "kind": "non-inferiority"},
            ("NPS is lower by 5.0 points or more: 5.0 after 25.0, "
            "a difference of -24.1 to -15.9 (90% CI; p = 1.00)."),
        ),
        (
            (box(78, 100), box(80, 100)),
            {"margin": 5, "kind": "non-inferiority"},
            ("Solved may or may not be lower by 5.0 percentage points: 78.0% after 80.0%, "
            "a difference of -11.6 to 7.6 (90% CI; p = 0.30)."),
        ),
    ],
)  # fmt: skip
def test_a_verdict_is_one_sentence(pair: Any, options: Any, sentence: str) -> None:
    assert equivalence(*pair, **options).summary() == sentence


def test_groups_are_compared_over_the_union_of_their_keys() -> None:
    def grouped(**shops: list[int]) -> Grouped[cx.Estimate]:
        return cx.nps(Grouped({"shop": list(shops)}, Counts(NPS_GROUPS, list(shops.values()))))

    after, before = grouped(N=[390, 710, 900], S=[3, 2, 5]), grouped(N=[400, 700, 900])

    found = equivalence(after, before, margin=5)

    assert str(found).splitlines() == [
        "NPS, equivalence within 5.0 points, 90% score interval",
        "shop  change   low  high  after  before  n after  n before      p  verdict",
        "N        0.5  -3.5   4.5   25.5    25.0    2,000     2,000  0.031  equivalent",
        "S          –     –     –   20.0       –       10         0      –  undecided",  # noqa: RUF001
    ]
    assert found.batch.summary().splitlines()[1] == (
        "NPS can't be compared, with 10 answers after and 0 before."
    )
    assert found["N"].n == 2000
    assert "std. error" in found._repr_html_()
    assert str(found.batch).splitlines()[1].split()[0] == "change"
    assert found.suppress(min_n=3000)["N"].interval == (-200, 200)
    assert found.batch.verdict.tolist() == ["equivalent", "undecided"]


@every_kind
def test_an_equivalence_has_one_row_with_fixed_keys(kind: EquivalenceKind) -> None:
    found: Equivalence = equivalence(WEB, PHONE, margin=5, kind=kind)

    row = found.to_dict()
    assert list(row) == [
        *("metric", "unit", "verdict", "value", "std_error", "low", "high"),
        *("margin", "kind", "confidence_level", "statistic", "pvalue", "method"),
        *("after", "before", "n_after", "n_before"),
    ]
    assert found.to_dicts() == [row]
    words = {"equivalence": "differs", "non-inferiority": "is lower"}
    assert found.null_hypothesis == f"NPS {words[kind]} by 5.0 points or more"
    assert pickle.loads(pickle.dumps(found)) == found
    assert copy.deepcopy(found) == found
    assert str(found).startswith(f"NPS {found.verdict} within 5: +0.5 points [-3.5, 4.5] (90% sc")


# ---------------------------------------------------------------------- errors

CLUSTERED = Counts.of([5, 4, 3, 2], ONE_TO_FIVE, by=list("abab"), clusters=[1, 1, 2, 2])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"margin": 0}, "`margin` must be above 0 and below 200 points, not 0."),
        ({"margin": -5}, "`margin` must be above 0 and below 200 points, not -5."),
        ({"margin": 200}, "`margin` must be above 0 and below 200 points, not 200."),
        ({"margin": "5 points"}, "`margin` must be a finite number, not '5 points'."),
        (
            {"margin": 5, "kind": "superiority"},
            (
                "`kind` must be 'equivalence' or 'non-inferiority', not 'superiority'.\n"
                "Hint: did you mean 'non-inferiority'?"
            ),
        ),
        (
            {"margin": 5, "method": "permutation"},
            "`method` must be 'score', 'mover' or 'welch', not 'permutation'.",
        ),
        (
            {"margin": 5, "confidence_level": 0.5},
            "`confidence_level` must be above 0.5, not 0.5.",
        ),
    ],
)
def test_wrong_options_are_explained(options: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        equivalence(WEB, PHONE, **options)

    assert str(error.value) == message


def test_a_score_without_a_unit_has_a_margin_without_one() -> None:
    score = cx.linear_score(Counts(NPS_GROUPS, [3, 4, 5]), scores=[0, 1, 3])

    with pytest.raises(ArgumentError) as error:
        equivalence(score, score, margin=4)

    assert str(error.value) == "`margin` must be above 0 and below 3, not 4."


def test_what_does_not_belong_together_is_not_compared() -> None:
    with pytest.raises(MismatchError, match="Can't subtract Solved from NPS"):
        equivalence(WEB, box(1, 2), margin=5)
    with pytest.raises(OverlappingClustersError, match="of groups that share clusters"):
        equivalence(cx.csat(CLUSTERED["a"]), cx.csat(CLUSTERED["b"]), margin=5)
