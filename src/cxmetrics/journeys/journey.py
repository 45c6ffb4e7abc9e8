"""Journey: the touchpoints of a service in their order."""

from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, fields, replace
from typing import Any, Literal, Self, TypeAlias, get_args

from cxmetrics._checks import check_option, check_type, fail, near
from cxmetrics._table import Table, Tabular
from cxmetrics.errors import ArgumentError, UnknownKeyError
from cxmetrics.journeys.changes import JourneyDiff, changes_between
from cxmetrics.journeys.description import JourneyDescription
from cxmetrics.journeys.mermaid import blueprint_diagram, journey_diagram
from cxmetrics.journeys.names import check_name, checked_list
from cxmetrics.journeys.persona import Persona
from cxmetrics.journeys.schema import journey_schema
from cxmetrics.journeys.stored import Stored, reading
from cxmetrics.journeys.touchpoint import Layer, Sense, Touchpoint, cell

VERSION = 1
"""Version of the format of stored journeys."""

MOST_TOUCHPOINTS = 10_000

LANES = (
    "customer actions",
    "line of interaction",
    "frontstage",
    "line of visibility",
    "backstage",
    "line of internal interaction",
    "support",
)
"""The lanes of a service blueprint from top to bottom, and the lines between them."""

Diagram: TypeAlias = Literal["journey", "blueprint"]


