"""Write the summaries that `cxmetrics.datasets.airport` reads, from the rows of the survey.

    python tools/airport_summaries.py SURVEY.csv

Only numbers of answers and sums over weights and flights are kept, no respondent's row.
"""

import csv
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cxmetrics import ONE_TO_FIVE, ZERO_TO_TEN, Counts
from cxmetrics.summaries.design import Clustered, Weighted

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
    years = [int(row["year"]) for row in rows]
    by: dict[str, list[Any]] = {
        "year": years,
        "boarding_area": [row["boarding_area"] for row in rows],
        "flight": [row["flight"] for row in rows],
    }
    counts = Counts.of(
        [row[question] for row in rows],
        ZERO_TO_TEN if question == "recommend" else ONE_TO_FIVE,
        by=by,
        missing=NO_ANSWER,
        weights=[float(row["weight"]) for row in rows],
        # Who handed in without a flight is a cluster of their own.
        clusters={"year": years, "flight_run": [row["flight_run"] or None for row in rows]},
    )
    plain = counts.map(lambda batch: replace(batch, design=None))
    sums = _sums(counts.batch.design)
    return f'{{\n"counts":{_compact(plain.to_dict())},\n"design":{_compact(sums)}}}'


def _sums(design: Weighted | None) -> dict[str, list[Any]]:
    """What the summaries keep of weights and flights; of each square table one half."""
    if not isinstance(design, Clustered) or np.any(design.overlap):
        sys.exit("A flight must leave from one boarding area, in one year.")
    upper = design.products[:, *np.triu_indices(design.size)]
    return {
        "weights": _rounded(design.weights),
        "squares": _rounded(design.squares),
        "products": _rounded(upper),
        "n_clusters": np.asarray(design.n_clusters).tolist(),
    }


def _rounded(table: npt.NDArray[np.float64]) -> list[list[float]]:
    """Ten digits, as many as the weights of the survey have."""
    return [[float(f"{number:.10g}") for number in row] for row in table.tolist()]


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
