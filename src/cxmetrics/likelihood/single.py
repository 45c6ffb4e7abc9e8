"""Score limits of a single sample in plain floats: the same steps without arrays."""

from math import inf, sqrt

from cxmetrics.likelihood.iterate import STILL
from cxmetrics.likelihood.side import NO_SHARE


def single_score_limits(counts: list[float], scores: list[float], z: float) -> tuple[float, float]:
    """What `score_limits` gives for one row, a hundred times sooner.

    A service that reports one score at a time should not wait for array machinery.
    """
    n = sum(counts)
    low, high = scores[0], scores[-1]
    span = high - low
    p = [count / n if count >= NO_SHARE * n else 0.0 for count in counts]
    u = [(score - low) / span for score in scores]
    mirrored = [1 - x for x in reversed(u)]
    c = z * z / n
    return low + span * _limit(p, u, c), high - span * _limit(p[::-1], mirrored, c)


def _limit(p: list[float], u: list[float], c: float) -> float:
    """The lower limit on 0..1: the secular iteration of `one_sample`, term by term."""
    mean = sum(share * x for share, x in zip(p, u, strict=True))
    if mean <= 0 or c <= 0:
        return mean
    terms = [(share * (x - mean) ** 2, x) for share, x in zip(p, u, strict=True) if share]
    bottom = terms[0][0] if p[0] else 0.0
    inner = [(e, x) for e, x in terms if x]
    pull = sum(e / x for e, x in inner)
    if not p[0] and pull <= c * mean:
        return mean / (1 + c)
    weight = sum(e for e, _ in terms)
    reach = sum(e * x for e, x in terms) / weight
    rho = _root(weight - c * mean * reach, c * (mean + reach), c)
    if p[0]:
        rho = min(rho, _root(bottom, c * mean, c))
    else:
        spread = sum(e / x**2 for e, x in inner) / pull
        rho = min(rho, _root(pull - c * mean, c * (1 + spread * mean), c * spread))
    while True:
        weight = squares = reach = 0.0
        for e, x in terms:
            r = 1 / (1 + rho * x)
            weight += e * r
            squares += e * r * r
            reach += e * r * r * x
        reach /= squares
        new = _root(weight**2 / squares - c * mean * reach, c * (mean + reach), c)
        new = min(rho / 2 if new == inf else new, rho)
        if not rho - new > STILL * new:  # NaN stands too
            return max(0.0, mean - c * (1 + new * mean) / (new * (1 + c)))
        rho = new


def _root(a: float, b: float, k: float) -> float:
    """The positive root of a x² = b x + k, with b > 0; infinite where there is none."""
    return (b + sqrt(b * b + 4 * a * k)) / (2 * a) if a > 0 else inf
