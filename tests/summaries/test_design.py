"""Weights and clusters: the rule of effective counts against its definitions, in plain loops."""

import json
import math
from collections import defaultdict
from collections.abc import Hashable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, get_args

import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, given
from hypothesis import strategies as st

from cxmetrics import (
    NPS_GROUPS,
    ONE_TO_FIVE,
    YES_NO,
    Counts,
    Estimate,
    Grouped,
    Scale,
    csat,
    difference,
    mean_score,
    nps,
    top_box,
)
from cxmetrics._typing import IntervalMethod
from cxmetrics.errors import (
    ArgumentError,
    CxMetricsError,
    FormatError,
    MismatchError,
    OverlappingClustersError,
    ScaleError,
)
from cxmetrics.intervals.linear_score import LinearScore
from cxmetrics.summaries.design import Clustered, design_from_columns

SCORES = np.array([-100.0, -40.0, 0.0, 0.0, 100.0])
OF_ANY_DESIGN: tuple[IntervalMethod, ...] = tuple(
    method for method in get_args(IntervalMethod) if method != "bootstrap"
)


class Survey(NamedTuple):
    """Answers on scale 1-5, their weights, in quarters, and their clusters."""

    answers: list[int]
    weights: list[float]
    clusters: list[int]

    def counts(self, *designs: str, **options: Any) -> Counts:
        """The counts with these parts of the design."""
        counts: Counts = Counts.of(self.answers, ONE_TO_FIVE, **self.parts(*designs), **options)
        return counts

    def grouped(self, by: Sequence[Any], *designs: str) -> Grouped[Counts]:
        """The counts by group."""
        return Counts.of(self.answers, ONE_TO_FIVE, by=by, **self.parts(*designs))

    def parts(self, *designs: str) -> dict[str, Any]:
        return {name: getattr(self, name) for name in designs}


Respondent = tuple[int, float, int]


def surveys(*, least: int = 0, min_size: int = 1) -> st.SearchStrategy[Survey]:
    """Small surveys, one weight of which is above 0."""
    one: st.SearchStrategy[Respondent] = st.tuples(
        st.integers(1, 5), st.integers(least, 20).map(lambda k: k / 4), st.integers(0, 4)
    )
    return (
        st.lists(one, min_size=min_size, max_size=14)
        .filter(lambda rows: any(weight for _, weight, _ in rows))
        .map(lambda rows: Survey(*map(list, zip(*rows, strict=True))))
    )


class Rule(NamedTuple):
    """What the rule says about a mean: exact, but for the last square root."""

    value: float
    std_error: float
    n_effective: float
    df: float
    reference_df: float


def rule(values: list[int], weights: list[float], clusters: Sequence[Hashable]) -> Rule:
    """The linearised variance of a weighted mean, and what follows from it (Binder 1983)."""
    w = [Fraction(weight) for weight in weights]
    total = sum(w, Fraction(0))
    mean = sum(wi * x for wi, x in zip(w, values, strict=True)) / total
    residuals: dict[Hashable, Fraction] = defaultdict(Fraction)
    sizes: dict[Hashable, Fraction] = defaultdict(Fraction)
    for wi, x, cluster in zip(w, values, clusters, strict=True):
        residuals[cluster] += wi * (x - mean) / total
        sizes[cluster] += wi
    n, groups = len(values), len(sizes)
    spread = sum(wi * (x - mean) ** 2 for wi, x in zip(w, values, strict=True)) / total
    squares = sum(part**2 for part in residuals.values())
    kish = float(total**2 / sum(size**2 for size in sizes.values()))
    most, df = n - 1, groups - 1
    if groups == 1:
        return Rule(float(mean), math.nan, kish, 0, math.inf if n == 1 else 0)
    variance = Fraction(groups, groups - 1) * squares
    return Rule(
        value=float(mean),
        std_error=math.sqrt(variance),
        n_effective=float(n * spread / most / variance) if variance else kish,
        df=df,
        reference_df=math.inf if df >= most else df * most / (most - df),
    )


def seen(counts: Counts) -> Rule:
    """What the library says, of scores that are far apart, equal, and not in even steps."""
    score = LinearScore(counts=counts, scores=SCORES)
    return Rule(*(float(getattr(score, name)) for name in Rule._fields))


