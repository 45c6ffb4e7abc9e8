"""AbsorbingChain: moves at random between touchpoints until customers convert or are lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from cxmetrics._checks import check_between, fail, near
from cxmetrics._frozen import SHARED, Frozen, settled
from cxmetrics._typing import FloatArray, Floats
from cxmetrics.errors import ArgumentError, ScaleError, UnknownKeyError

TOTAL = 1 + 1e-9
"""What shares may add up to, with what rounding does."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AbsorbingChain(Frozen):
    """A Markov chain of first order: where a customer goes depends on where she is, no more.

    All shares are proportions; what a row lacks to 1 is lost. Leading axes are a batch.

    Args:
        touchpoints: Names of the touchpoints.
        first: Share of customers who begin at each touchpoint.
        moves: Shares of moves from each touchpoint, a row, to each, a column.
        converts: Share of those at each touchpoint who convert next.

    Raises:
        ScaleError: If shares are not from 0 to 1, or add up to more than 1.
        ArgumentError: If customers may go round for ever, and neither convert nor get lost.

    References:
        Anderl, E., Becker, I., von Wangenheim, F. and Schumann, J. H. (2016). Mapping the
        customer journey. International Journal of Research in Marketing 33, 457-474.

        Kemeny, J. G. and Snell, J. L. (1960). Finite Markov Chains. Van Nostrand.

    Examples:
        >>> chain = AbsorbingChain.of(
        ...     {"ad": 0.6, "web": 0.4},
        ...     {"ad": {"web": 0.5}, "web": {"ad": 0.1, "buy": 0.3}},
        ...     to="buy",
        ... )
        >>> round(chain.conversion, 4), {k: round(e, 4) for k, e in chain.effects.items()}
        (0.2211, {'ad': 0.4571, 'web': 1.0})
    """

    touchpoints: tuple[str, ...] = field(metadata=SHARED)
    first: FloatArray
    moves: FloatArray
    converts: FloatArray

    def __post_init__(self) -> None:
        size = len(self.touchpoints)
        for name, shape in (("first", (size,)), ("moves", (size, size)), ("converts", (size,))):
            shares = _shares(getattr(self, name), name)
            if shares.shape[-len(shape) :] != shape:
                fail(ScaleError, f"`{name}` must be of shape {shape}, not {shares.shape}.")
            object.__setattr__(self, name, shares)
        most = max(
            float(self.first.sum(axis=-1).max(initial=0)),
            float((self.moves.sum(axis=-1) + self.converts).max(initial=0)),
        )
        if most > TOTAL:
            fail(ScaleError, f"Shares of a row must add up to at most 1, not {most:.6g}.")
        self._check_ends()
        Frozen.__post_init__(self)

    @classmethod
    def of(
        cls, first: Mapping[str, float], moves: Mapping[str, Mapping[str, float]], *, to: str
    ) -> Self:
        """A chain from shares by name.

        Args:
            first: Share of customers who begin at each touchpoint, 0 to 1.
            moves: Shares of moves from each touchpoint to others, and to the conversion.
                What they lack to 1 is lost.
            to: Name of the conversion, from which nobody moves on.

        Raises:
            UnknownKeyError: If a touchpoint has no moves of its own.
            ArgumentError: If there are moves from the conversion.
        """
        names = tuple(moves)
        if to in moves:
            fail(ArgumentError, f"`moves` must not have moves from {to!r}, the conversion.")
        for target in [*first, *(target for row in moves.values() for target in row)]:
            if target not in names and target != to:
                message = f"Each touchpoint must have moves of its own, but {target!r} has none."
                fail(UnknownKeyError, message, near(target, [*names, to]))
        return cls(
            touchpoints=names,
            first=np.array([check_between(first.get(name, 0), "first", 0, 1) for name in names]),
            moves=np.array(
                [
                    [check_between(row.get(name, 0), "moves", 0, 1) for name in names]
                    for row in moves.values()
                ]
            ).reshape(len(names), len(names)),
            converts=np.array(
                [check_between(row.get(to, 0), "moves", 0, 1) for row in moves.values()]
            ),
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch; () for a single chain."""
        return self.converts.shape[:-1]

    @property
    def conversion(self) -> Floats:
        """Share of customers who convert sooner or later."""
        return settled((self.first * self._solved[1]).sum(axis=-1))

    @property
    def visits(self) -> FloatArray:
        """Expected number of visits to each touchpoint, per customer."""
        return np.asarray(np.einsum("...i,...ij->...j", self.first, self._solved[0]))

    @property
    def removal_effects(self) -> FloatArray:
        """Share of conversions that are lost if each touchpoint leads nowhere.

        Who comes to the touchpoint is lost there, and so are the conversions that would have
        followed: the chance of ever coming to it times the chance to convert from there.
        NaN if there is no conversion.
        """
        fundamental, from_here = self._solved
        again = np.diagonal(fundamental, axis1=-2, axis2=-1)
        lost = self.visits / again * from_here
        with np.errstate(invalid="ignore"):
            return np.asarray(lost / np.asarray(self.conversion)[..., None])

    @property
    def effects(self) -> dict[str, Floats]:
        """The removal effects by touchpoint."""
        each = np.moveaxis(self.removal_effects, -1, 0)
        return dict(zip(self.touchpoints, map(settled, each), strict=True))

    @property
    def _solved(self) -> tuple[FloatArray, FloatArray]:
        """The fundamental matrix (I - Q)^-1, and the chance to convert from each touchpoint."""
        identity = np.eye(len(self.touchpoints))
        fundamental: FloatArray = np.linalg.inv(identity - self.moves).astype(np.float64)
        from_here: FloatArray = np.einsum("...ij,...j->...i", fundamental, self.converts)
        return fundamental, from_here

    def _check_ends(self) -> None:
        """From every touchpoint some way must lead out."""
        out = 1 - self.moves.sum(axis=-1) > 1 - 1 / TOTAL
        for _ in self.touchpoints:
            out = out | (out[..., None, :] & (self.moves > 0)).any(axis=-1)
        if not out.all():
            name = self.touchpoints[np.argwhere(~out)[0][-1]]
            message = (
                f"From {name!r} customers must convert or be lost some time, not go round for ever."
            )
            fail(ArgumentError, message)


def _shares(shares: npt.ArrayLike, name: str) -> FloatArray:
    """Numbers from 0 to 1."""
    array = np.array(shares, np.float64)
    bad = ~((array >= 0) & (array <= TOTAL))
    if bad.any():
        fail(ScaleError, f"`{name}` must be proportions from 0 to 1, not {array[bad][0].item()!r}.")
    return array
