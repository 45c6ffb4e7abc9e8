"""Rows → text, HTML, Markdown, pandas, Polars, Arrow; knows no other type of the library."""

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

MOST_ROWS = 50
"""Rows that are shown on a screen; exports have them all."""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of equal length, with a caption and a format for some of them."""

    columns: dict[str, list[Any]]
    caption: str = ""
    formats: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        columns: Mapping[str, Any],
        n: int,
        *,
        caption: str = "",
        formats: Mapping[str, str] | None = None,
    ) -> Self:
        """A table of `n` rows from arrays, lists, and values that all rows share."""
        full = {name: _column(content, n) for name, content in columns.items()}
        return cls(full, caption, formats or {})

    @classmethod
    def wide(cls, columns: Mapping[str, Any], names: Iterable[Any]) -> Self:
        """A table of a batch: a row per row, and of each array one column per last axis.

        Args:
            columns: Arrays, whose last axis has as many entries as there are names.
            names: What the entries are called.
        """
        return cls(
            {
                f"{column}_{name}": content[..., k].ravel().tolist()
                for k, name in enumerate(names)
                for column, content in columns.items()
            }
        )

    def __len__(self) -> int:
        return max(map(len, self.columns.values()), default=0)

    def beside(self, left: Mapping[str, list[Any]]) -> Self:
        """The table with further columns before its own."""
        return type(self)({**left, **self.columns}, self.caption, self.formats)

    def to_dicts(self) -> list[dict[str, Any]]:
        """One dict per row."""
        rows = zip(*self.columns.values(), strict=True)
        return [dict(zip(self.columns, row, strict=True)) for row in rows]

    def to_text(self, most: int | None = None) -> str:
        """Aligned columns under a caption."""
        shown, more = self._cut(most)
        cells = shown._cells()
        widths = {name: max(map(len, [name, *column])) for name, column in cells.items()}
        pad = {name: str.rjust if shown._is_numeric(name) else str.ljust for name in cells}
        lines = [
            "  ".join(
                pad[name](text, widths[name]) for name, text in zip(cells, row, strict=True)
            ).rstrip()
            for row in [tuple(cells), *zip(*cells.values(), strict=True)]
        ]
        return "\n".join([self.caption] * bool(self.caption) + lines + more)

    def to_markdown(self) -> str:
        """A table in GitHub's Markdown."""
        cells = {
            name: [_in_one_cell(text) for text in column] for name, column in self._cells().items()
        }
        rule = ["--:" if self._is_numeric(name) else ":--" for name in cells]
        names = [_in_one_cell(name) for name in cells]
        rows = [names, rule, *zip(*cells.values(), strict=True)]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)

    def to_html(self, most: int | None = None) -> str:
        """A table element; every text is escaped."""
        shown, more = self._cut(most)
        cells = shown._cells()
        align = {
            name: ' style="text-align:right"' if shown._is_numeric(name) else "" for name in cells
        }
        head = "".join(f"<th{align[name]}>{escape(name)}</th>" for name in cells)
        rows = [
            "".join(
                f"<td{align[name]}>{escape(text)}</td>"
                for name, text in zip(cells, row, strict=True)
            )
            for row in zip(*cells.values(), strict=True)
        ]
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        caption = "<br>".join(map(escape, [self.caption, *more]))
        top = f"<caption>{caption}</caption><thead><tr>{head}</tr></thead>"
        return f"<table>{top}<tbody>{body}</tbody></table>"

    def to_pandas(self) -> "pd.DataFrame":
        """A pandas DataFrame."""
        import pandas as pd

        return pd.DataFrame(self.columns)

    def to_polars(self) -> "pl.DataFrame":
        """A Polars DataFrame."""
        import polars as pl

        return pl.DataFrame(self.columns)

    def to_arrow(self) -> "pa.Table":
        """A PyArrow Table."""
        import pyarrow as pa

        return pa.table(self.columns)

    def _cut(self, most: int | None) -> tuple[Self, list[str]]:
        """The first rows, and a line that says how many there are more."""
        if most is None or len(self) <= most:
            return self, []
        first = {name: column[:most] for name, column in self.columns.items()}
        return type(self)(first, self.caption, self.formats), [
            f"… and {len(self) - most:,} more rows"
        ]

    def _cells(self) -> dict[str, list[str]]:
        return {
            name: [_cell(value, self.formats.get(name, "")) for value in column]
            for name, column in self.columns.items()
        }

    def _is_numeric(self, name: str) -> bool:
        return name in self.formats


class Tabular(ABC):
    """Faces of everything that has rows."""

    __slots__ = ()

    @abstractmethod
    def _table(self) -> Table:
        """All columns, at full precision, under stable names."""

    @abstractmethod
    def _display(self, *, detailed: bool) -> Table:
        """The columns for people; with details where there is room."""

    def to_dicts(self) -> list[dict[str, Any]]:
        """One flat dict per row, at full precision."""
        return self._table().to_dicts()

    def to_pandas(self) -> "pd.DataFrame":
        """All columns at full precision, as a pandas DataFrame."""
        return self._table().to_pandas()

    def to_polars(self) -> "pl.DataFrame":
        """All columns at full precision, as a Polars DataFrame."""
        return self._table().to_polars()

    def to_arrow(self) -> "pa.Table":
        """All columns at full precision, as a PyArrow Table."""
        return self._table().to_arrow()

    def to_markdown(self) -> str:
        """The columns for people, as a Markdown table."""
        return self._display(detailed=False).to_markdown()

    def to_html(self) -> str:
        """The columns for people, as an HTML table."""
        return self._display(detailed=True).to_html()

    def __str__(self) -> str:
        return self._display(detailed=False).to_text(MOST_ROWS)

    def _repr_html_(self) -> str:
        return self._display(detailed=True).to_html(MOST_ROWS)


def _column(content: Any, n: int) -> list[Any]:
    if isinstance(content, np.ndarray):
        column: list[Any] = content.tolist()
        return column
    return content if isinstance(content, list) else [content] * n


def _cell(value: Any, spec: str) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"  # noqa: RUF001 (an en dash stands for "nothing" in tables)
    return format(value, spec) if spec else str(value)


def _in_one_cell(text: str) -> str:
    """Text that ends no cell or line of a Markdown table, and begins no element of HTML."""
    return re.sub(r"(\||<(?=[A-Za-z/!?]))", r"\\\1", re.sub(r"[\r\n]+", " ", text))