def close(rule: Any) -> Any:
    return pytest.approx(rule, rel=1e-9, abs=1e-9, nan_ok=True)


# -- The rule


def test_worked_example_of_weights() -> None:
    """By hand: mean 4, residuals (−6, 2, 4) / 8, squares 56 / 64 · 3/2 = 1.3125.

    The weighted variance is (2 · 9 + 2 · 1 + 4 · 1) / 8 = 3, and 3 · 3 / 2 / 1.3125 = 3.428571:
    here the weights are larger where the answers lie close to their mean.
    """
    stars = mean_score(Counts.of([1, 5, 5], ONE_TO_FIVE, weights=[2, 2, 4]))

    assert stars.value == 4
    assert stars.std_error == pytest.approx(math.sqrt(1.3125))
    assert stars.n_effective == pytest.approx(3.4285714286)
    assert stars.df == 2


def test_worked_example_of_clusters() -> None:
    """By hand: mean 3.5, the clusters' residuals −4, 1.5 and 2.5 over 4, times 3/2."""
    clustered = Counts.of([1, 2, 5, 6], Scale(1, 7), clusters=["Ann", "Ann", "Bob", "Cid"])
    estimate = mean_score(clustered)

    assert estimate.value == 3.5
    assert estimate.std_error == pytest.approx(math.sqrt((16 + 2.25 + 6.25) / 16 * 3 / 2))
    assert estimate.n_effective == pytest.approx(4 * (17 / 4) / 3 / (24.5 / 16 * 3 / 2))
    assert estimate.df == 2
    assert clustered.sample == "clustered"


@given(surveys())
def test_weights_and_clusters_follow_the_rule(survey: Survey) -> None:
    values = [int(SCORES[answer - 1]) for answer in survey.answers]
    ones, each = [1.0] * len(values), range(len(values))

    assert seen(survey.counts("weights")) == close(rule(values, survey.weights, each))
    assert seen(survey.counts("clusters")) == close(rule(values, ones, survey.clusters))
    assert seen(survey.counts("weights", "clusters")) == close(
        rule(values, survey.weights, survey.clusters)
    )


@given(survey=surveys(min_size=2), level=st.sampled_from([0.5, 0.95]))
def test_the_reference_is_students(survey: Survey, level: float) -> None:
    """On two points the interval is Wilson's (1927), with effective answers and Student's t."""
    good = [int(answer > 3) for answer in survey.answers]
    found = rule(good, survey.weights, survey.clusters)
    assume(found.df > 0)
    n, p = found.n_effective, found.value
    z = scipy.stats.t.ppf(0.5 + level / 2, found.reference_df)
    center, half = p + z**2 / (2 * n), z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    statistic = (p - 0.4) / math.sqrt(0.24 / n)

    counts = survey.counts("weights", "clusters")
    estimate = top_box(counts, top=2, confidence_level=level)
    test = estimate.test(40)

    assert tuple(estimate.interval) == close(
        (100 * (center - half) / (1 + z**2 / n), 100 * (center + half) / (1 + z**2 / n))
    )
    assert test.statistic == close(statistic)
    assert test.pvalue == close(2 * scipy.stats.t.sf(abs(statistic), found.reference_df))


@given(surveys(min_size=2))
def test_t_and_wald_are_what_they_say(survey: Survey) -> None:
    """`t` has the linearised error and clusters less 1; `wald` the plain one and the normal."""
    found = rule(survey.answers, survey.weights, survey.clusters)
    assume(found.std_error > 0)
    counts = survey.counts("weights", "clusters")
    variance = float(np.average(np.square(survey.answers), weights=survey.weights))
    plain = math.sqrt((variance - found.value**2) / found.n_effective)

    each: list[tuple[IntervalMethod, float]] = [
        ("t", scipy.stats.t.ppf(0.975, found.df) * found.std_error),
        ("wald", scipy.stats.norm.ppf(0.975) * plain),
    ]
    for method, half in each:
        limits = np.clip([found.value - half, found.value + half], 1, 5)
        interval = mean_score(counts, method=method).interval
        assert tuple(interval) == pytest.approx(tuple(limits), rel=1e-6)


