"""A promise of the methods, with the number that shows it."""

from typing import NamedTuple


class Promise(NamedTuple):
    """A promise, how it was measured, the bound, what was found, and whether it is kept."""

    text: str
    measured: str
    bound: str
    found: str
    kept: bool


def at_least(text: str, measured: str, found: float, bound: float) -> Promise:
    """A share that must not be below its bound."""
    return Promise(text, measured, f"≥ {bound:.1%}", f"{found:.1%}", bool(found >= bound))


def at_most(text: str, measured: str, found: float, bound: float) -> Promise:
    """A share that must not be above its bound."""
    return Promise(text, measured, f"≤ {bound:.1%}", f"{found:.1%}", bool(found <= bound))


def none(text: str, measured: str, found: int) -> Promise:
    """Something that must not happen at all."""
    return Promise(text, measured, "0", f"{found}", found == 0)
