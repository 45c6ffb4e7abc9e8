"""Tables, numbers and paragraphs in Markdown."""

import re
import textwrap
from collections.abc import Iterable, Sequence

from _tables import Coverage

WIDTH = 120


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown; an asterisk in it is one, and no emphasis."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |".replace("*", "\\*") for line in lines)


def wrapped(block: str) -> str:
    """A paragraph or a list in lines of even width; anything else as it is."""
    if block.startswith(("|", "#", "---")):
        return block
    if block.startswith("!"):
        return block.replace("\n", " ")
    items = [" ".join(item.split()) for item in re.split(r"\n(?=- )", block)]
    wrap = textwrap.TextWrapper(WIDTH, break_long_words=False, break_on_hyphens=False)
    wrap.subsequent_indent = "  " if block.startswith("- ") else ""
    return "\n".join(wrap.fill(item) for item in items) + "\n" * block.endswith("\n")


def cell(coverage: Coverage, k: int, *, decimals: int) -> str:
    """Coverage in %, and the mean width."""
    return f"{100 * coverage.rate[k]:.1f} ({coverage.width[k]:.{decimals}f})"


def pair(one: float, two: float) -> str:
    """Two rates in %."""
    return f"{100 * one:.1f} / {100 * two:.1f}"


def shares(truth: Iterable[float]) -> str:
    """Shares in %, without the sign."""
    return ", ".join(f"{100 * share:.0f}" for share in truth)
