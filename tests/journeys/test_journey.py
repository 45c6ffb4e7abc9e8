import copy
import html
import json
import pickle
from contextlib import suppress
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics import ONE_TO_FIVE, Journey, Persona, Touchpoint
from cxmetrics.errors import ArgumentError, CxMetricsError, FormatError, UnknownKeyError
from cxmetrics.journeys.journey import LANES, MOST_TOUCHPOINTS
from tests.strategies import journeys, junk, names, touchpoints

ORDER = Touchpoint(
    "Order", "Buying", channel="web", column="ordering", scale=ONE_TO_FIVE, senses=["sight"]
)
PACKING = Touchpoint("Packing", "Buying", layer="backstage", owner="Stock", missing=[9, 99])
STOCK = Touchpoint("Stock list", "Buying", layer="support")
DOOR = Touchpoint(
    "Handover", "Delivery", channel="courier", column="delivery", expectation=80,
    moment_of_truth=True,
)  # fmt: skip
SHOP = Journey("Web shop", [ORDER, PACKING, STOCK, DOOR])
NEWCOMER = Persona("newcomers", {"orders": [1]})


def test_a_journey_is_a_list_in_which_each_touchpoint_is_found_by_its_name() -> None:
    assert list(SHOP) == [ORDER, PACKING, STOCK, DOOR]
    assert len(SHOP) == 4
    assert SHOP["Packing"] is PACKING
    assert "Packing" in SHOP
    assert PACKING in SHOP
    assert "packing" not in SHOP
    assert Touchpoint("Packing", "Delivery") not in SHOP
    assert 1 not in SHOP


def test_a_journey_knows_its_parts_in_order() -> None:
    assert SHOP.names == ("Order", "Packing", "Stock list", "Handover")
    assert SHOP.stages == ("Buying", "Delivery")
    assert SHOP.channels == ("web", "courier")


def test_the_lanes_are_those_of_a_service_blueprint() -> None:
    """Bitner, Ostrom and Morgan (2008), figure 1: five components, three lines between them.

    The fifth, physical evidence, stands above the actions of customers; a journey has none.
    """
    assert tuple(SHOP.lanes) == LANES
    assert SHOP.lanes == {
        "customer actions": ("Buying", "Delivery"),
        "line of interaction": (),
        "frontstage": ("Order", "Handover"),
        "line of visibility": (),
        "backstage": ("Packing",),
        "line of internal interaction": (),
        "support": ("Stock list",),
    }


def test_a_journey_is_frozen() -> None:
    touchpoints = [ORDER]
    journey = Journey("Web shop", touchpoints)
    touchpoints.append(DOOR)

    assert journey.touchpoints == (ORDER,)
    with pytest.raises(AttributeError):
        journey.name = "Shop"  # type: ignore[misc]
    assert {journey: 1}[Journey("Web shop", iter([ORDER]))] == 1  # type: ignore[arg-type]


def test_a_touchpoint_is_put_where_it_is_wanted() -> None:
    mail = Touchpoint("Mail", "Buying")

    assert SHOP.with_touchpoint(mail).names[-1] == "Mail"
    assert SHOP.with_touchpoint(mail, before="Order").names[:2] == ("Mail", "Order")
    assert SHOP.with_touchpoint(mail, after="Order").names[:3] == ("Order", "Mail", "Packing")
    assert SHOP.with_touchpoint(mail, after="Handover").names[-1] == "Mail"
    assert len(SHOP) == 4


def test_parts_of_a_journey_are_journeys() -> None:
    journey = Journey("Web shop", SHOP, persona=NEWCOMER)  # type: ignore[arg-type]

    assert journey.select(stage="Buying").names == ("Order", "Packing", "Stock list")
    assert journey.select(channel="courier").names == ("Handover",)
    assert journey.select(stage="Buying", layer="backstage").names == ("Packing",)
    assert journey.select(stage="Buying", channel="courier").names == ()
    assert SHOP.select(stage="Delivery").select(layer="support").names == ()
    assert journey.select() == journey
    assert journey.select(stage="Buying").persona == NEWCOMER


# -- Faces


