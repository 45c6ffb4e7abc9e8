"""Shares of customers: so many of so many, for one group or several."""

from collections.abc import Mapping, Sized
from typing import Any

import numpy as np

from cxmetrics._checks import check_whole, fail, near
from cxmetrics.errors import ArgumentError, UnknownKeyError
from cxmetrics.scale import YES_NO
from cxmetrics.summaries.counts import MOST, Counts
from cxmetrics.summaries.grouped import Grouped


def counts_of_share(part: Any, whole: Any, names: tuple[str, str]) -> Counts | Grouped[Counts]:
    """Those who are not in the part, and those who are.

    Args:
        part: Number of customers, or Counts of them, of which it is `n`; for several groups
            a mapping, or grouped Counts. A group that it lacks has none.
        whole: Number of customers among whom they are, or a mapping from groups to numbers.
        names: What the arguments are called.

    Raises:
        ArgumentError: If a number is not a whole number from 0, or the part is larger than
            the whole.
        UnknownKeyError: If a group of the part is not in the whole.
    """
    if not isinstance(whole, Mapping):
        check_no_column(whole, names[1])
        return Counts(YES_NO, _row(part, whole, names, ""))
    if not isinstance(part, Mapping):
        message = f"`{names[0]}` must be a mapping as `{names[1]}` is, not {part!r:.40}."
        fail(ArgumentError, message)
    strange = [key for key in part if key not in whole]
    if strange:
        message = f"Each group of `{names[0]}` must be in `{names[1]}`, not {strange[0]!r}."
        fail(UnknownKeyError, message, near(strange[0], whole))
    by = part.by if isinstance(part, Grouped) else ("segment",)
    keys = [key if len(by) > 1 else (key,) for key in whole]
    rows = [_row(part.get(key, 0), n, names, f" in {key!r}") for key, n in whole.items()]
    columns = {name: [key[i] for key in keys] for i, name in enumerate(by)}
    return Grouped(columns, Counts(YES_NO, np.reshape(rows, (-1, 2))))


def check_no_column(value: Any, name: str) -> None:
    """Numbers of several groups must tell which group each of them is of."""
    is_single = isinstance(value, str) or getattr(value, "shape", None) == ()
    if isinstance(value, Sized) and not is_single:
        message = f"`{name}` must be a number, or a mapping from groups to numbers"
        hint = f"did you mean dict(zip(groups, {name}))?"
        fail(ArgumentError, f"{message}, not {type(value).__name__}.", hint)


def _row(part: Any, whole: Any, names: tuple[str, str], where: str) -> tuple[int, int]:
    """How many are not in the part, and how many are."""
    of = check_whole(whole, names[1])
    if of > MOST:
        fail(ArgumentError, f"`{names[1]}` must be 0 to 2**53{where}, not {of:,}.")
    came = check_whole(part.n if isinstance(part, Counts) else part, names[0])
    if not 0 <= came <= of:
        fail(ArgumentError, f"`{names[0]}` must be 0 to {of:,}{where}, not {came:,}.")
    return of - came, came
