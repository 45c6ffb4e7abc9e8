import pickle

import pandas as pd
from hypothesis import given

from cxmetrics import Journey, Touchpoint
from tests.strategies import journeys

DINNER = Journey(
    "Dinner",
    [
        Touchpoint("Table", "Arriving", channel="restaurant", senses=["touch", "sight"]),
        Touchpoint("Soup", "Eating", column="soup", senses=["taste"], moment_of_truth=True),
        Touchpoint("Bill", "Leaving", channel="phone", column="bill", moment_of_truth=True),
    ],
)


def test_a_description_tells_what_there_is_and_what_is_not() -> None:
    description = DINNER.describe()

    assert description.name == "Dinner"
    assert description.touchpoints == ("Table", "Soup", "Bill")
    assert description.stages == ("Arriving", "Eating", "Leaving")
    assert description.channels == ("restaurant", "phone")
    assert description.senses == ("sight", "taste", "touch")
    assert description.senses_left_out == ("hearing", "smell")
    assert description.moments_of_truth == ("Soup", "Bill")
    assert description.unmeasured == ("Table",)


def test_a_description_has_faces() -> None:
    description = DINNER.describe()

    assert str(description) == (
        "Dinner\n"
        "aspect            n  names\n"
        "touchpoints       3  Table, Soup, Bill\n"
        "stages            3  Arriving, Eating, Leaving\n"
        "channels          2  restaurant, phone\n"
        "senses            3  sight, taste, touch\n"
        "senses left out   2  hearing, smell\n"
        "moments of truth  2  Soup, Bill\n"
        "unmeasured        1  Table"
    )
    assert description.to_dict() == {
        "name": "Dinner",
        "touchpoints": ["Table", "Soup", "Bill"],
        "stages": ["Arriving", "Eating", "Leaving"],
        "channels": ["restaurant", "phone"],
        "senses": ["sight", "taste", "touch"],
        "senses_left_out": ["hearing", "smell"],
        "moments_of_truth": ["Soup", "Bill"],
        "unmeasured": ["Table"],
    }
    assert isinstance(description.to_pandas(), pd.DataFrame)
    assert list(description.to_pandas()["aspect"]) == list(description.to_dict())[1:]
    assert "<td>Table, Soup, Bill</td>" in description._repr_html_()


@given(journey=journeys())
def test_a_description_is_of_the_whole_journey(journey: Journey) -> None:
    description = journey.describe()

    assert {*description.senses}.isdisjoint(description.senses_left_out)
    assert len(description.senses) + len(description.senses_left_out) == 5
    for each in journey:
        assert (each.name in description.unmeasured) == (each.column is None)
        assert (each.name in description.moments_of_truth) == each.moment_of_truth
        assert {*each.senses} <= {*description.senses}
    assert pickle.loads(pickle.dumps(description)) == description == journey.describe()
