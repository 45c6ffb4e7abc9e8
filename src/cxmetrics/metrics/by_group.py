"""by_group: a function of a summary, of grouped summaries too."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, overload

from cxmetrics.summaries.grouped import Batch, Grouped
from cxmetrics.summaries.summary import Summary

P = ParamSpec("P")
S = TypeVar("S", bound=Summary)
R = TypeVar("R", bound=Batch)


class ByGroup(Protocol[S, P, R]):
    """A function that makes a result of a summary, and grouped results of grouped ones."""

    @overload
    def __call__(self, x: Grouped[S], /, *args: P.args, **kwargs: P.kwargs) -> Grouped[R]: ...
    @overload
    def __call__(self, x: S, /, *args: P.args, **kwargs: P.kwargs) -> R: ...


def by_group(function: Callable[Concatenate[S, P], R]) -> ByGroup[S, P, R]:
    """Let a function of a summary, which may be a batch, take grouped ones too."""
    return over_groups(function)


def over_groups(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same, whatever the types."""

    @wraps(function)
    def grouped(x: Any, /, *args: Any, **kwargs: Any) -> Any:
        if isinstance(x, Grouped):
            return x.map(lambda batch: function(batch, *args, **kwargs))
        return function(x, *args, **kwargs)

    return grouped
