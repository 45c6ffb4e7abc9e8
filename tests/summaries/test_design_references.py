"""Weights and clusters against the package survey 4.1 of R, on the shipped survey of an airport.

    d <- subset(sfo, !is.na(recommend))
    d$nps <- 100 * ((d$recommend >= 9) - (d$recommend <= 6))
    svymean(~nps, svydesign(ids = ~1, weights = ~weight, data = subset(d, year == 2017)))
    svymean(~nps, svydesign(ids = ~flight_run, weights = ~weight, data = subset(d, year == 2017)))

An answer without a flight is a cluster of its own. R is given the rows; the library has
their sums, in ten digits.
"""

from functools import cache

import numpy as np
import pytest
import scipy.special

from cxmetrics import Counts, Estimate, Grouped, difference, nps
from cxmetrics.datasets import AirportDesign, airport

AREAS = {
    "A": (38.765, 2.749, 2.748),
    "B": (43.373, 5.563, 5.547),
    "C": (47.023, 4.591, 4.581),
    "D": (44.870, 3.598, 3.594),
    "E": (46.857, 5.112, 5.098),
    "F": (38.237, 3.247, 3.244),
    "G": (30.966, 3.108, 3.106),
}
"""Weighted NPS in 2017; its standard error, of a survey of the area alone, and by `svyby`."""


@cache
def recommend(design: AirportDesign, *kept: str) -> Grouped[Counts]:
    """Answers by these columns."""
    answers = airport(design=design)["recommend"]
    return answers.total(over=[name for name in answers.by if name not in kept])


def in_year(year: int, design: AirportDesign) -> Estimate:
    return nps(recommend(design, "year"))[year]


@pytest.mark.parametrize(
    ("year", "value", "of_weights", "of_flights", "kish", "n_flights"),
    [
        (2017, 40.398436, 1.445725, 1.552489, 2266.512, 211),
        (2018, 35.113632, 1.577951, 2.244022, 2134.243, 217),
    ],
)
def test_one_year(
    year: int, value: float, of_weights: float, of_flights: float, kish: float, n_flights: int
) -> None:
    weighted, clustered = in_year(year, "weighted"), in_year(year, "clustered")
    design = weighted.score.counts.design

    assert weighted.value == pytest.approx(value, abs=5e-7)
    assert weighted.std_error == pytest.approx(of_weights, abs=5e-7)
    assert weighted.df == weighted.n - 1
    assert clustered.value == pytest.approx(value, abs=5e-7)
    assert clustered.std_error == pytest.approx(of_flights, abs=5e-7)
    assert clustered.df == n_flights - 1
    assert design is not None
    assert design.kish() == pytest.approx(kish, abs=5e-4)


@pytest.mark.parametrize(
    ("design", "std_error", "z", "of_z", "pvalue"),
    [
        ("weighted", 2.140105, -2.47, 0.014, 0.01356),
        ("clustered", 2.728709, -1.94, 0.053, 0.05351),
    ],
)
def test_the_change_by_welch_is_that_of_r(
    design: AirportDesign, std_error: float, z: float, of_z: float, pvalue: float
) -> None:
    """The difference of two means over the root of the sum of their squared errors.

    Its p-value by the normal is R's; the library's is by Student's t.
    """
    change = difference(in_year(2018, design), in_year(2017, design), method="welch")

    assert change.value == pytest.approx(-5.2848, abs=5e-5)
    assert change.std_error == pytest.approx(std_error, abs=5e-7)
    assert change.statistic == pytest.approx(z, abs=5e-3)
    assert 2 * scipy.special.ndtr(change.statistic) == pytest.approx(of_z, abs=5e-4)
    assert change.pvalue == pytest.approx(pvalue, abs=5e-6)


@pytest.mark.parametrize(
    ("design", "statistic", "pvalue"),
    [("weighted", -2.4722, 0.01343), ("clustered", -1.9524, 0.05157)],
)
def test_the_change_by_score_is_close_to_it(
    design: AirportDesign, statistic: float, pvalue: float
) -> None:
    """The library's own numbers: the variance is the one under the null, of equal scores."""
    change = difference(in_year(2018, design), in_year(2017, design))

    assert change.value == pytest.approx(-5.2848, abs=5e-5)
    assert change.statistic == pytest.approx(statistic, abs=5e-5)
    assert change.pvalue == pytest.approx(pvalue, abs=5e-6)


@pytest.mark.parametrize("area", AREAS)
def test_one_area(area: str) -> None:
    """`svyby` counts the answers of the whole year in n / (n − 1)."""
    by_area = nps(recommend("weighted", "year", "boarding_area").select(year=2017))
    estimate, n_of_year = by_area[area], in_year(2017, "weighted").n
    value, of_area, of_domain = AREAS[area]
    n = estimate.n
    rescaled = estimate.std_error * np.sqrt((n - 1) / n * n_of_year / (n_of_year - 1))

    assert estimate.value == pytest.approx(value, abs=6e-4)
    assert estimate.std_error == pytest.approx(of_area, abs=6e-4)
    assert rescaled == pytest.approx(of_domain, abs=6e-4)


def test_no_answer_lacks_its_area() -> None:
    assert set(recommend("weighted", "year", "boarding_area").columns["boarding_area"]) == set(
        AREAS
    )
