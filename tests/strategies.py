"""Strategies: what any member of the library has to cope with."""

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from cxmetrics import Counts, Scale
from cxmetrics.summaries.moments import Moments
from cxmetrics.summaries.pairs import PairCounts
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