@given(one=surveys(min_size=2), two=surveys(min_size=2))
def test_two_groups_have_the_degrees_of_freedom_of_welch(one: Survey, two: Survey) -> None:
    """Welch (1938) and Satterthwaite (1946), from linearised errors and clusters less 1."""
    rules = [rule(each.answers, each.weights, each.clusters) for each in (one, two)]
    assume(all(found.std_error > 0 for found in rules))
    v = [found.std_error**2 for found in rules]
    df = sum(v) ** 2 / sum(part**2 / found.df for part, found in zip(v, rules, strict=True))
    statistic = (rules[0].value - rules[1].value) / math.sqrt(sum(v))

    change = difference(
        *(mean_score(each.counts("weights", "clusters")) for each in (one, two)), method="welch"
    )

    assert change.std_error == close(math.sqrt(sum(v)))
    assert change.statistic == close(statistic)
    assert change.pvalue == pytest.approx(2 * scipy.stats.t.sf(abs(statistic), df), rel=1e-6)


# -- Laws


@given(survey=surveys(), weight=st.sampled_from([1, 0.25, 3, 1 / 3]))
def test_equal_weights_are_none(survey: Survey, weight: float) -> None:
    equal = survey._replace(weights=[weight] * len(survey.answers))

    assert seen(equal.counts("weights")) == close(seen(survey.counts()))
    assert seen(equal.counts("weights", "clusters")) == close(seen(survey.counts("clusters")))


@given(surveys())
def test_a_cluster_per_answer_is_none(survey: Survey) -> None:
    apart = survey._replace(clusters=list(range(len(survey.answers))))

    assert seen(apart.counts("clusters")) == close(seen(survey.counts()))
    assert seen(apart.counts("weights", "clusters")) == close(seen(survey.counts("weights")))


@given(surveys())
def test_an_answer_without_a_cluster_is_a_cluster(survey: Survey) -> None:
    nameless = [None if cluster == 0 else cluster for cluster in survey.clusters]
    named = [-1 - i if cluster is None else cluster for i, cluster in enumerate(nameless)]

    both: dict[str, Any] = {"shop": ["N"] * len(named), "customer": nameless}
    columns: Any
    for columns in (nameless, both):
        clustered = Counts.of(survey.answers, ONE_TO_FIVE, clusters=columns)
        assert clustered == Counts.of(survey.answers, ONE_TO_FIVE, clusters=named)


@given(survey=surveys(), factor=st.sampled_from([1e-6, 0.1, 7, 1e9]))
def test_the_unit_of_the_weights_does_not_matter(survey: Survey, factor: float) -> None:
    scaled = survey._replace(weights=[factor * weight for weight in survey.weights])

    for parts in (["weights"], ["weights", "clusters"]):
        assert seen(scaled.counts(*parts)) == close(seen(survey.counts(*parts)))


@given(surveys())
def test_an_answer_of_no_weight_does_not_move_the_value(survey: Survey) -> None:
    more = Survey([*survey.answers, 1, 5], [*survey.weights, 0, 0], [*survey.clusters, 0, 9])

    for parts in (["weights"], ["weights", "clusters"]):
        assert seen(more.counts(*parts)).value == close(seen(survey.counts(*parts)).value)


@given(survey=surveys(), answer=st.integers(1, 5))
def test_where_all_are_alike_clusters_count_by_kish(survey: Survey, answer: int) -> None:
    """(Σ_c W_c)² / Σ_c W_c² (Kish 1965)."""
    alike = survey._replace(answers=[answer] * len(survey.answers))
    sizes: dict[int, float] = defaultdict(float)
    for cluster, weight in zip(survey.clusters, survey.weights, strict=True):
        sizes[cluster] += weight

    by_weight, by_cluster = alike.counts("weights"), alike.counts("weights", "clusters")

    total = sum(survey.weights)
    assert seen(by_weight).n_effective == close(total**2 / sum(w**2 for w in survey.weights))
    assert seen(by_cluster).n_effective == close(total**2 / sum(w**2 for w in sizes.values()))
    low, high = mean_score(by_cluster).interval
    assert low <= answer <= high
    assert low < high


