"""Journeys as Mermaid diagrams, in which a name is text whatever its characters."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby, pairwise

from cxmetrics.journeys.touchpoint import Touchpoint

NEUTRAL = 3
"""Mermaid draws a face from 1, sad, to 5, happy; a journey alone knows of no scores."""

PLAIN = re.compile(r"(?<=[^\W_])-(?=[^\W_])|[^\W_]| ")
"""Letters, digits, spaces and hyphens inside of words, which no syntax gives a meaning."""

DIRECTION = re.compile("direction(?= (?:TB|TD|BT|RL|LR))")
"""What Mermaid takes for a statement wherever it is in a line of a flowchart, even in quotes."""

WIDE = str.maketrans("<>", "\uff1c\uff1e")

KEYWORD = re.compile("title|section|journey|acc", re.IGNORECASE)
"""What Mermaid takes for a statement wherever a touchpoint's name begins with it."""


def journey_diagram(title: str, customer: str, touchpoints: Sequence[Touchpoint]) -> str:
    """A user journey: a section per stage, a line per touchpoint with those who take part."""
    lines = ["journey", f"    title {escaped(title)}"]
    for stage, group in groupby(touchpoints, lambda touchpoint: touchpoint.stage):
        lines.append(f"    section {escaped(stage)}")
        lines += [f"        {_task(touchpoint, customer)}" for touchpoint in group]
    return "\n".join(lines) + "\n"


def blueprint_diagram(title: str, lanes: Mapping[str, Sequence[str]]) -> str:
    """A flowchart with a box per lane, from top to bottom, and between them the lines."""
    lines = ["---", f"title: {_quoted(title)}", "---", "flowchart TB"]
    crossed: list[str] = []
    above = ""
    for lane, names in lanes.items():
        if lane.startswith("line"):
            crossed.append(lane)
        elif names:
            box = lane.replace(" ", "_")
            lines += _box(box, lane.capitalize(), names)
            lines += [f'    {above} -.-|"{", ".join(crossed)}"| {box}'] * bool(above)
            above, crossed = box, []
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Text on one line, with entities for all that Mermaid, Markdown or HTML might read."""
    line = _one_line(text)
    plain = {match.start() for match in PLAIN.finditer(line)}
    plain -= {match.start() for match in DIRECTION.finditer(line)}
    return "".join(c if i in plain else _entity(c) for i, c in enumerate(line))


def _task(touchpoint: Touchpoint, customer: str) -> str:
    name = escaped(touchpoint.name)
    if KEYWORD.match(name):
        name = _entity(name[0]) + name[1:]
    people = [customer] * (touchpoint.layer == "frontstage") + [touchpoint.owner or ""]
    actors = ", ".join(escaped(person) for person in people if person)
    return f"{name}: {NEUTRAL}: {actors}" if actors else f"{name}: {NEUTRAL}"


def _box(box: str, title: str, names: Iterable[str]) -> list[str]:
    """A subgraph in which the names follow each other."""
    nodes = {f"{box}_{i}": name for i, name in enumerate(names, 1)}
    return [
        f'    subgraph {box}["{title}"]',
        "        direction LR",
        *(f'        {node}["{escaped(name)}"]' for node, name in nodes.items()),
        *(f"        {one} --> {next_one}" for one, next_one in pairwise(nodes)),
        "    end",
    ]


def _one_line(text: str) -> str:
    """Text on one line, with a mark for each character that no document may have."""
    words = " ".join(text.split())
    return "".join("\ufffd" if unicodedata.category(c) in {"Cc", "Cs"} else c for c in words)


def _entity(character: str) -> str:
    return f"#{ord(character)};"


def _quoted(text: str) -> str:
    """Text in double quotes, as YAML reads it, safe in HTML.

    Mermaid reads a title as HTML, and entities not at all: so angles become wide ones.
    """
    quoted = json.dumps(_one_line(text).translate(WIDE))
    return quoted.replace("&", "\\u0026")
