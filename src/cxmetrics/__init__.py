"""Customer-experience metrics, each with a confidence interval and a test that is right.

Summaries add, metrics estimate, comparisons subtract. The names below are in the
order in which data flows through them.

1. Say which answers a question allows: `Scale`, or one of the usual scales.
2. Reduce answers to summaries that merge by `+`: `Counts`, `Grouped`.
3. Estimate a metric with its interval: `nps`, `csat`, `ces`, `mean_score`, `top_box`,
   `bottom_box`, `net_score`, `linear_score` give an `Estimate`, or a Grouped of them.
4. Compare two groups or periods: `difference`.

`datasets` has real summaries and a simulator; `errors` all that is raised on purpose.
"""

from cxmetrics import datasets, errors
from cxmetrics.comparisons.difference import Difference, difference
from cxmetrics.estimate import Estimate, Test
from cxmetrics.intervals.method import Interval
from cxmetrics.metrics.ces import ces
from cxmetrics.metrics.csat import csat
from cxmetrics.metrics.linear import bottom_box, linear_score, mean_score, net_score, top_box
from cxmetrics.metrics.nps import nps
from cxmetrics.scale import (
    NPS_GROUPS,
    ONE_TO_FIVE,
    ONE_TO_SEVEN,
    ONE_TO_TEN,
    YES_NO,
    ZERO_TO_TEN,
    Scale,
)
from cxmetrics.summaries.counts import Counts
from cxmetrics.summaries.grouped import Grouped

__version__ = "0.1.0"

__all__ = [
    "NPS_GROUPS",
    "ONE_TO_FIVE",
    "ONE_TO_SEVEN",
    "ONE_TO_TEN",
    "YES_NO",
    "ZERO_TO_TEN",
    "Counts",
    "Difference",
    "Estimate",
    "Grouped",
    "Interval",
    "Scale",
    "Test",
    "bottom_box",
    "ces",
    "csat",
    "datasets",
    "difference",
    "errors",
    "linear_score",
    "mean_score",
    "net_score",
    "nps",
    "top_box",
]