def test_where_all_clusters_are_alike_they_count_by_kish() -> None:
    """Two customers who each answer 1 and 5: as much as two answers, not infinitely many."""
    twice = mean_score(Counts.of([1, 5, 1, 5], ONE_TO_FIVE, clusters=list("aabb")))

    assert twice.std_error == pytest.approx(math.sqrt(4 * 4 / (3 * 2)))
    assert twice.n_effective == 2


@pytest.mark.parametrize("method", OF_ANY_DESIGN)
@pytest.mark.parametrize("weights", [None, [1, 2, 0.3, 1, 1]])
def test_one_cluster_says_nothing(method: IntervalMethod, weights: list[float] | None) -> None:
    alone = Counts.of([-1, 0, 1, 1, -1], NPS_GROUPS, clusters=["Ann"] * 5, weights=weights)
    estimate = nps(alone, method=method)

    for level in (0.5, 0.95):
        assert estimate.confidence_interval(level) == (-100, 100)
    assert np.isnan(estimate.std_error)
    assert estimate.test(30).pvalue == 1


@pytest.mark.parametrize("method", ["score", "mover", "welch"])
def test_one_cluster_says_nothing_of_a_difference(method: Any) -> None:
    alone = Counts.of([-1, 0, 1, 1, -1], NPS_GROUPS, clusters=["Ann"] * 5)
    many = Counts.of([1, 0, 1, 1, 1], NPS_GROUPS, clusters=list("abcde"))
    change = difference(nps(many), nps(alone), method=method)

    assert change.interval == (-200, 200)
    assert change.pvalue == 1


def test_sums_that_were_rounded_do_not_make_one_cluster_certain() -> None:
    rounded = Clustered(
        weights=np.array([1.0, 2.0]),
        squares=np.array([1.0, 4.0]),
        products=np.array([[1.0000000001, 2.0], [2.0, 3.9999999999]]),
        n_clusters=1,
        overlap=0,
        with_weights=True,
    )
    estimate = top_box(Counts(YES_NO, [1, 2], design=rounded), top=1)

    assert estimate.n_effective == pytest.approx(1)
    assert estimate.interval == (0, 100)


@given(surveys())
def test_the_scale_turned_round_turns_the_answers_round(survey: Survey) -> None:
    turned = survey._replace(answers=[6 - answer for answer in survey.answers])

    for parts in ((), ("weights",), ("clusters",), ("weights", "clusters")):
        assert survey.counts(*parts).mirrored() == turned.counts(*parts)
        assert survey.counts(*parts, reverse=True) == turned.counts(*parts)


