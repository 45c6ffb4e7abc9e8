"""Strategies: what any member of the library has to cope with."""

from datetime import date
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import strategies as st

from cxmetrics import Counts, Journey, Persona, Scale, Touchpoint
from cxmetrics.journeys.touchpoint import Layer, RatingMetric, Sense
from cxmetrics.summaries.moments import Moments
from cxmetrics.summaries.moves import Moves
from cxmetrics.summaries.pairs import PairCounts
from cxmetrics.summaries.revenue import Revenue
from cxmetrics.summaries.scatter import Scatter

LEVELS = (0.5, 0.8, 0.95, 0.999)

levels = st.sampled_from(LEVELS)
alternatives = st.sampled_from(["two-sided", "less", "greater"])


def scales(max_size: int = 12) -> st.SearchStrategy[Scale]:
    """Scales of 2 points and more, anywhere."""
    low = st.integers(-3, 3)
    size = st.integers(2, max_size)
    return st.builds(lambda low, size: Scale(low, low + size - 1), low, size)


def counts_on(scale: Scale, *, min_n: int = 0, most: int = 5_000) -> st.SearchStrategy[Counts]:
    """Counts on a scale: small and large ones, and many empty points."""
    number = st.one_of(st.just(0), st.integers(0, 12), st.integers(0, most))
    rows = st.lists(number, min_size=scale.size, max_size=scale.size)
    return st.builds(
        lambda row, missing: Counts(scale, row, n_missing=missing),
        rows.filter(lambda row: sum(row) >= min_n),
        st.integers(0, 3),
    )


def batches_on(scale: Scale, *, rows: int = 4, most: int = 5_000) -> st.SearchStrategy[Counts]:
    """Batches of counts, some of whose rows may be empty."""
    each = st.lists(counts_on(scale, most=most), min_size=rows, max_size=rows)
    return each.map(
        lambda counts: Counts(
            scale,
            np.array([row.counts for row in counts]),
            n_missing=np.array([row.n_missing for row in counts]),
        )
    )


def pairs_on(scale: Scale, *, min_n: int = 0, most: int = 300) -> st.SearchStrategy[PairCounts]:
    """Pairs on a scale: few and many, on some of the cells."""
    number = st.one_of(st.integers(1, 12), st.integers(1, most))
    points = st.integers(0, scale.size - 1)
    cells = st.dictionaries(st.tuples(points, points), number, min_size=min(min_n, 1), max_size=12)

    def table(found: dict[tuple[int, int], int]) -> Any:
        numbers = np.zeros((scale.size, scale.size), np.int64)
        for cell, n in found.items():
            numbers[cell] = n
        return numbers

    return st.builds(
        lambda found, missing: PairCounts(scale=scale, table=table(found), n_missing=missing),
        cells,
        st.integers(0, 3),
    )


def pair_batches_on(
    scale: Scale, *, rows: int = 4, most: int = 300
) -> st.SearchStrategy[PairCounts]:
    """Batches of pairs, some of whose rows may be empty."""
    each = st.lists(pairs_on(scale, most=most), min_size=rows, max_size=rows)
    return each.map(
        lambda pairs: PairCounts(
            scale=scale,
            table=np.array([row.table for row in pairs]),
            n_missing=np.array([row.n_missing for row in pairs]),
        )
    )


def responses_on(scale: Scale, *, max_size: int = 30) -> st.SearchStrategy[list[int | None]]:
    """Raw answers, some of them missing."""
    answer = st.one_of(st.integers(scale.low, scale.high), st.none())
    return st.lists(answer, max_size=max_size)


def answers_of(counts: Counts) -> list[Any]:
    """Raw answers that are counted as these counts, lowest first."""
    points = counts.scale.points.tolist()
    answers = [p for p, n in zip(points, counts.counts, strict=True) for _ in range(n)]
    return answers + [None] * int(np.asarray(counts.n_missing))


def way_counts(
    *, longest: int = 6, touchpoints: str = "abcde"
) -> st.SearchStrategy[dict[tuple[str, ...], int]]:
    """Numbers of customers by path, at least one."""
    steps = st.lists(st.sampled_from(touchpoints), min_size=1, max_size=longest)
    return st.dictionaries(steps.map(tuple), st.integers(1, 40), min_size=1, max_size=12)


def all_moves() -> st.SearchStrategy[Moves]:
    """Moves of one group."""
    return way_counts().map(Moves.from_paths)


