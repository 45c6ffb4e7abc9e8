"""Write the summaries that `cxmetrics.datasets.airport` reads, from the rows of the survey.

    python tools/airport_summaries.py SURVEY.csv

Only numbers of answers and sums of weights are kept, no respondent's row.
"""

import csv
import json
import sys
from collections import defaultdict
from math import fsum
from pathlib import Path
from typing import Any

from cxmetrics import ONE_TO_FIVE, ZERO_TO_TEN, Counts, Grouped

TARGET = Path(__file__).parents[1] / "src/cxmetrics/data/airport.json"

SOURCE = (
    "San Francisco International Airport customer surveys 2017 and 2018, "
    "City of San Francisco open data, public domain"
)
FIRST_QUESTION = "recommend"  # the columns before it are about the respondent
NO_ANSWER = ["", "not used"]

Rows = list[dict[str, str]]


def airport_json(rows: Rows) -> str:
    """All questions, each on lines of its own."""
    columns = list(rows[0])
    questions = columns[columns.index(FIRST_QUESTION) :]
    entries = ",\n".join(f'"{name}":{_question_json(rows, name)}' for name in questions)
    return f'{{"source":{json.dumps(SOURCE)},\n"questions":{{\n{entries}\n}}}}\n'


def _question_json(rows: Rows, question: str) -> str:
    by: dict[str, list[Any]] = {
        "year": [int(row["year"]) for row in rows],
        "boarding_area": [row["boarding_area"] for row in rows],
        "flight": [row["flight"] for row in rows],
    }
    scale = ZERO_TO_TEN if question == "recommend" else ONE_TO_FIVE
    answers = [row[question] for row in rows]
    counts = Counts.of(answers, scale, by=by, missing=NO_ANSWER)
    keys = list(zip(*by.values(), strict=True))
    weights = _weight_sums(counts, keys, answers, [float(row["weight"]) for row in rows])
    return f'{{\n"counts":{_compact(counts.to_dict())},\n"weights":{_compact(weights)}}}'


def _weight_sums(
    counts: Grouped[Counts], keys: list[Any], answers: list[str], weights: list[float]
) -> dict[str, list[list[float]]]:
    """Σω and Σω² per group and point, in the order of the counts."""
    cells = defaultdict(list)
    for key, answer, weight in zip(keys, answers, weights, strict=True):
        cells[key, answer].append(weight)
    points = counts.batch.scale.points.tolist()
    parts = [[cells[key, str(point)] for point in points] for key in counts]
    return {
        "sums": [[_rounded(fsum(part)) for part in row] for row in parts],
        "squares": [[_rounded(fsum(w**2 for w in part)) for part in row] for row in parts],
    }


def _rounded(number: float) -> float:
    """Ten digits, as many as the weights of the survey have."""
    return float(f"{number:.10g}")


def _compact(content: object) -> str:
    return json.dumps(content, separators=(",", ":"))


def main(survey: str, target: Path = TARGET) -> None:
    """Read the survey and write the summaries."""
    with Path(survey).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    target.parent.mkdir(exist_ok=True)
    target.write_text(airport_json(rows), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004
        sys.exit("usage: python tools/airport_summaries.py SURVEY.csv")
    main(sys.argv[1])
