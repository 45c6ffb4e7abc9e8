"""The sentences, the faces and the refusals of differences; their values stand next door."""

from typing import Any

import numpy as np
import pytest

import cxmetrics as cx
from cxmetrics import ONE_TO_FIVE, ONE_TO_TEN, YES_NO, ZERO_TO_TEN, Counts, Grouped, difference
from cxmetrics.errors import ArgumentError, MismatchError, TooFewResponsesError, ZeroWidthWarning


def of(detractors: int, passives: int, promoters: int) -> cx.Estimate:
    return cx.nps(Counts.from_mapping(ZERO_TO_TEN, {0: detractors, 8: passives, 9: promoters}))


APRIL, MAY, JUNE = of(120, 350, 530), of(220, 300, 480), of(130, 340, 530)


@pytest.mark.parametrize(
    ("after", "before", "options", "sentence"),
    [
        (
            MAY,
            APRIL,
            {},
            ("NPS fell by 15.0 points, from 41.0 to 26.0 "
            "(95% CI of the fall: 8.5 to 21.5; p < 0.001)."),
        ),
        (
            APRIL,
            MAY,
            {"confidence_level": 0.9},
            ("NPS rose by 15.0 points, from 26.0 to 41.0 "
            "(90% CI of the rise: 9.5 to 20.5; p < 0.001)."),
        ),
        (
            JUNE,
            APRIL,
            {},
            ("NPS is 1.0 points lower, 40.0 after 41.0; the data fit anything "
            "from a fall of 7.1 to a rise of 5.1 (95% CI; p = 0.75)."),
        ),
        (
            APRIL,
            JUNE,
            {"null": -5},
            ("NPS is 1.0 points higher, 41.0 after 40.0; the data fit anything "
            "from a fall of 5.1 to a rise of 7.1 (95% CI; p = 0.056 for a change of -5)."),
        ),
        (
            APRIL,
            APRIL,
            {},
            ("NPS is unchanged, 41.0 after 41.0; the data fit anything "
            "from a fall of 6.1 to a rise of 6.1 (95% CI; p = 1.00)."),
        ),
        (
            MAY,
            APRIL,
            {"alternative": "less"},
            ("NPS fell by 15.0 points, from 41.0 to 26.0 "
            "(95% CI of the fall: 9.5 or more; p < 0.001)."),
        ),
        (
            JUNE,
            APRIL,
            {"alternative": "less"},
            ("NPS is 1.0 points lower, 40.0 after 41.0; the data fit anything "
            "up to a rise of 4.2 (95% CI; p = 0.37)."),
        ),
        (
            JUNE,
            APRIL,
            {"alternative": "greater"},
            ("NPS is 1.0 points lower, 40.0 after 41.0; the data fit anything "
            "down to a fall of 6.2 (95% CI; p = 0.63)."),
        ),
        (
            cx.csat(Counts(ONE_TO_FIVE, [20, 0, 0, 0, 80])),
            cx.csat(Counts(ONE_TO_FIVE, [50, 0, 0, 0, 50])),
            {},
            ("CSAT rose by 30.0 percentage points, from 50.0% to 80.0% "
            "(95% CI of the rise: 17.0 to 42.1; p < 0.001)."),
        ),
        (
            cx.ces(Counts(ONE_TO_FIVE, [2, 0, 0, 0, 8])),
            cx.ces(Counts(ONE_TO_FIVE, [3, 0, 0, 0, 7])),
            {"method": "welch"},
            ("CES is 0.40 scale points higher, 4.20 after 3.80; the data fit anything "
            "from a fall of 1.31 to a rise of 2.11 (95% CI; p = 0.63)."),
        ),
    ],
)  # fmt: skip
def test_a_difference_is_one_sentence(
    after: Any, before: Any, options: dict[str, Any], sentence: str
) -> None:
    assert difference(after, before, **options).summary() == sentence


def test_a_difference_has_one_row_with_fixed_keys() -> None:
    row = difference(MAY, APRIL).to_dict()

    assert list(row) == [
        *("metric", "unit", "value", "std_error", "low", "high", "confidence_level"),
        *("statistic", "pvalue", "null", "alternative", "method"),
        *("after", "before", "n_after", "n_before"),
    ]
    assert row["value"] == pytest.approx(-15)
    assert (row["unit"], row["after"], row["before"]) == ("points", 26, 41)
    assert difference(MAY, APRIL).to_dicts() == [row]
    assert str(difference(MAY, APRIL)) == (
        "NPS -15.0 points [-21.5, -8.5] (95% score, p < 0.001, n=1,000 and 1,000)"
    )


