import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics import Journey, Persona, Touchpoint
from cxmetrics.errors import ArgumentError
from cxmetrics.journeys.mermaid import escaped
from tests.strategies import journeys, names

TEXT = r"(?:[^\W_]|[ -]|#\d+;)+"
"""What may stand for a name: letters, digits, spaces, hyphens, and entities."""

TASK = re.compile(rf" {{8}}({TEXT}): 3(?:: ({TEXT}(?:, {TEXT})?))?")
NODE = re.compile(rf' {{8}}(\w+)\["({TEXT})"\]')

SHOP = Journey(
    "Web shop",
    [
        Touchpoint("Order", "Buying", owner="Shop team"),
        Touchpoint("Packing", "Buying", layer="backstage"),
        Touchpoint("Stock list", "Buying", layer="support", owner="IT"),
        Touchpoint("Hand-over", "Delivery"),
        Touchpoint("Refund (if any)", "Buying"),
    ],
    persona=Persona("New customer"),
)


def read(text: str) -> str:
    """What Mermaid shows: entities are the characters of their numbers."""
    return re.sub(r"#(\d+);", lambda match: chr(int(match[1])), text)


def on_one_line(text: str) -> str:
    shown = re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", "\ufffd", " ".join(text.split()))
    return shown.strip()


def test_a_journey_has_a_section_per_stage_and_a_line_per_touchpoint() -> None:
    """As in Mermaid's documentation of user journeys: name, score, and who takes part."""
    assert SHOP.to_mermaid() == (
        "journey\n"
        "    title Web shop\n"
        "    section Buying\n"
        "        Order: 3: New customer, Shop team\n"
        "        Packing: 3\n"
        "        Stock list: 3: IT\n"
        "    section Delivery\n"
        "        Hand-over: 3: New customer\n"
        "    section Buying\n"
        "        Refund #40;if any#41;: 3: New customer\n"
    )


def test_a_blueprint_has_a_box_per_lane() -> None:
    assert SHOP.to_mermaid("blueprint") == (
        "---\n"
        'title: "Web shop"\n'
        "---\n"
        "flowchart TB\n"
        '    subgraph customer_actions["Customer actions"]\n'
        "        direction LR\n"
        '        customer_actions_1["Buying"]\n'
        '        customer_actions_2["Delivery"]\n'
        "        customer_actions_1 --> customer_actions_2\n"
        "    end\n"
        '    subgraph frontstage["Frontstage"]\n'
        "        direction LR\n"
        '        frontstage_1["Order"]\n'
        '        frontstage_2["Hand-over"]\n'
        '        frontstage_3["Refund #40;if any#41;"]\n'
        "        frontstage_1 --> frontstage_2\n"
        "        frontstage_2 --> frontstage_3\n"
        "    end\n"
        '    customer_actions -.-|"line of interaction"| frontstage\n'
        '    subgraph backstage["Backstage"]\n'
        "        direction LR\n"
        '        backstage_1["Packing"]\n'
        "    end\n"
        '    frontstage -.-|"line of visibility"| backstage\n'
        '    subgraph support["Support"]\n'
        "        direction LR\n"
        '        support_1["Stock list"]\n'
        "    end\n"
        '    backstage -.-|"line of internal interaction"| support\n'
    )


def test_a_lane_without_touchpoints_is_left_out_of_a_blueprint() -> None:
    text = SHOP.without("Packing").to_mermaid("blueprint")

    assert "backstage" not in text
    assert (
        '    frontstage -.-|"line of visibility, line of internal interaction"| support\n' in text
    )


def test_an_empty_journey_is_an_empty_diagram() -> None:
    nothing = Journey("Nothing", [])

    assert nothing.to_mermaid() == "journey\n    title Nothing\n"
    assert nothing.to_mermaid("blueprint") == '---\ntitle: "Nothing"\n---\nflowchart TB\n'


