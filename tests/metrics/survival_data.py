"""Customers of whom others have printed curves: a published trial, and data of lifelines."""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

SIX_MP = "3x6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 2x32+ 34+ 35+"
PLACEBO = "2x1 2x2 3 2x4 2x5 4x8 2x11 2x12 15 17 22 23"
"""Weeks in remission with 6-mercaptopurine and with a placebo: Freireich et al. (1963),
Blood 21, 699-716."""

LIFELINES: dict[str, Any] = json.loads(
    (Path(__file__).parent / "data" / "lifelines.json").read_text(encoding="utf-8")
)
"""What lifelines 0.30.3 printed for three of its data sets, to 13 digits: `KaplanMeierFitter`
with its shares and limits at the tenures at which somebody left, its median, and
`multivariate_logrank_test` of the groups."""

GROUPS: dict[str, Any] = {
    f"{study} {name}": group
    for study in ("waltons", "rossi", "larynx")
    for name, group in LIFELINES[study]["groups"].items()
}
"""The groups of these, each with its customers and what was printed."""


class Customers(NamedTuple):
    """Tenures, and who left at them."""

    tenure: list[float]
    churned: list[bool]


def customers(words: str) -> Customers:
    """Read "3x6 6+ 7": three who left at 6, one still there at 6, one who left at 7."""
    found = Customers([], [])
    for many, tenure, plus in re.findall(r"(?:(\d+)x)?([\d.]+)(\+?)", words):
        for _ in range(int(many or 1)):
            found.tenure.append(float(tenure) if "." in tenure else int(tenure))
            found.churned.append(not plus)
    return found