@dataclass(frozen=True, slots=True)
class Journey(Tabular, Stored):
    """The touchpoints of a service, in the order in which customers come to them.

    A journey is read like a list of touchpoints in which each is found by its name. It
    does not change: `with_touchpoint`, `without` and `select` make new ones.

    Args:
        name: Its name.
        touchpoints: Its touchpoints, at most 10,000, each with a name of its own.
        persona: The customers whose journey it is; None for all customers.

    Raises:
        ArgumentError: If the name is blank, there are too many touchpoints, or two of
            them have one name.

    References:
        Bitner, M. J., Ostrom, A. L. and Morgan, F. N. (2008). Service blueprinting: a
        practical technique for service innovation. California Management Review 50(3),
        66-94; whose lanes are `lanes`.

    Examples:
        >>> from cxmetrics import Touchpoint
        >>> order = Touchpoint("Order", "Buying", channel="web", column="ordering")
        >>> pack = Touchpoint("Packing", "Buying", layer="backstage", owner="Stock")
        >>> door = Touchpoint("Handover", "Delivery", channel="courier", column="delivery")
        >>> shop = Journey("Web shop", [order, pack, door])
        >>> print(shop)
        Web shop, 3 touchpoints
        touchpoint  stage     channel  layer       metric  column
        Order       Buying    web      frontstage  csat    ordering
        Packing     Buying    –        backstage   csat    –
        Handover    Delivery  courier  frontstage  csat    delivery
        >>> shop["Packing"].owner, shop.stages, "Refund" in shop
        ('Stock', ('Buying', 'Delivery'), False)
    """

    name: str
    touchpoints: Sequence[Touchpoint]
    _: KW_ONLY
    persona: Persona | None = None

    def __post_init__(self) -> None:
        check_name(self.name, "name")
        touchpoints = checked_list(self.touchpoints, "touchpoints")
        if len(touchpoints) > MOST_TOUCHPOINTS:
            must = f"at most {MOST_TOUCHPOINTS:,} entries"
            fail(ArgumentError, f"`touchpoints` must have {must}, not {len(touchpoints):,}.")
        first: dict[str, int] = {}
        for i, touchpoint in enumerate(touchpoints):
            check_type(touchpoint, f"touchpoints[{i}]", Touchpoint)
            if first.setdefault(touchpoint.name, i) != i:
                came = f"{touchpoint.name!r:.60}, as at {first[touchpoint.name]}"
                fail(ArgumentError, f"`touchpoints[{i}].name` must be unique, not {came}.")
        if self.persona is not None:
            check_type(self.persona, "persona", Persona)
        object.__setattr__(self, "touchpoints", touchpoints)

    def __getitem__(self, name: str) -> Touchpoint:
        """The touchpoint of this name."""
        return self.touchpoints[self._position(name)]

    def __iter__(self) -> Iterator[Touchpoint]:
        return iter(self.touchpoints)

    def __len__(self) -> int:
        return len(self.touchpoints)

    def __contains__(self, item: object) -> bool:
        """Whether there is such a touchpoint, or one of this name."""
        return item in (self.touchpoints if isinstance(item, Touchpoint) else self.names)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the touchpoints, in order."""
        return tuple(touchpoint.name for touchpoint in self)

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages, in order of appearance."""
        return tuple(dict.fromkeys(each.stage for each in self))

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels, in order of appearance."""
        return tuple(dict.fromkeys(each.channel for each in self if each.channel is not None))

    @property
    def lanes(self) -> dict[str, tuple[str, ...]]:
        """Names by lane of a service blueprint, from top to bottom.

        The actions of customers are the stages; the other lanes have the touchpoints of
        their layer; the lines between them have no names.
        """
        names = {layer: self.select(layer=layer).names for layer in get_args(Layer)}
        return {lane: names.get(lane, ()) for lane in LANES} | {"customer actions": self.stages}

    def with_touchpoint(
        self, touchpoint: Touchpoint, *, before: str | None = None, after: str | None = None
    ) -> Self:
        """The journey with one touchpoint more.

        Args:
            touchpoint: The touchpoint.
            before: Name of the touchpoint before which it comes.
            after: Name of the touchpoint after which it comes. Unless one of these is
                given, it comes last.

        Raises:
            ArgumentError: If there is one of this name, or both places are given.
            UnknownKeyError: If the place is not in the journey.
        """
        if before is not None and after is not None:
            fail(ArgumentError, "`before` and `after` must not be given both.")
        place = len(self)
        if before is not None:
            place = self._position(before)
        if after is not None:
            place = self._position(after) + 1
        return self._of(*self.touchpoints[:place], touchpoint, *self.touchpoints[place:])

    def without(self, name: str) -> Self:
        """The journey without the touchpoint of this name.

        Raises:
            UnknownKeyError: If there is none.
        """
        place = self._position(name)
        return self._of(*self.touchpoints[:place], *self.touchpoints[place + 1 :])

    def select(
        self,
        *,
        stage: str | None = None,
        channel: str | None = None,
        layer: Layer | None = None,
    ) -> Self:
        """The journey with only the touchpoints of a stage, of a channel, or of a layer.

        Raises:
            UnknownKeyError: If there is no such stage, channel or layer.
        """
        wanted = {"stage": stage, "channel": channel, "layer": layer}
        wanted = {field: value for field, value in wanted.items() if value is not None}
        known = {"stage": self.stages, "channel": self.channels, "layer": get_args(Layer)}
        for field, value in wanted.items():
            if value not in known[field]:
                message = f"There is no {field} {value!r:.60}."
                fail(UnknownKeyError, message, near(value, known[field]))
        return self._of(
            *(each for each in self if all(getattr(each, k) == v for k, v in wanted.items()))
        )

    def diff(self, other: "Journey") -> JourneyDiff:
        """What another version of the journey has differently, as of a planned and the actual one.

        Touchpoints are the same if their names are. Of those that both versions have, as
        few as possible are told to have moved in the order.

        Args:
            other: The later version.

        Examples:
            >>> from cxmetrics import Touchpoint
            >>> desk, bags = Touchpoint("Desk", "Check-in"), Touchpoint("Bags", "Check-in")
            >>> planned = Journey("Planned", [desk, bags])
            >>> actual = Journey("Actual", [Touchpoint("Kiosk", "Check-in"), bags])
            >>> print(planned.diff(actual))
            From 'Planned' to 'Actual': 1 appeared, 1 vanished.
            touchpoint  change    field  before  after
            Kiosk       appeared  place  –       1
            Desk        vanished  place  1       –
        """
        check_type(other, "other", Journey)
        changes = changes_between(self.touchpoints, other.touchpoints)
        return JourneyDiff(before=self.name, after=other.name, changes=changes)

    def describe(self) -> JourneyDescription:
        """What the journey has, and what it lacks."""
        addressed = {sense for each in self for sense in each.senses}
        senses: tuple[Sense, ...] = get_args(Sense)
        return JourneyDescription(
            name=self.name,
            touchpoints=self.names,
            stages=self.stages,
            channels=self.channels,
            senses=tuple(sense for sense in senses if sense in addressed),
            senses_left_out=tuple(sense for sense in senses if sense not in addressed),
            moments_of_truth=tuple(each.name for each in self if each.moment_of_truth),
            unmeasured=tuple(each.name for each in self if each.column is None),
        )

    def to_mermaid(self, kind: Diagram = "journey") -> str:
        """The journey as text from which Mermaid draws a diagram.

        Args:
            kind: `"journey"`: a user journey, with a section per stage and, for each
                touchpoint, who takes part: the customer where it is frontstage, and its
                owner. Mermaid draws a face for each; a journey alone has no scores, so
                that all are neutral. `"blueprint"`: a flowchart with the `lanes`.

        Returns:
            Text for a Mermaid block in Markdown, or in HTML, for which no character has
            to be escaped.

        Raises:
            ArgumentError: If the kind is not one there is.

        Examples:
            >>> from cxmetrics import Touchpoint
            >>> desk = Touchpoint("Check-in", "Leaving", owner="Airline")
            >>> print(Journey("Airport", [desk]).to_mermaid())
            journey
                title Airport
                section Leaving
                    Check-in: 3: Customer, Airline
            <BLANKLINE>
        """
        check_option(kind, "kind", get_args(Diagram))
        if kind == "blueprint":
            return blueprint_diagram(self.name, self.lanes)
        customer = self.persona.name if self.persona else "Customer"
        return journey_diagram(self.name, customer, self.touchpoints)

    def to_dict(self) -> dict[str, Any]:
        """The journey as plain data, ready for JSON; what is as by default is left out."""
        persona = {"persona": self.persona.to_dict()} if self.persona else {}
        touchpoints = [touchpoint.to_dict() for touchpoint in self]
        about = {"version": VERSION, "kind": "Journey", "name": self.name}
        return {**about, **persona, "touchpoints": touchpoints}

    @staticmethod
    def schema() -> dict[str, Any]:
        """The JSON Schema of stored journeys, for editors and for other programs."""
        return journey_schema()

    @classmethod
    def _built(cls, data: dict[str, Any]) -> Self:
        touchpoints, persona = [], None
        for i, stored in enumerate(data["touchpoints"]):
            with reading(f"touchpoints[{i}]"):
                touchpoints.append(Touchpoint._built(stored))
        if "persona" in data:
            with reading("persona"):
                persona = Persona._built(data["persona"])
        return cls(data["name"], touchpoints, persona=persona)

    def _of(self, *touchpoints: Touchpoint) -> Self:
        return replace(self, touchpoints=touchpoints)

    def _position(self, name: str) -> int:
        names = self.names
        if name not in names:
            fail(UnknownKeyError, f"There is no touchpoint {name!r:.60}.", near(name, names))
        return names.index(name)

    def _table(self) -> Table:
        """All contents; several values of one touchpoint are one text."""
        names = [field.name for field in fields(Touchpoint)]
        columns = {name: [cell(getattr(each, name)) for each in self] for name in names}
        return Table(columns, self._caption)

    def _display(self, *, detailed: bool) -> Table:
        columns = self._table().columns
        shown = ["stage", "channel", "layer", "metric", "column"]
        if detailed:
            shown += ["owner", "senses", "emotions", "expectation", "moment_of_truth"]
        names = {"touchpoint": columns["name"]}
        others = {name.replace("_", " "): columns[name] for name in shown}
        return Table(names | others, self._caption)

    @property
    def _caption(self) -> str:
        n = f"{len(self):,} touchpoint{'s' * (len(self) != 1)}"
        return f"{self.name} of {self.persona.name}, {n}" if self.persona else f"{self.name}, {n}"
