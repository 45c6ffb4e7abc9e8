"""EventRate: events per time that customers were observed, and its exact intervals."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import scipy

from cxmetrics._typing import FloatArray, Floats, IndexArray, Ints
from cxmetrics.intervals.basis import Basis
from cxmetrics.intervals.method import Exact
from cxmetrics.likelihood.iterate import rising_root


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EventRate(Basis):
    """Events per time: as many as a Poisson law with that mean makes of them.

    Args:
        events: Number of events, one per row of a batch.
        time: Time under observation, all customers together.
    """

    events: Ints
    time: Floats
    methods: ClassVar[tuple[str, ...]] = ("garwood", "mid-p")
    noun: ClassVar[str] = "unit of time"
    things: ClassVar[str] = "events"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch."""
        return np.shape(self.events)

    @property
    def bounds(self) -> tuple[float, float]:
        """Rates have no upper end."""
        return 0.0, np.inf

    @property
    def value(self) -> FloatArray:
        """Events per unit of time; NaN where there was no time."""
        return self._per_time(self.events)

    @property
    def std_error(self) -> FloatArray:
        """Root of the number of events, per unit of time."""
        return self._per_time(np.sqrt(self.events))

    @property
    def n(self) -> Ints:
        """Number of events."""
        return self.events

    @property
    def share(self) -> FloatArray:
        """Time of each row."""
        return np.asarray(self.time, np.float64)

    def _per_time(self, number: Any) -> FloatArray:
        """So many per unit of time; NaN where there was no time."""
        time = np.asarray(self.time, np.float64)
        nothing = np.full(time.shape, np.nan)
        with np.errstate(over="ignore"):
            return np.asarray(np.divide(number, time, out=nothing, where=time > 0))

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without time."""
        events, time = (np.append(each, 0)[rows] for each in (self.events, self.time))
        return type(self)(events=events.astype(np.int64), time=time)

    def others(self) -> Self:
        """For each row of a batch, all the other rows together."""
        events, time = np.asarray(self.events), np.asarray(self.time)
        return type(self)(events=events.sum() - events, time=_sums_of_others(time))

    def method(self, name: str) -> Exact:
        """The interval and the tests by one method."""
        x, time = np.ravel(self.events).astype(np.float64), np.ravel(self.time)
        limit, law = (_garwood_limits, _garwood_tails)
        if name == "mid-p":
            limit, law = (_mid_p_limits, _mid_p_tails)

        def limits(z: FloatArray) -> tuple[FloatArray, FloatArray]:
            low, high = limit(x, scipy.special.ndtr(-z))
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                return low / time, high / time

        return Exact.of(self._rows(), limits, lambda null: law(x, null * time))


def _sums_of_others(parts: FloatArray) -> FloatArray:
    """Sums of all other parts; nothing is subtracted."""
    before = np.cumsum(np.append(0, parts[:-1]))
    after = np.cumsum(np.append(0, parts[:0:-1]))[::-1]
    return np.asarray(before + after)


def _garwood_limits(x: FloatArray, tail: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Garwood (1936): means at which so few, or so many, events are as rare as the tail."""
    gamma = scipy.special.gammaincinv, scipy.special.gammainccinv
    return np.where(x > 0, gamma[0](np.maximum(x, 1), tail), 0), gamma[1](x + 1, tail)


def _garwood_tails(x: FloatArray, mean: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Chances of at most, and of at least, so many events."""
    return scipy.special.gammaincc(x + 1, mean), scipy.special.gammainc(x, mean)


def _mid_p_tails(x: FloatArray, mean: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The same, with the chance of just so many events counted half."""
    fewer, more = scipy.special.gammaincc(x, mean), scipy.special.gammainc(x + 1, mean)
    at_most, at_least = _garwood_tails(x, mean)
    return (fewer + at_most) / 2, (more + at_least) / 2


def _mid_p_limits(x: FloatArray, tail: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Means at which the halved tails are the tail."""
    low, high = _garwood_limits(x, tail)
    once = np.ones_like(low)
    return (
        rising_root(lambda m: np.log(_mid_p_tails(x, m)[1] / tail), low, once, close=4e-16),
        rising_root(lambda m: -np.log(_mid_p_tails(x, m)[0] / tail), high, once, close=4e-16),
    )