def junk() -> st.SearchStrategy[Any]:
    """Anything that a user might pass by mistake."""
    scalars: st.SearchStrategy[Any] = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=5),
        st.binary(max_size=3),
        st.dates(),
        st.complex_numbers(),
        st.decimals(allow_nan=False),
        st.fractions(),
    )
    return st.one_of(
        scalars,
        st.lists(st.one_of(scalars, st.lists(scalars, max_size=2)), max_size=6),
        st.dictionaries(st.text(max_size=3), scalars, max_size=3),
        st.tuples(scalars, scalars),
        st.sets(st.integers(), max_size=3),
    )


def close(expected: Any, span: float) -> Any:
    """The same number or numbers to 1e-12, of themselves or of the range."""
    return pytest.approx(expected, rel=1e-12, abs=1e-12 * span, nan_ok=True)


def weighted_surveys(max_size: int = 30) -> st.SearchStrategy[dict[str, list[Any]]]:
    """Respondents with base weights, by region and age; every combination occurs."""
    combinations = [(region, age) for region in "NSW" for age in ("old", "young")]
    extra = st.lists(st.sampled_from(combinations), max_size=max_size - len(combinations))
    weights = st.lists(st.floats(0.1, 10), min_size=max_size, max_size=max_size)
    return st.builds(
        lambda extra, weights: {
            "region": [region for region, _ in combinations + extra],
            "age": [age for _, age in combinations + extra],
            "weight": weights[: len(combinations) + len(extra)],
        },
        extra,
        weights,
    )


def margins_of_surveys() -> st.SearchStrategy[dict[str, dict[str, float]]]:
    """Targets for `weighted_surveys`, as shares."""
    parts = st.lists(st.integers(1, 20), min_size=3, max_size=3)
    young = st.floats(0.05, 0.95)
    return st.builds(
        lambda parts, young: {
            "region": {name: n / sum(parts) for name, n in zip("NSW", parts, strict=True)},
            "age": {"young": young, "old": 1 - young},
        },
        parts,
        young,
    )


def customers(
    *, max_size: int = 25, reals: bool | None = None
) -> st.SearchStrategy[dict[str, list[Any]]]:
    """Customers: when they came and left, in whole periods or real times, and their segment."""

    def of(tenures: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, list[Any]]]:
        row = st.tuples(
            tenures,
            st.booleans(),
            st.sampled_from([0, 0, 0.25, 0.5]),
            st.sampled_from([0.5, 1.0, 2.5]),
            st.sampled_from(["N", "S", None]),
        )
        return st.lists(row, max_size=max_size).map(
            lambda rows: {
                "tenure": [tenure for tenure, *_ in rows],
                "churned": [churned for _, churned, *_ in rows],
                "entry": [type(tenure)(part * tenure) for tenure, _, part, *_ in rows],
                "weights": [weight for *_, weight, _ in rows],
                "by": [segment for *_, segment in rows],
            }
        )

    periods = of(st.one_of(st.integers(0, 6), st.integers(0, 40)))
    times = of(st.sampled_from([0.0, 0.1, 0.3, 1.0, 1.5, 2.0, 1e6 / 3]))
    return st.one_of(periods, times) if reals is None else times if reals else periods


@st.composite
def amounts_of(draw: st.DrawFn, n: int, *, names: str = "xy") -> dict[str, list[float]]:
    """Amounts of `n` customers: around 0, or alike but for their last digits."""
    columns = {}
    for name in names:
        offset = draw(st.sampled_from([0.0, 0.0, 1e3, -1e9, 1e12]))
        spread = draw(st.sampled_from([1.0, 1e-3, 1e6]))
        values = draw(st.lists(st.floats(-1, 1), min_size=n, max_size=n))
        columns[name] = [offset + spread * value for value in values]
    return columns


def sampling_weights(n: int) -> st.SearchStrategy[list[float]]:
    """Weights of `n` customers, some of them 0."""
    weights = st.lists(st.one_of(st.just(0.0), st.floats(0.1, 10)), min_size=n, max_size=n)
    return weights.filter(lambda each: not n or any(each))


