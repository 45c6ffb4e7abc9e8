"""Touchpoint: one encounter of customers with a service."""

import math
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, fields
from typing import Any, Literal, Self, TypeAlias, get_args

from cxmetrics._checks import check_between, check_option, check_type, fail
from cxmetrics.errors import ArgumentError
from cxmetrics.journeys.names import (
    Code,
    check_name,
    checked_codes,
    checked_list,
    checked_names,
)
from cxmetrics.journeys.stored import Stored
from cxmetrics.scale import Scale

Layer: TypeAlias = Literal["frontstage", "backstage", "support"]
Sense: TypeAlias = Literal["sight", "hearing", "taste", "smell", "touch"]
RatingMetric: TypeAlias = Literal[
    "csat", "nps", "ces", "mean_score", "top_box", "bottom_box", "net_score"
]
"""Metrics of ratings whose name says all, if a box is one point of the scale."""


@dataclass(frozen=True, slots=True)
class Touchpoint(Stored):
    """One encounter of customers with a service, and where its ratings are.

    Args:
        name: Its name, the only one of this name in a journey.
        stage: The stage of the journey in which it occurs.
        channel: Where it occurs: "web", "phone", "shop".
        layer: `"frontstage"`, what customers meet; `"backstage"`, what is done for them
            out of their sight; `"support"`, what those who serve them rely on.
        owner: Who answers for it.
        column: Column of its ratings in a data frame; None if it is not measured.
        scale: The scale of the ratings.
        metric: `"csat"`, `"nps"`, `"ces"` or `"mean_score"`, as these functions define
            them unless told otherwise; `"top_box"` and `"bottom_box"`, the percentage at
            the highest and at the lowest point; `"net_score"`, the first minus the second.
        missing: Codes in the column that mean "no answer".
        not_used: Codes in the column of those who did not come to this touchpoint. They
            are no missing answers: they tell whom it reached.
        senses: What it addresses: "sight", "hearing", "taste", "smell", "touch".
        emotions: What customers feel, in free words.
        expectation: The score that customers expect, in the unit of the metric.
        moment_of_truth: Whether it decides over the customer's opinion of the whole.
        description: Anything else.

    Raises:
        ArgumentError: If a name is blank, an option is not one there is, a code is both
            missing and not used, or the expectation is out of the range of the metric.

    References:
        Lemon, K. N. and Verhoef, P. C. (2016). Understanding customer experience
        throughout the customer journey. Journal of Marketing 80(6), 69-96.

    Examples:
        >>> from cxmetrics import ONE_TO_FIVE
        >>> wifi = Touchpoint("Wi-Fi", "Waiting", column="wifi", scale=ONE_TO_FIVE)
        >>> wifi.metric, wifi.layer
        ('csat', 'frontstage')
    """

    name: str
    stage: str
    _: KW_ONLY
    channel: str | None = None
    layer: Layer = "frontstage"
    owner: str | None = None
    column: str | None = None
    scale: Scale | None = None
    metric: RatingMetric = "csat"
    missing: Sequence[Code] = ()
    not_used: Sequence[Code] = ()
    senses: Sequence[Sense] = ()
    emotions: Sequence[str] = ()
    expectation: float | None = None
    moment_of_truth: bool = False
    description: str = ""

    def __post_init__(self) -> None:
        optional = [n for n in ("channel", "owner", "column") if getattr(self, n) is not None]
        for name in ("name", "stage", *optional):
            check_name(getattr(self, name), name)
        check_option(self.layer, "layer", get_args(Layer))
        check_option(self.metric, "metric", get_args(RatingMetric))
        check_type(self.moment_of_truth, "moment_of_truth", bool)
        check_type(self.description, "description", str)
        if self.scale is not None:
            check_type(self.scale, "scale", Scale)
        for name, content in self._lists().items():
            object.__setattr__(self, name, content)
        if self.expectation is not None:
            expected = check_between(self.expectation, "expectation", *self._range())
            object.__setattr__(self, "expectation", expected)

    def to_dict(self) -> dict[str, Any]:
        """The touchpoint as plain data, ready for JSON; what is as by default is left out."""
        contents = {field.name: getattr(self, field.name) for field in fields(self)}
        usual = {field.name: field.default for field in fields(self)}
        return {
            name: plain(content) for name, content in contents.items() if content != usual[name]
        }

    @classmethod
    def _built(cls, data: dict[str, Any]) -> Self:
        scale = {"scale": Scale.from_dict(data["scale"])} if "scale" in data else {}
        return cls(**data | scale)

    def _lists(self) -> dict[str, tuple[Any, ...]]:
        """The contents that are lists, checked."""
        senses = checked_list(self.senses, "senses")
        for i, sense in enumerate(senses):
            check_option(sense, f"senses[{i}]", get_args(Sense))
        missing = checked_codes(self.missing, "missing")
        not_used = checked_codes(self.not_used, "not_used")
        written = set(map(repr, missing))  # where 1 is not True
        both = [code for code in not_used if repr(code) in written]
        if both:
            came = f"{both[0]!r:.60} as well"
            fail(ArgumentError, f"`not_used` must have other codes than `missing`, not {came}.")
        emotions = checked_names(self.emotions, "emotions")
        return {"missing": missing, "not_used": not_used, "senses": senses, "emotions": emotions}

    def _range(self) -> tuple[float, float]:
        """The lowest and the highest score there can be."""
        match self.metric:
            case "nps" | "net_score":
                return -100, 100
            case "csat" | "top_box" | "bottom_box":
                return 0, 100
            case _:
                scale = self.scale
                return (scale.low, scale.high) if scale else (-math.inf, math.inf)


def plain(content: Any) -> Any:
    """What a touchpoint holds, as plain data."""
    match content:
        case Scale():
            return content.to_dict()
        case tuple():
            return list(content)
        case _:
            return content


def cell(content: Any) -> Any:
    """What a touchpoint holds, as a cell of a table: several values are one text."""
    match content:
        case Scale():
            return str(content)
        case tuple():
            return ", ".join(map(str, content))
        case _:
            return content