def test_a_journey_is_a_table_in_order() -> None:
    assert str(SHOP) == (
        "Web shop, 4 touchpoints\n"
        "touchpoint  stage     channel  layer       metric  column\n"
        "Order       Buying    web      frontstage  csat    ordering\n"
        "Packing     Buying    –        backstage   csat    –\n"  # noqa: RUF001
        "Stock list  Buying    –        support     csat    –\n"  # noqa: RUF001
        "Handover    Delivery  courier  frontstage  csat    delivery"
    )
    newcomers = Journey("Web shop", [ORDER], persona=NEWCOMER)
    assert str(newcomers).splitlines()[0] == "Web shop of newcomers, 1 touchpoint"
    assert SHOP.to_markdown().splitlines()[2] == (
        "| Order | Buying | web | frontstage | csat | ordering |"
    )


def test_html_has_what_text_has_no_room_for() -> None:
    page = SHOP._repr_html_()

    for name in ("owner", "senses", "emotions", "expectation", "moment of truth"):
        assert f"<th>{name}</th>" in page
    assert "<td>sight</td>" in page
    assert "<td>Stock</td>" in page


def test_frames_have_every_content() -> None:
    row = SHOP.to_dicts()[0]

    assert list(row) == [
        *("name", "stage", "channel", "layer", "owner", "column", "scale", "metric", "missing"),
        *("not_used", "senses", "emotions", "expectation", "moment_of_truth", "description"),
    ]
    assert (row["scale"], row["senses"], row["moment_of_truth"]) == ("1-5", "sight", False)
    assert SHOP.to_dicts()[1]["missing"] == "9, 99"
    assert SHOP.to_dicts()[3]["expectation"] == 80


@given(journey=journeys())
def test_every_journey_has_every_face(journey: Journey) -> None:
    n = len(journey)

    assert [len(journey.to_pandas()), len(journey.to_polars()), len(journey.to_arrow())] == [n] * 3
    assert isinstance(journey.to_pandas(), pd.DataFrame)
    assert isinstance(journey.to_polars(), pl.DataFrame)
    assert isinstance(journey.to_arrow(), pa.Table)
    assert str(journey).startswith(journey.name)
    assert journey.to_html().count("<tr>") == n + 1
    assert all(html.escape(each.name) in journey.to_html() for each in journey)
    assert "<b>" not in journey.to_html()


# -- Storing


def test_a_journey_is_stored_as_plain_data() -> None:
    assert Journey("Web shop", [ORDER], persona=NEWCOMER).to_dict() == {
        "version": 1,
        "kind": "Journey",
        "name": "Web shop",
        "persona": {"name": "newcomers", "where": {"orders": [1]}},
        "touchpoints": [
            {
                "name": "Order",
                "stage": "Buying",
                "channel": "web",
                "column": "ordering",
                "scale": {"low": 1, "high": 5},
                "senses": ["sight"],
            }
        ],
    }
    assert list(SHOP.to_dict()) == ["version", "kind", "name", "touchpoints"]


@given(journey=journeys())
def test_a_journey_survives_storing(journey: Journey) -> None:
    assert Journey.from_dict(journey.to_dict()) == journey
    assert Journey.from_dict(json.loads(json.dumps(journey.to_dict()))) == journey
    assert Journey.from_json(journey.to_json()) == journey
    assert repr(Journey.from_json(journey.to_json())) == repr(journey)
    assert pickle.loads(pickle.dumps(journey)) == journey
    assert copy.deepcopy(journey) == journey


# -- Laws


@given(journey=journeys(), touchpoint=touchpoints(), data=st.data())
def test_what_is_put_in_and_taken_out_leaves_the_journey_as_it_was(
    journey: Journey, touchpoint: Touchpoint, data: st.DataObject
) -> None:
    journey = journey.without(touchpoint.name) if touchpoint.name in journey else journey
    place = data.draw(st.sampled_from([None, *journey.names]))

    for longer in (
        journey.with_touchpoint(touchpoint, before=place),
        journey.with_touchpoint(touchpoint, after=place),
    ):
        assert longer[touchpoint.name] == touchpoint
        assert len(longer) == len(journey) + 1
        assert longer.without(touchpoint.name) == journey


@given(journey=journeys())
def test_stages_and_layers_divide_the_touchpoints(journey: Journey) -> None:
    by_stage = [name for stage in journey.stages for name in journey.select(stage=stage).names]
    by_lane = [name for lane in LANES[1:] for name in journey.lanes[lane]]

    assert sorted(by_stage) == sorted(journey.names) == sorted(by_lane)


