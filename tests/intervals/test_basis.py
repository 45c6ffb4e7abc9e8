import numpy as np
import pytest

import cxmetrics as cx
from cxmetrics import Grouped, LifeTable
from cxmetrics.errors import ArgumentError, MismatchError
from cxmetrics.intervals.basis import Basis

TABLES = LifeTable.of([1, 2, 3, 3, 2, 3], [1, 1, 0, 0, 0, 1], by=list("NNNSSS"))


def test_what_is_made_of_no_summary_has_no_rest() -> None:
    with pytest.raises(MismatchError) as caught:
        Basis.others(cx.churn_per_time(3, 100).basis)

    assert str(caught.value) == (
        "Only what is made from a summary that adds has a rest, not this estimate.\n"
        "Hint: did you mean versus='pairs'?"
    )


def test_a_total_that_is_no_weighted_mean_has_no_versus_total() -> None:
    with pytest.raises(ArgumentError) as caught:
        cx.compare_segments(cx.retention_at(TABLES, 2)).versus_total()

    assert str(caught.value) == (
        "The total of Retention after 2 is no weighted mean of its groups."
    )


def test_names_are_in_the_order_of_the_table() -> None:
    rates = cx.churn_per_time({"b": 3, "a": 5}, {"b": 10.0, "a": 10.0})

    assert cx.compare_segments(rates, versus="previous")["a"].value == pytest.approx(0.2)


def test_medians_have_no_overall_p_value() -> None:
    medians = cx.median_tenure(TABLES)

    overall = cx.compare_segments(Grouped(medians.columns, medians.batch)).overall

    assert np.isnan(overall.pvalue)
    assert "no p-value" in str(overall)


def test_answers_per_effective_answer() -> None:
    assert cx.nps([10, 9, 3]).design_effect == 1