def test_tables_of_clusters_are_mirrored_both_ways() -> None:
    clustered = Counts.of([1, 1, 2, 5], ONE_TO_FIVE, clusters=list("aabb"))
    design = clustered.mirrored().design

    assert isinstance(design, Clustered)
    assert design.products.tolist() == [
        [1, 0, 0, 1, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
        [1, 0, 0, 1, 0],
        [0, 0, 0, 0, 4],
    ]


# -- Adding


@given(survey=surveys(least=1), shops=st.lists(st.integers(0, 2), min_size=14, max_size=14))
def test_parts_without_common_clusters_add(survey: Survey, shops: list[int]) -> None:
    """Weights in quarters: sums are exact in any order."""
    shop = shops[: len(survey.answers)]
    apart = survey._replace(
        clusters=[10 * s + c for s, c in zip(shop, survey.clusters, strict=True)]
    )
    for parts in (("weights",), ("clusters",), ("weights", "clusters")):
        whole, by_shop = apart.counts(*parts), apart.grouped(shop, *parts)

        assert by_shop.total() == whole
        assert sum(by_shop.values(), Counts.empty(ONE_TO_FIVE)) == whole
        by_both = Counts.of(
            apart.answers,
            ONE_TO_FIVE,
            by={"segment": shop, "cluster": apart.clusters},
            **apart.parts(*parts),
        )
        assert by_both.total(over="cluster") == by_shop


def test_no_answers_have_any_design() -> None:
    empty = Counts.empty(YES_NO)
    for part in ({"weights": [2, 3]}, {"clusters": "aa"}, {"weights": [2, 3], "clusters": "aa"}):
        parts: dict[str, Any] = {name: list(values) for name, values in part.items()}
        counts = Counts.of([0, 1], YES_NO, **parts)

        assert empty + counts == counts + empty == counts
        assert Counts.of([], YES_NO, weights=[]) + counts == counts


def test_groups_of_one_table_that_share_clusters_have_their_total() -> None:
    survey = Survey([1, 2, 5, 4], [1, 2, 1, 1], [0, 0, 1, 2])
    by_month = survey.grouped(["May", "June", "May", "June"], "weights", "clusters")

    assert by_month.total() == survey.counts("weights", "clusters")


def test_groups_of_other_tables_may_have_the_same_clusters_by_name() -> None:
    """Two surveys of one customer list would: who knows that counts them together."""
    one = Counts.of([1, 2], ONE_TO_FIVE, clusters=["Ann", "Bob"])

    assert (one + one).design == Counts.of([1, 2, 1, 2], ONE_TO_FIVE, clusters=list("abcd")).design


def test_a_stored_total_survives_json() -> None:
    survey = Survey([1, 2, 5, 4], [1, 2, 1, 1], [0, 0, 1, 2])
    for parts in (("weights",), ("clusters",), ("weights", "clusters")):
        by_month = survey.grouped(["May", "June", "May", "June"], *parts)
        restored: Grouped[Counts] = Grouped.from_dict(json.loads(json.dumps(by_month.to_dict())))

        assert restored == by_month
        assert restored.total() == by_month.total()
        single = survey.counts(*parts, population=100)
        assert Counts.from_dict(json.loads(json.dumps(single.to_dict()))) == single


@given(surveys())
def test_a_table_of_designed_counts_holds_the_design(survey: Survey) -> None:
    for parts in (("weights",), ("clusters",), ("weights", "clusters")):
        counts = survey.grouped([answer % 2 for answer in survey.answers], *parts).batch
        columns = {
            str(name): list(column) for name, column in counts.to_pandas().to_dict("list").items()
        }

        assert design_from_columns(columns, list("12345"), counts.counts) == counts.design
        assert list(columns) == [*"12345", "n_missing"]


def test_a_table_of_plain_counts_has_no_design() -> None:
    assert design_from_columns({"0": [1], "1": [2]}, ["0", "1"], np.array([[1, 2]])) is None


# -- What is written


def test_counts_say_their_design() -> None:
    survey = Survey([1, 2, 5, 4], [1, 2, 1, 1], [0, 0, 1, 2])

    assert str(survey.counts("weights")) == "4 answers on scale 1-5, weighted: 1, 1, 0, 1, 1"
    assert str(survey.counts("clusters")) == "4 answers on scale 1-5, clustered: 1, 1, 0, 1, 1"
    assert str(survey.counts("weights", "clusters")) == (
        "4 answers on scale 1-5, weighted and clustered: 1, 1, 0, 1, 1"
    )
    assert survey.counts("weights").weights.tolist() == [1, 2, 0, 1, 1]
    assert survey.counts("weights").proportions.tolist() == [0.2, 0.4, 0, 0.2, 0.2]
    assert survey.counts("weights").sample == "weighted"
    assert survey.counts("clusters").weights.tolist() == [1, 1, 0, 1, 1]
    assert survey.counts(population=9).sample == "finite-population"
    assert survey.counts().sample == "unweighted"


def test_a_design_makes_columns() -> None:
    both = Counts.of([0, 1, 1], YES_NO, weights=[1, 2, 3], clusters=list("aab"), population=9)
    columns = both.to_pandas().to_dict("list")

    assert {name: float(column[0]) for name, column in columns.items()} == {
        "0": 1,
        "1": 2,
        "n_missing": 0,
        "weight_0": 1,
        "weight_1": 5,
        "square_0": 1,
        "square_1": 13,
        "n_clusters": 2,
        "overlap": 0,
        "product_0_0": 1,
        "product_0_1": 2,
        "product_1_1": 13,
        "population": 9,
    }


def test_a_group_of_no_weight_is_a_group_without_a_value() -> None:
    survey = Survey([1, 2, 5, 5, 4], [0, 0, 1, 2, 0], [0, 1, 2, 3, 4])
    for parts in (("weights",), ("weights", "clusters")):
        rated = csat(survey.grouped(list("aabbb"), *parts))

        assert np.isnan(rated["a"].value)
        assert np.isnan(rated["a"].std_error)
        assert rated["a"].interval == (0, 100)
        assert rated["a"].n_effective == 0
        assert rated["b"].value == 100
        assert np.isnan(difference(rated["b"], rated["a"]).value)
        assert difference(rated["b"], rated["a"]).interval == (-100, 100)


# -- Finite populations


@given(survey=surveys(min_size=2), more=st.integers(1, 1000))
def test_a_finite_population_makes_answers_count_more(survey: Survey, more: int) -> None:
    """ñ = n_eff (M − 1) / (M − n)."""
    n = len(survey.answers)
    for parts in ((), ("weights",), ("clusters",)):
        unlimited, finite = (
            seen(survey.counts(*parts, population=size)) for size in (None, n + more)
        )
        factor = (n + more - 1) / more

        assert finite.n_effective == close(unlimited.n_effective * factor)
        assert finite.std_error == close(unlimited.std_error / math.sqrt(factor))
        assert (finite.value, finite.df) == close((unlimited.value, unlimited.df))


@pytest.mark.parametrize("method", OF_ANY_DESIGN)
def test_a_census_is_certain(method: IntervalMethod) -> None:
    """Without a warning: that the interval has no width is right."""
    everyone = Counts.of([-1, 0, 1, 1, 1], NPS_GROUPS, population=5)
    score = nps(everyone, method=method)

    assert score.value == 40
    assert score.interval == (40, 40)
    assert score.std_error == 0
    assert score.n_effective == math.inf
    assert score.test(40).pvalue == 1
    assert score.test(40).statistic == 0
    assert score.test(39).pvalue == 0
    assert score.test(39).statistic == math.inf
    assert score.test(39, alternative="greater").pvalue == 0
    assert score.test(39, alternative="less").pvalue == 1


@pytest.mark.parametrize("method", ["score", "mover", "welch"])
def test_two_censuses_differ_for_certain(method: Any) -> None:
    one, two = (
        nps(Counts.of(answers, NPS_GROUPS, population=3)) for answers in ([1, 1, 1], [-1, 0, 1])
    )
    change = difference(one, two, method=method)

    assert change.interval == (100, 100)
    assert change.pvalue == 0


# -- Groups that share clusters

MONTHS = ["May", "May", "June", "June", "July", "July"]
SHARED = Survey([1, 2, 5, 4, 3, 3], [1] * 6, [0, 1, 0, 2, 3, 4])


def shared() -> Grouped[Counts]:
    """Who is in cluster 0 answered in May and in June."""
    return SHARED.grouped(MONTHS, "clusters")


@pytest.mark.parametrize(
    ("combine", "message"),
    [
        (lambda months: months["May"] + months["June"], "Can't add counts of groups that share"),
        (
            lambda months: months.select(segment=["May", "June"]).total(),
            "Can't total groups that share",
        ),
        (
            lambda months: difference(csat(months["May"]), csat(months["June"])),
            "Can't compare CSAT of groups that share",
        ),
    ],
)
def test_groups_that_share_clusters_are_kept_apart(combine: Any, message: str) -> None:
    with pytest.raises(OverlappingClustersError) as error:
        combine(shared())

    assert str(error.value).startswith(f"{message} clusters.\nHint: did you mean to ")


def test_groups_that_share_clusters_are_not_summed_over() -> None:
    half = [1, 1, 1, 1, 2, 2]
    by_both = Counts.of(
        SHARED.answers,
        ONE_TO_FIVE,
        by={"segment": half, "month": MONTHS},
        clusters=SHARED.clusters,
    )
    with pytest.raises(OverlappingClustersError) as error:
        by_both.total(over="month")

    assert str(error.value) == (
        "Can't total groups that share clusters.\n"
        "Hint: did you mean to tabulate again, by fewer columns?"
    )
    assert by_both.total(over="segment") == Counts.of(
        SHARED.answers, ONE_TO_FIVE, by={"month": MONTHS}, clusters=SHARED.clusters
    )


def test_groups_that_share_none_are_free() -> None:
    months = shared()

    assert (months["May"] + months["July"]).n == 4
    assert difference(csat(months["May"]), csat(months["July"])).value == 0
    assert months.select(segment=["June", "July"]).total().n == 4
    assert months["May"].design != months["July"].design


def test_a_total_keeps_what_it_shares() -> None:
    with pytest.raises(OverlappingClustersError):
        (shared()["May"] + shared()["July"]) + shared()["June"]


# -- Errors

WRONG_WEIGHT = "Each weight must be a finite number from 0, not {} (1 of 3, first at position 1)."


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"weights": [1, 2]},
            MismatchError,
            "`weights` must have one weight per respondent, not 2 for 3.",
        ),
        ({"weights": [1, -2.5, 3]}, ArgumentError, WRONG_WEIGHT.format("-2.5")),
        ({"weights": [1, math.nan, 3]}, ArgumentError, WRONG_WEIGHT.format("nan")),
        ({"weights": [1, math.inf, 3]}, ArgumentError, WRONG_WEIGHT.format("inf")),
        ({"weights": [1, None, 3]}, ArgumentError, WRONG_WEIGHT.format("None")),
        ({"weights": [1, "2", 3]}, ArgumentError, WRONG_WEIGHT.format("'2'")),
        (
            {"weights": [0, 0, 0]},
            ArgumentError,
            "One weight must be above 0, but all 3 of them are 0.",
        ),
        (
            {"clusters": [1, 2]},
            MismatchError,
            "`clusters` must have one label per response, not 2 for 3.",
        ),
        ({"clusters": {}}, ArgumentError, "`clusters` must have at least one column, not none."),
        (
            {"population": 2},
            ScaleError,
            "`population` must be at least the number of answers, not 2 for 3.",
        ),
        (
            {"population": 5, "by": [1, 1, 2]},
            ArgumentError,
            """`population` must not be given for several groups.
Hint: did you mean the counts of one group at a time?""",
        ),
    ],
)
def test_errors_of_counting_word_for_word(
    options: dict[str, Any], error: type[CxMetricsError], message: str
) -> None:
    with pytest.raises(error) as caught:
        Counts.of([0, 1, 1], YES_NO, **options)

    assert str(caught.value) == message


