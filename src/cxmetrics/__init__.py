"""Customer-experience metrics, each with a confidence interval and a test that is right.

Summaries add, metrics estimate, comparisons subtract. The names below are in the
order in which data flows through them.

1. Say which answers a question allows: `Scale`, or one of the usual scales.
2. Reduce answers to summaries that merge by `+`: `Counts`, `Grouped`; a column of any
   data frame with `tabulate`, and back with `counts_from_frame`. `latest_per` keeps the
   latest answer of each customer, `draw_sample` draws whom to ask. `PairCounts` are
   two answers of each customer.
3. Estimate a metric with its interval: `nps`, `csat`, `ces`, `mean_score`, `top_box`,
   `bottom_box`, `net_score`, `linear_score`, `response_rate` give an `Estimate`, or a
   Grouped of them.
4. Weight what is not representative: `rake`, `poststratify`, `trim_weights`.
5. Compare two groups or periods: `difference`; of the same customers
   `paired_difference`, of partly the same `overlapping_difference`; many groups:
   `compare_segments`, `consistency`, `trend`, and `adjust_pvalues` for families of your
   own; whether nothing got worse: `equivalence`; the answers by their order alone:
   `ordinal_difference`.

6. Plan the next survey: `sample_size`, `detectable_difference`, `margin_of_error`,
   `power`, `allocate`.

`datasets` has real summaries and a simulator; `errors` all that is raised on purpose.
"""

from cxmetrics import datasets, errors
from cxmetrics.comparisons.consistency import Consistency, consistency
from cxmetrics.comparisons.difference import Difference, difference
from cxmetrics.comparisons.equivalence import Equivalence, equivalence
from cxmetrics.comparisons.multiplicity import adjust_pvalues
from cxmetrics.comparisons.ordinal import OrdinalDifference, ordinal_difference
from cxmetrics.comparisons.overlapping import overlapping_difference
from cxmetrics.comparisons.paired import paired_difference
from cxmetrics.comparisons.segments import SegmentComparison, compare_segments
from cxmetrics.comparisons.trend import Trend, trend
from cxmetrics.estimate import Estimate, Test
from cxmetrics.intervals.method import Interval
from cxmetrics.metrics.ces import ces
from cxmetrics.metrics.csat import csat
from cxmetrics.metrics.linear import bottom_box, linear_score, mean_score, net_score, top_box
from cxmetrics.metrics.nps import nps
from cxmetrics.metrics.response import response_rate
from cxmetrics.planning import (
    Allocation,
    Margin,
    SampleSize,
    allocate,
    detectable_difference,
    margin_of_error,
    power,
    sample_size,
)
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
from cxmetrics.summaries.frames import counts_from_frame, draw_sample, latest_per, tabulate
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.pairs import Migration, PairCounts
from cxmetrics.weighting import (
    Raking,
    design_effect,
    effective_n,
    poststratify,
    rake,
    trim_weights,
)

__version__ = "0.1.0"

__all__ = [
    "NPS_GROUPS",
    "ONE_TO_FIVE",
    "ONE_TO_SEVEN",
    "ONE_TO_TEN",
    "YES_NO",
    "ZERO_TO_TEN",
    "Allocation",
    "Consistency",
    "Counts",
    "Difference",
    "Equivalence",
    "Estimate",
    "Grouped",
    "Interval",
    "Margin",
    "Migration",
    "OrdinalDifference",
    "PairCounts",
    "Raking",
    "SampleSize",
    "Scale",
    "SegmentComparison",
    "Test",
    "Trend",
    "adjust_pvalues",
    "allocate",
    "bottom_box",
    "ces",
    "compare_segments",
    "consistency",
    "counts_from_frame",
    "csat",
    "datasets",
    "design_effect",
    "detectable_difference",
    "difference",
    "draw_sample",
    "effective_n",
    "equivalence",
    "errors",
    "latest_per",
    "linear_score",
    "margin_of_error",
    "mean_score",
    "net_score",
    "nps",
    "ordinal_difference",
    "overlapping_difference",
    "paired_difference",
    "poststratify",
    "power",
    "rake",
    "response_rate",
    "sample_size",
    "tabulate",
    "top_box",
    "trend",
    "trim_weights",
]