@given(journey=journeys(), name=names())
def test_a_touchpoint_is_found_exactly_if_it_is_in(journey: Journey, name: str) -> None:
    try:
        assert journey[name].name == name
    except UnknownKeyError:
        assert name not in journey
    else:
        assert name in journey


# -- Errors


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: Journey("", []),
            ArgumentError,
            "`name` must be a text that is not blank, not ''.",
        ),
        (
            lambda: Journey("Shop", [ORDER, DOOR, Touchpoint("Order", "Delivery")]),
            ArgumentError,
            "`touchpoints[2].name` must be unique, not 'Order', as at 0.",
        ),
        (
            lambda: Journey("Shop", "Order"),  # type: ignore[arg-type]
            ArgumentError,
            (
                "`touchpoints` must be a list of values, not 'Order'.\n"
                "Hint: did you mean touchpoints=['Order']?"
            ),
        ),
        (
            lambda: Journey("Shop", [ORDER] * (MOST_TOUCHPOINTS + 1)),
            ArgumentError,
            "`touchpoints` must have at most 10,000 entries, not 10,001.",
        ),
        (
            lambda: Journey("Shop", [ORDER, "Door"]),  # type: ignore[list-item]
            TypeError,
            "`touchpoints[1]` must be a Touchpoint, not str.",
        ),
        (
            lambda: Journey("Shop", [], persona="newcomers"),  # type: ignore[arg-type]
            TypeError,
            "`persona` must be a Persona, not str.",
        ),
        (
            lambda: SHOP["Hand-over"],
            UnknownKeyError,
            "There is no touchpoint 'Hand-over'.\nHint: did you mean 'Handover'?",
        ),
        (lambda: SHOP["Mail"], UnknownKeyError, "There is no touchpoint 'Mail'."),
        (
            lambda: SHOP.without("order"),
            UnknownKeyError,
            "There is no touchpoint 'order'.\nHint: did you mean 'Order'?",
        ),
        (
            lambda: SHOP.with_touchpoint(Touchpoint("Mail", "Buying"), before="Oder"),
            UnknownKeyError,
            "There is no touchpoint 'Oder'.\nHint: did you mean 'Order'?",
        ),
        (
            lambda: SHOP.with_touchpoint(DOOR),
            ArgumentError,
            "`touchpoints[4].name` must be unique, not 'Handover', as at 3.",
        ),
        (
            lambda: SHOP.with_touchpoint(STOCK, before="Order", after="Packing"),
            ArgumentError,
            "`before` and `after` must not be given both.",
        ),
        (
            lambda: SHOP.select(stage="Delivry"),
            UnknownKeyError,
            "There is no stage 'Delivry'.\nHint: did you mean 'Delivery'?",
        ),
        (lambda: SHOP.select(channel="phone"), UnknownKeyError, "There is no channel 'phone'."),
        (
            lambda: SHOP.select(layer="stage"),  # type: ignore[arg-type]
            UnknownKeyError,
            "There is no layer 'stage'.\nHint: did you mean 'backstage'?",
        ),
        (
            lambda: SHOP.diff("Shop"),  # type: ignore[arg-type]
            TypeError,
            "`other` must be a Journey, not str.",
        ),
    ],
)
def test_errors_word_for_word(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as raised:
        call()

    assert str(raised.value) == message


def test_a_journey_may_have_as_many_touchpoints_as_can_be_stored() -> None:
    many = Journey("Many", [Touchpoint(f"{i}", "s") for i in range(MOST_TOUCHPOINTS)])

    assert len(Journey.from_json(many.to_json())) == MOST_TOUCHPOINTS


STORED = SHOP.to_dict()


def with_touchpoints(*stored: Any) -> dict[str, Any]:
    return STORED | {"touchpoints": [{"name": "A", "stage": "S"}, *stored]}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("Shop", "A stored journey must be a dict, not 'Shop'."),
        ({}, "A stored journey must have the key 'version'."),
        ({"version": 1}, "A stored journey must have the key 'kind'."),
        (STORED | {"version": 2}, "`version` must be 1, not 2."),
        (STORED | {"version": True}, "`version` must be a whole number, not True."),
        (STORED | {"kind": "Counts"}, "`kind` must be 'Journey', not 'Counts'."),
        (STORED | {"name": " "}, "`name` must be a text that is not blank, not ' '."),
        (
            STORED | {"touchpoint": []},
            (
                "A stored journey must not have the key 'touchpoint'.\n"
                "Hint: did you mean 'touchpoints'?"
            ),
        ),
        (STORED | {"touchpoints": {}}, "`touchpoints` must be a list, not {}."),
        (
            STORED | {"touchpoints": [{}] * 10_001},
            "`touchpoints` must have at most 10,000 entries, not 10,001.",
        ),
        (with_touchpoints(3), "`touchpoints[1]` must be a dict, not 3."),
        (with_touchpoints({"name": "B"}), "`touchpoints[1]` must have the key 'stage'."),
        (
            with_touchpoints({"name": "B", "stage": "S", "chanel": "web"}),
            "`touchpoints[1]` must not have the key 'chanel'.\nHint: did you mean 'channel'?",
        ),
        (
            with_touchpoints({"name": "B", "stage": "S", "senses": ["sihgt"]}),
            (
                "`touchpoints[1].senses[0]` must be 'sight', 'hearing', 'taste', 'smell' or "
                "'touch', not 'sihgt'.\nHint: did you mean 'sight'?"
            ),
        ),
        (
            with_touchpoints({"name": "B", "stage": "S", "metric": "NPS"}),
            (
                "`touchpoints[1].metric` must be 'csat', 'nps', 'ces', 'mean_score', 'top_box', "
                "'bottom_box' or 'net_score', not 'NPS'."
            ),
        ),
        (
            with_touchpoints({"name": "B", "stage": "S", "channel": None}),
            "`touchpoints[1].channel` must be a text, not None.",
        ),
        (
            with_touchpoints({"name": "B", "stage": "S", "moment_of_truth": "yes"}),
            "`touchpoints[1].moment_of_truth` must be a boolean, not 'yes'.",
        ),
        (
            with_touchpoints({"name": "B", "stage": "S", "expectation": True}),
            "`touchpoints[1].expectation` must be a finite number, not True.",
        ),
        (
            with_touchpoints({"name": "B", "stage": "S", "scale": {"low": 1}}),
            "`touchpoints[1].scale` must have the key 'high'.",
        ),
        (
            with_touchpoints({"name": "B", "stage": "S", "scale": {"low": 1.5, "high": 5}}),
            "`touchpoints[1].scale.low` must be a whole number, not 1.5.",
        ),
        (
            with_touchpoints({"name": "B", "stage": "S", "scale": {"low": 5, "high": 5}}),
            "Can't read `touchpoints[1]`: `low` must be less than `high`, not 5 and 5.",
        ),
        (
            with_touchpoints({"name": "B", "stage": "S", "missing": ["x"], "not_used": ["x"]}),
            (
                "Can't read `touchpoints[1]`: `not_used` must have other codes than `missing`, "
                "not 'x' as well."
            ),
        ),
        (
            with_touchpoints({"name": "A", "stage": "S"}),
            "Can't read `journey`: `touchpoints[1].name` must be unique, not 'A', as at 0.",
        ),
        (STORED | {"persona": {"name": "x"}}, "`persona` must have the key 'where'."),
        (
            STORED | {"persona": {"name": "x", "where": {"y": [None]}}},
            "`persona.where['y'][0]` must be a text, a finite number or a boolean, not None.",
        ),
    ],
)
def test_stored_mistakes_are_told_with_their_place(data: Any, message: str) -> None:
    with pytest.raises(FormatError) as error:
        Journey.from_dict(data)

    assert str(error.value) == message


@given(x=junk(), y=junk())
def test_mistakes_are_explained(x: Any, y: Any) -> None:
    calls: list[Any] = [
        lambda: Journey(x, y),
        lambda: Journey("Shop", [ORDER], persona=x),
        lambda: SHOP[x],
        lambda: x in SHOP,
        lambda: SHOP.without(x),
        lambda: SHOP.with_touchpoint(x),
        lambda: SHOP.with_touchpoint(Touchpoint("Mail", "S"), before=x, after=y),
        lambda: SHOP.select(stage=x, channel=y),
        lambda: SHOP.select(layer=x),
        lambda: SHOP.diff(x),
        lambda: SHOP.to_mermaid(x),
        lambda: Journey.from_dict(x),
        lambda: Journey.from_json(x),
        lambda: Journey.from_dict(STORED | {"touchpoints": x, "persona": y}),
        lambda: Journey.from_dict(with_touchpoints(x)),
    ]
    for call in calls:
        with suppress(CxMetricsError, TypeError):
            call()
