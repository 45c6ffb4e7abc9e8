"""Persona: an archetype of customers, as a filter of their answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Self

from cxmetrics._checks import check_type, fail, listed
from cxmetrics.errors import ArgumentError
from cxmetrics.journeys.names import Code, check_name, checked_codes
from cxmetrics.journeys.stored import Stored


@dataclass(frozen=True, slots=True)
class Persona(Stored):
    """An archetype of customers: those with certain values in certain columns.

    Args:
        name: Its name.
        where: The values that it has, by column; who has one of them in every column is
            of this kind. Unless given, everybody is.
        description: Anything else.

    Raises:
        ArgumentError: If the name is blank, or a column has no value.

    Examples:
        >>> print(Persona("Frequent flyer", {"purpose": ["business"], "trips": [3, 4]}))
        Frequent flyer: purpose is 'business', trips is 3 or 4
    """

    name: str
    # A mapping has no hash; personas that differ in it alone are rare.
    where: Mapping[str, Sequence[Code]] = field(default_factory=dict, hash=False)
    description: str = ""

    def __post_init__(self) -> None:
        check_name(self.name, "name")
        check_type(self.where, "where", Mapping)
        check_type(self.description, "description", str)
        where = {name: _checked_values(name, values) for name, values in self.where.items()}
        object.__setattr__(self, "where", MappingProxyType(where))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, dict(self.where), self.description)

    def __str__(self) -> str:
        conditions = (f"{name} is {listed(values)}" for name, values in self.where.items())
        return f"{self.name}: {', '.join(conditions) or 'everybody'}"

    def to_dict(self) -> dict[str, Any]:
        """The persona as plain data, ready for JSON."""
        where = {name: list(values) for name, values in self.where.items()}
        about = {"description": self.description} if self.description else {}
        return {"name": self.name, "where": where, **about}

    @classmethod
    def _built(cls, data: dict[str, Any]) -> Self:
        return cls(**data)


def _checked_values(column: Any, values: Any) -> tuple[Code, ...]:
    if not isinstance(column, str):
        fail(ArgumentError, f"`where` must have names of columns, not {column!r}.")
    codes = checked_codes(values, f"where[{column!r}]")
    if not codes:
        fail(ArgumentError, f"`where[{column!r}]` must have at least one value, not none.")
    return codes
