"""Times of runs in turns, and the rows that they give."""

import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Run: TypeAlias = Callable[[], Any]

REPEATS = 5
PROCESSES = 9
LEAST = 0.02
"""Seconds that a timing lasts at least: short runs are repeated inside it."""

MIB = 2**20


class Row(NamedTuple):
    """One piece of work: what it took us, what it took a peer, and what must hold."""

    work: str
    ours: str
    peer: str
    ratio: str
    must: str
    reached: bool


class Peer(NamedTuple):
    """Another way to do the same work.

    Args:
        name: What it is called.
        run: The work.
        must: How many times as fast ours must be.
        read: The result as numbers, comparable with ours.
        close: How far these may be from ours.
        part: The share of the work that `run` does, from its beginning; the time is scaled up.
        repeats: Most repeats.
        hope: What we hope for beyond `must`.
    """

    name: str
    run: Run
    must: float
    read: Callable[[Any], npt.ArrayLike] = np.asarray
    close: float = 1e-6
    part: float = 1
    repeats: int = REPEATS
    hope: str = ""


def race(
    work: str, ours: Run, peers: Sequence[Peer], *, read: Callable[[Any], npt.ArrayLike]
) -> list[Row]:
    """A row per peer: all of them run in turns, after their results have been compared."""
    answer = np.atleast_1d(read(ours()))
    for peer in peers:
        _check_same(work, answer, peer)
    repeats = min(peer.repeats for peer in peers)
    times = in_turns([ours, *(peer.run for peer in peers)], repeats)
    return [
        _ratio_row(work, times[:, 0], times[:, k] / peer.part, peer)
        for k, peer in enumerate(peers, start=1)
    ]


def in_turns(runs: Sequence[Run], repeats: int) -> npt.NDArray[np.float64]:
    """Seconds per run: repeats × runs."""
    numbers = [max(1, round(LEAST / seconds(run))) for run in runs]
    turns = [
        [seconds(run, number) for run, number in zip(runs, numbers, strict=True)]
        for _ in range(repeats)
    ]
    return np.array(turns)


def seconds(run: Run, number: int = 1) -> float:
    """Mean seconds of so many runs."""
    start = perf_counter()
    for _ in range(number):
        run()
    return (perf_counter() - start) / number


def time_row(work: str, run: Run, *, must: float, hope: float) -> Row:
    """A row with a limit in seconds."""
    took = float(np.median(in_turns([run], REPEATS)))
    return Row(work, duration(took), "", "", _limit(must, hope), took < must)


def growth_row(work: str, small: Run, large: Run, *, must: float) -> Row:
    """How many times as long the work takes when there is more of it."""
    times = in_turns([small, large], REPEATS)
    ratio = float(np.median(times[:, 1] / times[:, 0]))
    less, more = np.median(times, axis=0)
    return Row(
        work,
        duration(more),
        f"ours from those of 10,000: {duration(less)}",
        f"{ratio:.1f} x as long",
        f"≤ {must:g} x",
        ratio <= must,
    )


def memory_row(work: str, run: Run, *, must: float) -> Row:
    """Peak of the memory that a run takes in addition to its data."""
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    ours = f"{peak / MIB:.1f} MiB"
    return Row(work, ours, "", "", f"≤ {must / MIB:g} MiB", peak <= must)


def import_row(work: str, ours: str, peer: str, *, must: float, hope: float) -> Row:
    """Seconds that one import takes longer than another, in fresh processes."""
    own, others = in_fresh_processes([f"import {ours}", f"import {peer}"]).T
    more = float(np.median(own - others))
    return Row(
        work,
        duration(float(np.median(own))),
        f"{peer}: {duration(float(np.median(others)))}",
        f"+ {duration(more)}",
        _limit(must, hope, sign="+ "),
        more < must,
    )


def in_fresh_processes(codes: Sequence[str]) -> npt.NDArray[np.float64]:
    """Seconds of whole processes in turns, of which the first turn only warms up."""
    # As installed packages are, the library is compiled once.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}

    def process(code: str) -> float:
        command = [sys.executable, "-c", code]
        return seconds(lambda: subprocess.run(command, env=environment, check=True))  # noqa: S603

    return np.array([[process(code) for code in codes] for _ in range(1 + PROCESSES)])[1:]


def duration(time: float) -> str:
    """Seconds in a unit that suits them."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if time >= size:
            return f"{time / size:,.3g} {unit}"
    return f"{time / 1e-6:,.3g} µs"


def _check_same(work: str, answer: npt.NDArray[Any], peer: Peer) -> None:
    """What is faster must also be right: stop where the results differ."""
    result = np.atleast_1d(peer.read(peer.run()))
    gap = np.max(np.abs(answer[..., : result.shape[-1]] - result))
    if not gap <= peer.close:
        sys.exit(f"{work}: {peer.name} comes to another result, by up to {gap:g}.")


def _ratio_row(
    work: str, own: npt.NDArray[np.float64], others: npt.NDArray[np.float64], peer: Peer
) -> Row:
    ratio = float(np.median(others / own))
    scaled = " (scaled)" if peer.part < 1 else ""
    return Row(
        work,
        duration(float(np.median(own))),
        f"{peer.name}: {duration(float(np.median(others)))}{scaled}",
        f"{ratio:,.1f} x" if ratio < 100 else f"{ratio:,.0f} x",  # noqa: PLR2004
        f"≥ {peer.must:.3g} x{peer.hope and f' (hope: {peer.hope})'}",
        ratio >= peer.must,
    )


def _limit(must: float, hope: float, sign: str = "") -> str:
    return f"< {sign}{duration(must)} (hope: {duration(hope)})"
