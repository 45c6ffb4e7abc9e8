"""The one door for data frames: the same summaries from any frame or SQL engine.

An engine only groups and adds. What it returns has one row per group and answer that
occurs, whatever that answer is; what is on the scale, what is missing and in what order
the groups come is decided here, by the rules of raw answers. So all engines give the
same counts, and nothing but a small table ever leaves them.
"""

from cxmetrics.summaries.frames.amounts import tabulate_amounts, tabulate_revenue
from cxmetrics.summaries.frames.churn import tabulate_churn
from cxmetrics.summaries.frames.cohorts import Cohorts, tabulate_cohorts
from cxmetrics.summaries.frames.columns import columns_of
from cxmetrics.summaries.frames.moves import tabulate_moves
from cxmetrics.summaries.frames.rows import draw_sample, latest_per
from cxmetrics.summaries.frames.stored import counts_from_frame
from cxmetrics.summaries.frames.switches import tabulate_switches
from cxmetrics.summaries.frames.tabulate import tabulate
from cxmetrics.summaries.frames.tenure import tabulate_tenure
from cxmetrics.summaries.frames.waits import tabulate_dwell, tabulate_time_to

__all__ = [
    "Cohorts",
    "columns_of",
    "counts_from_frame",
    "draw_sample",
    "latest_per",
    "tabulate",
    "tabulate_amounts",
    "tabulate_churn",
    "tabulate_cohorts",
    "tabulate_dwell",
    "tabulate_moves",
    "tabulate_revenue",
    "tabulate_switches",
    "tabulate_tenure",
    "tabulate_time_to",
]
