"""Answers → mergeable sufficient statistics."""

from cxmetrics.summaries.counts import Counts as Counts
from cxmetrics.summaries.grouped import Grouped as Grouped
