"""Before a survey: how many answers it takes, what they can find, and whom to ask."""

from cxmetrics.planning.allocation import Allocation, allocate
from cxmetrics.planning.detection import Margin, detectable_difference, margin_of_error, power
from cxmetrics.planning.sample_size import SampleSize, sample_size

__all__ = [
    "Allocation",
    "Margin",
    "SampleSize",
    "allocate",
    "detectable_difference",
    "margin_of_error",
    "power",
    "sample_size",
]