def test_grouped_differences_print_as_a_table() -> None:
    def grouped(**areas: list[int]) -> Grouped[cx.Estimate]:
        return cx.csat(Grouped({"area": list(areas)}, Counts(YES_NO, list(areas.values()))), top=1)

    changes = difference(grouped(a=[1, 9], b=[5, 5]), grouped(a=[5, 5], c=[2, 2]))

    assert str(changes).splitlines() == [
        "Change of CSAT in percentage points, 95% score interval",
        "area  change   low  high  after  before  n after  n before      p",
        "a       40.0  -1.3  70.5   90.0    50.0       10        10  0.057",
        "b          –     –     –   50.0       –       10         0      –",  # noqa: RUF001
        "c          –     –     –      –    50.0        0         4      –",  # noqa: RUF001
    ]
    assert changes.batch.summary().splitlines()[1] == (
        "CSAT can't be compared, with 10 answers after and 0 before."
    )
    assert "std. error" in changes._repr_html_()
    assert str(changes.batch).splitlines()[1].split()[0] == "change"
    assert changes.suppress(min_n=20)["a"].after.n == 0
    assert changes.to_pandas()["pvalue"].isna().tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("after", "before", "message"),
    [
        (MAY, cx.csat([5, 4]), "Can't subtract CSAT from NPS."),
        (
            MAY,
            cx.nps([9, 3], label="eNPS"),
            (
                "Can't subtract eNPS from NPS.\n"
                "Hint: if both are the same metric, did you mean one label for both?"
            ),
        ),
        (
            cx.csat([5, 4]),
            cx.csat([10, 4], scale=ONE_TO_TEN),
            "Can't subtract CSAT on scale 1-10 from CSAT on scale 1-5.",
        ),
        (
            cx.nps([10], detractors=(0, 5)),
            cx.nps([10]),
            "Can't subtract NPS from NPS with other cut-points.",
        ),
        (
            cx.csat(Counts(ONE_TO_FIVE, [[1] * 5, [2] * 5])),
            cx.csat([5, 4]),
            "Can't subtract a batch of shape () from one of shape (2,).",
        ),
        (
            MAY,
            [9, 10],
            (
                "Both must be estimates, or both grouped estimates, not Estimate and list.\n"
                "Hint: did you mean difference(nps(after), nps(before))?"
            ),
        ),
        (
            cx.csat(Counts.of([5], ONE_TO_FIVE, by=["a"])),
            cx.csat(Counts.of([5], ONE_TO_FIVE, by={"year": ["a"]})),
            "Both must be grouped by segment, not year.",
        ),
    ],
)
def test_what_does_not_belong_together_is_not_subtracted(
    after: Any, before: Any, message: str
) -> None:
    with pytest.raises(MismatchError) as error:
        difference(after, before)

    assert str(error.value) == message


def test_an_empty_side_is_an_error_alone() -> None:
    empty = cx.nps(Counts(ZERO_TO_TEN, np.zeros((1, 11))))[0]

    for name, pair in (("after", (empty, MAY)), ("before", (MAY, empty))):
        with pytest.raises(TooFewResponsesError) as error:
            difference(*pair)
        assert str(error.value) == f"`{name}` must have at least one response, not 0."


def test_wrong_options_are_explained() -> None:
    for options, message in (
        (
            {"method": "z"},
            "`method` must be 'score', 'mover', 'welch' or 'permutation', not 'z'.",
        ),
        (
            {"method": "permutation", "null": 5},
            "`null` must be 0 for method='permutation', not 5.",
        ),
        ({"rng": -1}, "`rng` must be a numpy Generator or a whole number from 0, not -1."),
        ({"null": 201}, "`null` must be between -200 and 200, not 201."),
        (
            {"alternative": "up"},
            "`alternative` must be 'two-sided', 'less' or 'greater', not 'up'.",
        ),
        ({"confidence_level": 0}, "`confidence_level` must be strictly between 0 and 1, not 0."),
    ):
        wrong: dict[str, Any] = options
        with pytest.raises(ArgumentError) as error:
            difference(MAY, APRIL, **wrong)
        assert str(error.value) == message


def test_one_answer_on_a_side_is_no_error() -> None:
    one = cx.nps([10])

    score, welch = difference(one, APRIL), difference(one, APRIL, method="welch")

    assert -200 < score.interval.low < score.value < score.interval.high < 200
    assert (welch.interval, welch.pvalue) == ((-200.0, 200.0), 1)


def test_welch_warns_where_all_answers_are_alike() -> None:
    with pytest.warns(ZeroWidthWarning):
        alike = difference(of(0, 0, 10), of(0, 0, 8), method="welch")

    assert (alike.interval, alike.statistic, alike.pvalue) == ((0.0, 0.0), 0, 1)


@pytest.mark.parametrize(
    ("options", "hypothesis"),
    [
        ({}, "NPS after - before = 0.0 points"),
        ({"null": 5, "alternative": "greater"}, "NPS after - before <= 5.0 points"),
        ({"method": "permutation"}, "answers to NPS are distributed alike after and before"),
    ],
)
def test_the_null_hypothesis_is_told_in_words(options: Any, hypothesis: str) -> None:
    after, before = cx.nps([10, 9, 9, 8, 7]), cx.nps([10, 6, 3, 8, 9])

    assert cx.difference(after, before, **options).null_hypothesis == hypothesis