@st.composite
def moment_batches(draw: st.DrawFn, *, rows: int = 4, weighted: bool | None = None) -> Moments:
    """Moments of a few customers in each row, some of which are empty."""
    n = draw(st.integers(1, 12))
    codes = draw(st.lists(st.integers(0, rows - 1), min_size=n, max_size=n))
    weighted = draw(st.booleans()) if weighted is None else weighted
    weights = draw(sampling_weights(n)) if weighted else None
    grouped = Moments.of(draw(amounts_of(n)), by=codes, weights=weights)
    at = {key: i for i, key in enumerate(grouped)}
    return grouped.batch.take(np.array([at.get(row, -1) for row in range(rows)]))


def revenues(n: int) -> st.SearchStrategy[list[float]]:
    """Revenue of `n` accounts, some of which are not there."""
    amount = st.one_of(st.just(0.0), st.integers(1, 20).map(float), st.floats(0.01, 1e6))
    return st.lists(amount, min_size=n, max_size=n)


def _in_rows(grouped: Any, rows: int) -> Any:
    """The batch of groups that are numbered, with a row for every number."""
    at = {key: i for i, key in enumerate(grouped)}
    return grouped.batch.take(np.array([at.get(row, -1) for row in range(rows)]))


@st.composite
def revenue_batches(draw: st.DrawFn, *, rows: int = 4, weighted: bool | None = None) -> Revenue:
    """Revenue of a few accounts in each row; of some there are none, or none at the start."""
    n = draw(st.integers(1, 30))
    codes = draw(st.lists(st.integers(0, rows - 1), min_size=n, max_size=n))
    weighted = draw(st.booleans()) if weighted is None else weighted
    # What is left of an account is no smaller than what sums of squares can tell from nothing.
    amounts = st.one_of(st.just(0.0), st.integers(1, 20).map(float), st.floats(1, 300))
    start = draw(st.lists(amounts, min_size=n, max_size=n))
    if draw(st.booleans()):
        end = draw(st.lists(amounts, min_size=n, max_size=n))
    else:  # nobody left, everybody did, or all changed by one part
        part = draw(st.sampled_from([1.0, 0.0, 0.5, 0.9, 1.1, 3.0]))
        end = [part * amount for amount in start]
    weights = draw(sampling_weights(n)) if weighted else None
    revenue: Revenue = _in_rows(Revenue.of(start, end, by=codes, weights=weights), rows)
    return revenue


@st.composite
def amount_batches(
    draw: st.DrawFn, name: str, *, rows: int = 4, weighted: bool | None = None
) -> Moments:
    """Moments of one amount, from 0, of a few customers in each row."""
    n = draw(st.integers(1, 20))
    codes = draw(st.lists(st.integers(0, rows - 1), min_size=n, max_size=n))
    weighted = draw(st.booleans()) if weighted is None else weighted
    weights = draw(sampling_weights(n)) if weighted else None
    grouped = Moments.of({name: draw(revenues(n))}, by=codes, weights=weights)
    moments: Moments = _in_rows(grouped, rows)
    return moments


def assert_same_moments(found: Moments, expected: Moments) -> None:
    """Equal to 1e-12, or to what a change in the last digits of the amounts would make."""
    assert found.names == expected.names
    assert np.array_equal(found.n, expected.n)
    assert (found.squared is None) == (expected.squared is None)
    for one, two in zip(_scatters(found), _scatters(expected), strict=True):
        np.testing.assert_allclose(one.weight, two.weight, rtol=1e-12)
        weight = np.asarray(two.weight)[..., None]
        root = np.sqrt(np.diagonal(two.products, axis1=-2, axis2=-1))
        size = np.abs(np.nan_to_num(two.means)) * np.sqrt(weight) + root
        assert np.all(np.abs(one.totals - two.totals) <= 1e-12 * size * np.sqrt(weight))
        moved = 1e-12 * root + 1e-15 * size + 1e-100
        most = moved[..., None] * (root + moved)[..., None, :]
        most = most + np.swapaxes(most, -1, -2)
        assert np.all(np.abs(one.products - two.products) <= most)


def _scatters(moments: Moments) -> list[Scatter]:
    return [moments.scatter] if moments.squared is None else [moments.scatter, moments.squared]


def stays(*, max_size: int = 25) -> st.SearchStrategy[dict[str, list[Any]]]:
    """Customers: the days on which they joined and left in the first half of 2024, and a plan."""
    first, last = date(2024, 1, 1), date(2024, 6, 30)
    days = st.one_of(st.dates(first, last), st.dates(date(2024, 2, 27), date(2024, 3, 3)))
    row = st.tuples(days, days, st.booleans(), st.sampled_from(["basic", "plus", None]))
    return st.lists(row, max_size=max_size).map(
        lambda rows: {
            "joined": [min(one, two) for one, two, *_ in rows],
            "left": [max(one, two) if has_left else None for one, two, has_left, _ in rows],
            "plan": [plan for *_, plan in rows],
        }
    )