def test_the_weight_of_a_missing_answer_does_not_matter() -> None:
    missing = Counts.of([0, 1, None], YES_NO, weights=[1, 2, math.nan])

    assert missing.weights.tolist() == [1, 2]
    assert missing.n_missing == 1
    assert Counts.of([None], YES_NO, weights=[-1]).n_missing == 1


def test_clusters_need_a_short_scale() -> None:
    with pytest.raises(ScaleError) as error:
        Counts.of([5], Scale(0, 100), clusters=["a"])

    assert str(error.value) == (
        "`clusters` must be on a scale of at most 21 points, not 101.\n"
        "Hint: did you mean to group the answers first, as answer // 5?"
    )
    assert Counts.of([5], Scale(0, 20), clusters=["a"]).n == 1


PLAIN = Counts.of([0, 1], YES_NO)
WEIGHTED = Counts.of([0, 1], YES_NO, weights=[1, 2])
CLUSTERED = Counts.of([0, 1], YES_NO, clusters=[1, 2])
BOTH = Counts.of([0, 1], YES_NO, weights=[1, 2], clusters=[1, 2])


@pytest.mark.parametrize(
    ("one", "two", "message"),
    [
        (PLAIN, WEIGHTED, "Can't add weighted counts to unweighted ones."),
        (WEIGHTED, PLAIN, "Can't add unweighted counts to weighted ones."),
        (CLUSTERED, PLAIN, "Can't add unweighted counts to clustered ones."),
        (WEIGHTED, CLUSTERED, "Can't add clustered counts to weighted ones."),
        (CLUSTERED, BOTH, "Can't add weighted and clustered counts to clustered ones."),
        (
            Counts.of([1], YES_NO, population=5),
            PLAIN,
            "Can't add counts on population None to counts on population 5.",
        ),
    ],
)
def test_counts_of_other_designs_do_not_add(one: Counts, two: Counts, message: str) -> None:
    with pytest.raises(MismatchError) as error:
        one + two

    assert str(error.value) == message