@pytest.mark.parametrize("word", ["title", "Section 5", "JOURNEY", "Journey planner", "accTitle"])
def test_no_touchpoint_is_taken_for_a_statement(word: str) -> None:
    """Mermaid's grammar reads these words at the start of a line before it looks for a name."""
    (line,) = Journey("Any", [Touchpoint(word, "Any")]).to_mermaid().splitlines()[3:]

    assert re.match(r" {8}#\d+;", line)
    assert read(line) == f"        {word}: 3: Customer"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Check-in", "Check-in"),
        ("Größe 2", "Größe 2"),
        ("日本", "日本"),
        ("a: b; c", "a#58; b#59; c"),
        ("#35;", "#35;35#59;"),
        ('"[x]"', "#34;#91;x#93;#34;"),
        ("<b>&amp;", "#60;b#62;#38;amp#59;"),
        ("a -- b --> c", "a #45;#45; b #45;#45;#62; c"),
        ("- 1. _x_", "#45; 1#46; #95;x#95;"),
        ("%% x", "#37;#37; x"),
        (" two\n\tlines ", "two lines"),
        ("\N{WAVING HAND SIGN}", "#128075;"),
        ("a\x00b\x7f", "a#65533;b#65533;"),
        ("Change of direction LR", "Change of #100;irection LR"),
        ("In one direction\nTB", "In one #100;irection TB"),
        ("A new direction", "A new direction"),
    ],
)
def test_names_are_escaped(name: str, text: str) -> None:
    assert escaped(name) == text


def test_a_blueprint_has_a_title_that_is_no_html() -> None:
    """Mermaid drops what looks like an element, and shows entities as they are written."""
    title = Journey('Orders <b> & "returns" > 50', []).to_mermaid("blueprint").splitlines()[1]

    assert json.loads(title.removeprefix("title: ")) == (
        'Orders \N{FULLWIDTH LESS-THAN SIGN}b\N{FULLWIDTH GREATER-THAN SIGN} & "returns" '
        "\N{FULLWIDTH GREATER-THAN SIGN} 50"
    )


@given(name=st.one_of(names(), st.text()))
def test_an_escaped_name_is_the_name(name: str) -> None:
    assert read(escaped(name)) == on_one_line(name)
    assert re.fullmatch(f"(?:{TEXT})?", escaped(name))


@given(journey=journeys())
def test_every_touchpoint_is_one_statement(journey: Journey) -> None:
    first, title, *others = journey.to_mermaid().split("\n")
    tasks = [match for line in others if (match := TASK.fullmatch(line))]
    sections = [line for line in others if re.fullmatch(rf" {{4}}section {TEXT}", line)]

    assert first == "journey"
    assert read(title) == f"    title {on_one_line(journey.name)}"
    assert [read(task[1]) for task in tasks] == [on_one_line(name) for name in journey.names]
    assert len(tasks) + len(sections) + 1 == len(others)
    assert not any(re.match("title|section|journey|acc", t[1], re.IGNORECASE) for t in tasks)


@given(journey=journeys())
def test_every_touchpoint_is_one_node(journey: Journey) -> None:
    lines = journey.to_mermaid("blueprint").split("\n")
    nodes = [match for line in lines if (match := NODE.fullmatch(line))]
    texts = [name for lane in journey.lanes.values() for name in lane]
    boxes = [lane for lane in journey.lanes.values() if lane]

    assert [read(node[2]) for node in nodes] == [on_one_line(text) for text in texts]
    assert len({node[1] for node in nodes}) == len(nodes)
    links = sum(len(box) - 1 for box in boxes) + max(len(boxes) - 1, 0)
    assert len(lines) == 5 + len(nodes) + links + 3 * len(boxes)


@given(journey=journeys())
def test_diagrams_are_text_in_html_too(journey: Journey) -> None:
    assert not set("<&") & set(journey.to_mermaid() + journey.to_mermaid("blueprint"))


def test_an_unknown_diagram_is_an_error() -> None:
    with pytest.raises(ArgumentError) as error:
        SHOP.to_mermaid("blue print")  # type: ignore[arg-type]

    assert str(error.value) == (
        "`kind` must be 'journey' or 'blueprint', not 'blue print'.\n"
        "Hint: did you mean 'blueprint'?"
    )
