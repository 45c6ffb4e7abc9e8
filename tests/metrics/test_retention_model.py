"""The fitted law of retention: the published fits, its faces, and the limits of the law."""

import copy
import operator
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics import LifeTable, RetentionModel, fit_retention
from cxmetrics.errors import ArgumentError, CxMetricsError, MismatchError, TooFewResponsesError
from cxmetrics.likelihood import beta_geometric_limits

Z = 1.959963984540054
GROUPS = cx.datasets.subscribers()
HIGH_END, REGULAR = GROUPS["High End"], GROUPS["Regular"]
MODEL = fit_retention(HIGH_END)


def test_the_published_fits() -> None:
    """Fader and Hardie (2007): α .668 and .704, β 3.806 and 1.182; 37.8 and 17.0 % after 12 years.

    The log-likelihoods are theirs, per 1,000 customers; expected lifetimes by ₂F₁ of the
    unrounded fits.
    """
    regular = fit_retention(REGULAR)

    assert (MODEL.alpha, MODEL.beta) == pytest.approx((0.668, 3.806), abs=5e-4)
    assert (regular.alpha, regular.beta) == pytest.approx((0.704, 1.182), abs=5e-4)
    assert MODEL.log_likelihood == pytest.approx(-1611.2, abs=0.05)
    assert regular.log_likelihood == pytest.approx(-1680.3, abs=0.05)
    assert MODEL.forecast(12).value == pytest.approx(37.8, abs=0.05)
    assert regular.forecast(12).value == pytest.approx(17.0, abs=0.05)
    lifetimes = [model.expected_lifetime(0.1).value for model in (MODEL, regular)]
    assert lifetimes == pytest.approx([5.922253, 3.694908], abs=1e-6)
    residual = [model.residual_lifetime(3, 0.1).value for model in (MODEL, regular)]
    assert residual == pytest.approx([6.293891, 4.869805], abs=1e-6)


def test_what_came_after_the_data() -> None:
    """39.4 and 17.3 % were there after 12 years."""
    forecasts = fit_retention(GROUPS).map(lambda models: models.forecast(12))

    for segment, came in {"High End": 39.4, "Regular": 17.3}.items():
        low, high = forecasts[segment].interval
        assert low < came < high


def test_what_the_model_knows() -> None:
    assert (MODEL.n, MODEL.periods, MODEL.shape) == (1000, 7, ())
    assert MODEL.churn == pytest.approx(MODEL.alpha / (MODEL.alpha + MODEL.beta))
    assert MODEL.spread == pytest.approx(1 / (MODEL.alpha + MODEL.beta))
    assert MODEL.confidence_level == 0.95


def test_survival_is_the_product_of_the_retention_rates() -> None:
    rates = [MODEL.retention_rate(t).value / 100 for t in range(1, 13)]

    assert MODEL.survival(range(13)) == pytest.approx(np.cumprod([1, *rates]))
    assert MODEL.survival(12) == pytest.approx(np.prod(rates))
    assert MODEL.forecast(12).value == pytest.approx(100 * MODEL.survival(12))
    assert np.ndim(MODEL.survival(12)) == 0


def test_retention_rises() -> None:
    """(β + t - 1)/(α + β + t - 1)."""
    rate = MODEL.retention_rate(3)

    assert rate.value == pytest.approx(100 * (MODEL.beta + 2) / (MODEL.alpha + MODEL.beta + 2))
    assert (rate.metric, rate.unit) == ("Retention in period 3", "%")
    assert MODEL.retention_rate(4).value > rate.value


def test_forecasts_say_whether_they_lie_beyond_the_data() -> None:
    within, beyond = MODEL.forecast(7), MODEL.forecast(8)

    assert (within.share_beyond, beyond.share_beyond) == (0, 100)
    assert str(within) == (
        "Retention after 7 48.9% [45.8, 52.0] (95% profile, n=1,000, 0.0% beyond the data)"
    )
    assert str(beyond).endswith("(95% profile, n=1,000, beyond the data)")
    assert beyond.summary().endswith("100.0% of it lies beyond the data.")
    assert MODEL.forecast(8, label="Loyalty", confidence_level=0.8).metric == "Loyalty"


def test_lifetimes() -> None:
    """Direct sums of the curve."""
    curve = MODEL.survival(range(600))
    discounted = curve / 1.1 ** np.arange(600)
    lifetime, residual = MODEL.expected_lifetime(0.1), MODEL.residual_lifetime(5, 0.1)

    assert lifetime.value == pytest.approx(discounted.sum())
    assert residual.value == pytest.approx(discounted[5:].sum() * 1.1**5 / curve[4])
    assert (lifetime.metric, lifetime.unit) == ("Expected lifetime", "periods")
    assert residual.metric == "Residual lifetime in period 5"
    assert MODEL.expected_lifetime().value == np.inf
    assert residual.share_beyond == pytest.approx(
        100 * (1 - discounted[5:8].sum() / discounted[5:].sum())
    )
    assert MODEL.residual_lifetime(8).share_beyond == 100