def test_designs_add_to_designs_alone() -> None:
    for design in (WEIGHTED.design, CLUSTERED.design):
        assert design is not None
        with pytest.raises(TypeError):
            design + 1


def test_a_design_has_the_shape_of_its_counts() -> None:
    with pytest.raises(ScaleError) as error:
        Counts(YES_NO, [[1, 1]], design=WEIGHTED.design)

    assert (
        str(error.value) == "`design` must have the shape of `counts`, not shape (2,) for (1, 2)."
    )


@pytest.mark.parametrize(
    ("counts", "change", "error", "message"),
    [
        (
            WEIGHTED,
            {"weights": [1, -1]},
            MismatchError,
            "`weights` must be finite and not negative, not -1.0.",
        ),
        (
            WEIGHTED,
            {"squares": [1, math.inf]},
            MismatchError,
            "`squares` must be finite and not negative, not inf.",
        ),
        (
            WEIGHTED,
            {"weights": [1, "many"]},
            MismatchError,
            "`weights` must be numbers in rows of equal length.",
        ),
        (
            WEIGHTED,
            {"weights": [[1], [1, 2]]},
            MismatchError,
            "`weights` must be numbers in rows of equal length.",
        ),
        (
            WEIGHTED,
            {"squares": None},
            MismatchError,
            "`squares` must be finite and not negative, not nan.",
        ),
        (
            WEIGHTED,
            {"squares": [1]},
            MismatchError,
            "`weights` and `squares` must have one sum per point, not shapes (2,) and (1,).",
        ),
        (
            WEIGHTED,
            {"weights": 1, "squares": 1},
            MismatchError,
            "`weights` and `squares` must have one sum per point, not shapes () and ().",
        ),
        (
            CLUSTERED,
            {"products": [1, 2]},
            MismatchError,
            "`products` must be a square table over 2 points, not of shape (2,).",
        ),
        (
            CLUSTERED,
            {"n_clusters": 1.5},
            MismatchError,
            "`n_clusters` must be one whole number per row.",
        ),
        (
            CLUSTERED,
            {"overlap": [1, 2]},
            MismatchError,
            "`overlap` must be one whole number per row.",
        ),
        (
            WEIGHTED,
            {"kind": "Heavy"},
            FormatError,
            "Stored data must be of a known kind, not 'Heavy'.",
        ),
        (
            WEIGHTED,
            {"kind": "Counts"},
            FormatError,
            "Stored data must be of a known kind, not 'Counts'.",
        ),
        (WEIGHTED, {"version": 2}, FormatError, "Stored data must be of version 1, not 2."),
        (
            WEIGHTED,
            {"more": 1},
            FormatError,
            "A stored Weighted must have squares, weights, not more, squares, weights.",
        ),
    ],
)
def test_stored_nonsense_is_refused(
    counts: Counts, change: dict[str, Any], error: type[CxMetricsError], message: str
) -> None:
    stored = counts.to_dict()
    stored["design"] |= change

    with pytest.raises(error) as caught:
        Counts.from_dict(stored)

    assert str(caught.value) == message


def test_a_table_lacks_no_column() -> None:
    with pytest.raises(FormatError) as error:
        design_from_columns({"weight_0": [1], "weight_1": [1]}, ["0", "1"], np.array([[1, 1]]))

    assert str(error.value) == "A table of such counts must have a column 'square_0'."


@pytest.mark.parametrize(
    ("counts", "sample"),
    [(WEIGHTED, "weighted"), (Counts.of([0, 1], YES_NO, population=9), "finite-population")],
)
def test_resampling_knows_no_design(counts: Counts, sample: str) -> None:
    def rate(counts: Counts, **options: Any) -> Estimate:
        return top_box(counts, top=1, **options)

    with pytest.raises(ArgumentError) as error:
        rate(counts, method="bootstrap")
    assert str(error.value) == (
        f"`method` must not be 'bootstrap' for {sample} answers.\n"
        "Hint: did you mean method='score'?"
    )
    with pytest.raises(ArgumentError) as error:
        difference(rate(PLAIN), rate(counts), method="permutation")
    assert str(error.value) == (
        f"`method` must not be 'permutation' for {sample} answers.\n"
        "Hint: did you mean method='score'?"
    )
