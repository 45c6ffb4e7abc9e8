"""Survey weights: meeting known totals of the population, trimming, and what weights cost.

Weights are of people, not of answers: they say how many people of the population a
respondent stands for. How often an answer was given is a count, not a weight.
"""

from cxmetrics.weighting.raking import Raking, poststratify, rake
from cxmetrics.weighting.replicates import ReplicatedShares, replicate_shares
from cxmetrics.weighting.weights import design_effect, effective_n, trim_weights

__all__ = [
    "Raking",
    "ReplicatedShares",
    "design_effect",
    "effective_n",
    "poststratify",
    "rake",
    "replicate_shares",
    "trim_weights",
]