def test_intervals_of_the_parameters() -> None:
    names: list[Any] = ["alpha", "beta", "churn", "spread"]
    for name in names:
        low, high = MODEL.confidence_interval(name)
        alive = np.array([1000, 869, 743, 653, 593, 551, 517, 491.0])
        limits = beta_geometric_limits(operator.attrgetter(name), alive[:-1], -np.diff(alive), Z)
        assert (low, high) == pytest.approx(limits)
        assert low < getattr(MODEL, name) < high
    narrow = MODEL.confidence_interval("alpha", 0.5)
    assert MODEL.confidence_interval("alpha").low < narrow.low < narrow.high


def test_faces() -> None:
    assert str(MODEL) == (
        "Retention of 1,000 customers, beta-geometric law, alpha 0.668 [0.506, 0.943], "
        "beta 3.81 [2.62, 5.96] (95% profile)\n"
        "Retention rises from 85.1% in period 1 to 93.6% in period 7: customers differ, "
        "and who is likely to leave has left soon.\n"
        "tenure  at risk  churned  observed  fitted\n"
        "     1    1,000      131     0.869  0.8507\n"
        "     2      869      126     0.743  0.7469\n"
        "     3      743       90     0.653  0.6698\n"
        "     4      653       60     0.593  0.6099\n"
        "     5      593       42     0.551  0.5618\n"
        "     6      551       34     0.517  0.5222\n"
        "     7      517       26     0.491  0.4889"
    )
    assert "<caption>Retention of 1,000 customers" in MODEL.to_html()
    frame = MODEL.to_pandas()
    assert frame.columns.tolist() == ["tenure", "at_risk", "churned", "observed", "fitted"]
    assert frame["observed"].tolist() == pytest.approx(
        [0.869, 0.743, 0.653, 0.593, 0.551, 0.517, 0.491]
    )
    assert frame["fitted"].to_numpy() == pytest.approx(MODEL.survival(range(1, 8)))
    row = MODEL.to_dict()
    assert row["n"] == 1000
    assert row["periods"] == 7
    assert list(row) == ["n", "periods", "alpha", "beta", "churn", "spread", "log_likelihood"]


def test_models_are_values() -> None:
    assert fit_retention(HIGH_END) == MODEL
    assert pickle.loads(pickle.dumps(MODEL)) == MODEL
    assert copy.deepcopy(MODEL) == MODEL


def test_groups() -> None:
    models = fit_retention(GROUPS)

    assert models["High End"] == MODEL
    assert models.batch.survival([1, 2]) == pytest.approx(
        np.array([model.survival([1, 2]) for model in models.values()])
    )
    batch: Any = models.batch
    low, high = batch.confidence_interval("alpha")
    own = models["Regular"].confidence_interval("alpha")
    assert (low[1], high[1]) == pytest.approx(tuple(own))
    assert str(models) == (
        "Beta-geometric retention models\n"
        "segment       n  periods   alpha   beta   churn  spread  log likelihood\n"
        "High End  1,000        7  0.6681  3.806  0.1493  0.2235        -1,611.2\n"
        "Regular   1,000        7  0.7041  1.182  0.3733  0.5302        -1,680.3"
    )
    assert models.to_pandas()["alpha"].tolist() == batch.alpha.tolist()
    assert models.batch.summary().count("\n") == 1
    assert len(models.suppress(min_n=1001)) == 2
    assert np.isnan(models.suppress(min_n=1001)["Regular"].churn)
    assert models.suppress(min_n=1001)["Regular"].summary() == (
        "No customer left, so that there is no law."
    )


def test_no_groups_have_no_models() -> None:
    models = fit_retention(GROUPS.batch[:0])

    assert list(models.shape) == [0]
    assert list(models.forecast(3).shape) == [0]
    assert np.size(models.confidence_interval("beta").low) == 0


def test_a_group_that_nobody_left_has_no_law() -> None:
    models = fit_retention(LifeTable.of([2, 2, 1], [0, 0, 1], by=["a", "a", "b"]))

    assert np.isnan(models["a"].alpha)
    assert np.isnan(models["a"].log_likelihood)
    assert np.isnan(models["a"].confidence_interval("alpha").low)
    assert np.isnan(models["a"].forecast(3).value)
    assert models["a"].forecast(3).interval == (0, 100)
    assert models["b"].churn == 1


