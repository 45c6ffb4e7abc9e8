"""Everything the library raises on purpose.

Each message says what must hold, what came and where; a hint, if there is one,
ends in a question mark.
"""


class CxMetricsError(ValueError):
    """Base of every error that the library raises on purpose."""

    # KeyError, a base of UnknownKeyError, would show the message in quotes.
    __str__ = Exception.__str__


class ArgumentError(CxMetricsError):
    """An argument is outside what the function accepts."""


class ScaleError(CxMetricsError):
    """A response, a cut-point or a summary does not fit the scale."""


class TooFewResponsesError(CxMetricsError):
    """There is no response to estimate from."""


class MismatchError(CxMetricsError):
    """Two values that are combined do not belong together."""


class OverlappingClustersError(MismatchError):
    """Groups share clusters, so that they are not independent."""


class FormatError(CxMetricsError):
    """Stored data is not what `to_dict` writes."""


class UnknownKeyError(CxMetricsError, KeyError):
    """A group, a column or a value of a key does not exist."""


class ZeroWidthWarning(UserWarning):
    """An interval has no width, because the method sees no variation in the answers."""


class ConvergenceWarning(UserWarning):
    """Fitted weights do not meet all of their targets."""


class ConcentrationWarning(UserWarning):
    """Few accounts have most of the revenue, and the method of the interval needs many."""
