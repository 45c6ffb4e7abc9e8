from typing import Any

import numpy as np
import pandas as pd
import pytest

from cxmetrics._table import Table

TABLE = Table.of(
    {"area": ["A", "<b>", None], "value": np.array([1.25, np.nan, -0.01]), "unit": "%"},
    3,
    caption="A & B",
    formats={"value": "z.1f"},
)


def test_text_is_aligned_under_a_caption() -> None:
    assert TABLE.to_text().splitlines() == [
        "A & B",
        "area  value  unit",
        "A       1.2  %",
        "<b>       –  %",  # noqa: RUF001
        "–       0.0  %",  # noqa: RUF001
    ]


def test_long_tables_are_cut_on_the_screen() -> None:
    table = Table.of({"n": np.arange(1200)}, 1200, formats={"n": ","})

    assert table.to_text(2).splitlines() == ["n", "0", "1", "… and 1,198 more rows"]
    assert "… and 1,198 more rows" in table.to_html(2)
    assert table.to_html().count("<tr>") == 1201
    assert len(table.to_dicts()) == 1200


def test_html_escapes_every_text() -> None:
    html = Table.of({"<script>": ["<img>"]}, 1, caption="<i>").to_html()

    for tag in ("<script>", "<img>", "<i>"):
        assert tag not in html
    assert "&lt;img&gt;" in html


def test_markdown_escapes_bars() -> None:
    markdown = Table.of({"a|b": ["x|y"], "n": [1]}, 1, formats={"n": ","}).to_markdown()

    assert markdown.splitlines() == ["| a\\|b | n |", "| :-- | --: |", "| x\\|y | 1 |"]


def test_frames_hold_all_columns_at_full_precision() -> None:
    expected: dict[str, Any] = {"area": ["A", "<b>", None], "unit": ["%"] * 3}

    assert TABLE.to_polars().select("area", "unit").to_dict(as_series=False) == expected
    assert TABLE.to_arrow().select(["area", "unit"]).to_pydict() == expected
    pd.testing.assert_series_equal(
        TABLE.to_pandas()["value"], pd.Series([1.25, np.nan, -0.01], name="value")
    )
    assert TABLE.to_dicts()[0] == {"area": "A", "value": 1.25, "unit": "%"}


def test_columns_can_be_put_beside_others() -> None:
    assert list(TABLE.beside({"key": [1, 2, 3]}).columns) == ["key", "area", "value", "unit"]
    assert len(Table({})) == 0


def test_a_text_stays_in_its_cell_of_markdown() -> None:
    markdown = Table.of({"name": ["two\nlines", "<b>bold</b>", "< 0.001"]}, 3).to_markdown()

    rows = ["| two lines |", "| \\<b>bold\\</b> |", "| < 0.001 |"]
    assert markdown.splitlines()[2:] == rows


@pytest.mark.parametrize("face", ["to_text", "to_markdown", "to_html", "to_dicts"])
def test_an_empty_table_has_every_face(face: str) -> None:
    assert getattr(Table.of({"n": []}, 0), face)() is not None