def activity_logs(max_size: int = 25) -> st.SearchStrategy[dict[str, list[Any]]]:
    """Rows of customers with the day on which they joined, and days on which they were active."""

    def rows_of(joined: date) -> st.SearchStrategy[list[tuple[date, date | None]]]:
        later = st.one_of(st.none(), st.dates(joined, date(2025, 6, 30)))
        return st.lists(later.map(lambda when: (joined, when)), min_size=1, max_size=4)

    customer = st.dates(date(2024, 11, 25), date(2025, 3, 2)).flatmap(rows_of)
    return st.lists(customer, min_size=1, max_size=max_size // 4).map(
        lambda each: {
            "customer": [who for who, rows in enumerate(each) for _ in rows],
            "joined": [joined for rows in each for joined, _ in rows],
            "active": [active for rows in each for _, active in rows],
        }
    )


def names() -> st.SearchStrategy[str]:
    """Names of touchpoints, stages and channels: as they are, and as nobody hopes they are."""
    hostile = [
        *(
            '"quoted"',
            "it's",
            "a;b",
            "a: 3: b",
            "#35;",
            "[x]",
            "{y}",
            "(z)",
            "two\nlines",
            "`code`",
        ),
        *(
            "<b>bold</b>",
            "&lt;",
            "%% note",
            "title of",
            "Section 5",
            "Journey planner",
            "end",
            "A--B",
        ),
        *("x" * 2_000, "\N{WAVING HAND SIGN}", "Zürich", "\x00", "\u202e", "1. one", "a, b", "|"),
    ]
    usual = st.sampled_from(["Wi-Fi", "Check-in", "Security", "Lounge", "Gate", "web", "phone"])
    text = st.text(min_size=1, max_size=12).filter(str.strip)
    return st.one_of(usual, st.sampled_from(hostile), text)


def codes() -> st.SearchStrategy[list[Any]]:
    """Codes of answers, of all kinds."""
    numbers = st.one_of(st.integers(-99, 999), st.floats(allow_nan=False, allow_infinity=False))
    return st.lists(st.one_of(st.text(max_size=5), numbers, st.booleans()), max_size=3)


@st.composite
def touchpoints(draw: st.DrawFn) -> Touchpoint:
    """Touchpoints, some of which say next to nothing, others all there is."""
    if draw(st.booleans()):
        return Touchpoint(draw(names()), draw(names()))
    scale = draw(st.none() | scales())
    metric: RatingMetric = draw(st.sampled_from(get_args(RatingMetric)))
    is_mean = metric in {"ces", "mean_score"}
    low, high = (scale.low, scale.high) if scale is not None and is_mean else (0, 100)
    missing = draw(codes())
    used = set(map(repr, Touchpoint("any", "any", missing=missing).missing))
    not_used = Touchpoint("any", "any", missing=draw(codes())).missing
    return Touchpoint(
        draw(names()),
        draw(names()),
        channel=draw(st.none() | names()),
        layer=draw(st.sampled_from(get_args(Layer))),
        owner=draw(st.none() | names()),
        column=draw(st.none() | names()),
        scale=scale,
        metric=metric,
        missing=missing,
        not_used=[code for code in not_used if repr(code) not in used],
        senses=draw(st.lists(st.sampled_from(get_args(Sense)), max_size=3)),
        emotions=draw(st.lists(names(), max_size=2)),
        expectation=draw(st.none() | st.floats(low, high)),
        moment_of_truth=draw(st.booleans()),
        description=draw(st.text(max_size=8)),
    )


def personas() -> st.SearchStrategy[Persona]:
    """Archetypes, by a few columns."""
    where = st.dictionaries(st.text(max_size=5), codes().filter(bool), max_size=3)
    return st.builds(Persona, names(), where, st.text(max_size=8))


def journeys(*, max_size: int = 4) -> st.SearchStrategy[Journey]:
    """Journeys of a few touchpoints, or none."""
    each = st.lists(touchpoints(), max_size=max_size, unique_by=lambda each: each.name)
    return st.builds(Journey, names(), each, persona=st.none() | personas())