def test_the_limits_of_the_law_are_told() -> None:
    """One period; churn that does not fall; all at once; and nobody after the first period."""
    words = {
        (10, 8): "One period cannot tell whether customers differ: in every period 20.0% leave.",
        (1000, 800, 640, 512): (
            "There is no sign that customers differ: in every period 20.0% leave."
        ),
        (10, 0): "All customers leave in the first period.",
        (10, 6, 6): (
            "Retention rises from 60.0% in period 1 to 100.0% in period 2: who stays for one "
            "period stays for good, as far as was seen."
        ),
    }

    for alive, told in words.items():
        model = fit_retention(LifeTable.from_survivors(alive))
        assert model.summary() == told
        assert told in str(model)
    alike = fit_retention(LifeTable.from_survivors([1000, 800, 640, 512]))
    assert (alike.spread, alike.alpha, alike.beta) == (0, np.inf, np.inf)
    assert alike.expected_lifetime().value == pytest.approx(5)


def test_customers_who_entered_late() -> None:
    """They are at risk from then on; the curve of those who were seen is the product limit."""
    table = LifeTable.of([1, 2, 3, 3, 4], [1, 1, 1, 0, 0], entry=[0, 0, 1, 0, 2])
    frame = fit_retention(table).to_pandas()

    assert frame["at_risk"].tolist() == [3, 3, 3, 1]
    assert frame["observed"].tolist() == pytest.approx([2 / 3, 4 / 9, 8 / 27, 8 / 27])


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=6).filter(any),
    st.integers(0, 30),
    st.integers(1, 9),
)
def test_forecasts_lie_within_their_intervals(left: list[int], stayed: int, periods: int) -> None:
    model = fit_retention(
        LifeTable(range(1, len(left) + 1), left, [0] * (len(left) - 1) + [stayed])
    )

    forecast = model.forecast(periods)
    low, high = forecast.interval
    assert 0 <= low <= forecast.value + 1e-9
    assert forecast.value - 1e-9 <= high <= 100
    assert low < high


@pytest.mark.parametrize(
    ("table", "error", "message"),
    [
        (
            LifeTable([3], [0], [40]),
            ArgumentError,
            (
                "`table` must have customers who left, or the likelihood has no maximum.\n"
                "Hint: did you mean retention_at(table, tenure)?"
            ),
        ),
        (
            LifeTable.empty(),
            TooFewResponsesError,
            "`table` must have at least one customer, not 0.",
        ),
        (
            LifeTable.of([1, 2], [1, 0], weights=[1, 2]),
            MismatchError,
            "`table` must be a life table without weights.",
        ),
        (
            LifeTable.of([1.0, 2.5], [1, 0]),
            ArgumentError,
            (
                "`table` must have whole tenures, numbers of periods, not 2.5.\n"
                "Hint: did you mean np.ceil(tenure), before it is counted?"
            ),
        ),
        (
            LifeTable([0, 1], [2, 1], [0, 1]),
            ArgumentError,
            (
                "`table` must have tenures from 1, but 2 customers left at tenure 0.\n"
                "Hint: did you mean tenure + 1, the period in which they left?"
            ),
        ),
    ],
)
def test_what_has_no_law(table: LifeTable, error: type[CxMetricsError], message: str) -> None:
    with pytest.raises(error) as caught:
        fit_retention(table)

    assert str(caught.value) == message


def test_only_a_life_table_has_a_law() -> None:
    with pytest.raises(TypeError, match="`table` must be a LifeTable, not float"):
        fit_retention(0.9)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda m: m.forecast(0), "`periods` must be at least 1, not 0."),
        (lambda m: m.forecast(1.5), "`periods` must be a whole number, not 1.5."),
        (lambda m: m.survival(-1), "`periods` must be at least 0, not -1."),
        (lambda m: m.retention_rate(-2), "`period` must be at least 1, not -2."),
        (lambda m: m.residual_lifetime(0, 0.1), "`period` must be at least 1, not 0."),
        (lambda m: m.expected_lifetime(-1), "`discount` must be above -1, not -1."),
        (
            lambda m: m.residual_lifetime(1, -0.5),
            "`discount` must be 0, or at least 1e-06, for a model without a horizon, not -0.5.",
        ),
        (
            lambda m: m.confidence_interval("gamma"),
            "`parameter` must be 'alpha', 'beta', 'churn' or 'spread', not 'gamma'.",
        ),
    ],
)
def test_what_a_model_cannot_tell(ask: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        ask(MODEL)

    assert str(caught.value).splitlines()[0] == message


def test_whole_tenures_may_be_floats() -> None:
    model = fit_retention(LifeTable.of([1.0, 2.0, 2.0], [True, True, False]))

    assert isinstance(model, RetentionModel)
    assert model == fit_retention(LifeTable.of([1, 2, 2], [True, True, False]))
