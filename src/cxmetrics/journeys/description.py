"""JourneyDescription: what a journey has, and what it lacks."""

from dataclasses import dataclass
from typing import Any

from cxmetrics._table import Table, Tabular
from cxmetrics.journeys.touchpoint import Sense


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyDescription(Tabular):
    """What a journey has, and what it lacks.

    Args:
        name: Name of the journey.
        touchpoints: Names of its touchpoints, in order, as are all names below.
        stages: Its stages.
        channels: Its channels.
        senses: The senses that any of its touchpoints addresses.
        senses_left_out: The senses that none of them addresses.
        moments_of_truth: Names of the touchpoints that decide over the whole.
        unmeasured: Names of the touchpoints that have no column of ratings.
    """

    name: str
    touchpoints: tuple[str, ...]
    stages: tuple[str, ...]
    channels: tuple[str, ...]
    senses: tuple[Sense, ...]
    senses_left_out: tuple[Sense, ...]
    moments_of_truth: tuple[str, ...]
    unmeasured: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The name of the journey, and a list of names per aspect."""
        return {"name": self.name} | {name: list(found) for name, found in self._aspects().items()}

    def _aspects(self) -> dict[str, tuple[str, ...]]:
        return {
            "touchpoints": self.touchpoints,
            "stages": self.stages,
            "channels": self.channels,
            "senses": self.senses,
            "senses_left_out": self.senses_left_out,
            "moments_of_truth": self.moments_of_truth,
            "unmeasured": self.unmeasured,
        }

    def _table(self) -> Table:
        aspects = self._aspects()
        columns: dict[str, list[Any]] = {
            "aspect": list(aspects),
            "n": [len(found) for found in aspects.values()],
            "names": [", ".join(found) for found in aspects.values()],
        }
        return Table(columns, self.name)

    def _display(self, *, detailed: bool) -> Table:
        del detailed
        columns = self._table().columns
        aspects = [aspect.replace("_", " ") for aspect in columns["aspect"]]
        return Table(columns | {"aspect": aspects}, self.name, {"n": ","})
