"""Customer-experience metrics, each with a confidence interval and a test that is right.

Summaries add, metrics estimate, comparisons subtract. The names below are in the
order in which data flows through them.

1. Say which answers a question allows: `Scale`, or one of the usual scales.
2. Reduce answers to summaries that merge by `+`: `Counts`, `Grouped`; a column of any
   data frame with `tabulate`, and back with `counts_from_frame`. `latest_per` keeps the
   latest answer of each customer, `draw_sample` draws whom to ask. `PairCounts` are
   two answers of each customer. Who was lost in a period: `tabulate_churn`; how long
   customers stay: `LifeTable`, `tabulate_tenure`. Which ways they take: `Moves`,
   `tabulate_moves`; how long it takes: `tabulate_dwell`, `tabulate_time_to`; what they
   say before and after they switch channels: `tabulate_switches`. What accounts pay:
   `Revenue`, `tabulate_revenue`; amounts of any kind: `Moments`, `tabulate_amounts`.
3. Estimate a metric with its interval: `nps`, `csat`, `ces`, `mean_score`, `top_box`,
   `bottom_box`, `net_score`, `linear_score`, `response_rate` give an `Estimate`, or a
   Grouped of them. So do `churn_rate` and `retention_rate` of a period, `churn_per_time`,
   and what is read off a `retention_curve`: `retention_at`, `mean_tenure`,
   `median_tenure`. Of revenue: `net_revenue_retention`, `gross_revenue_retention`, its
   parts `revenue_churn`, `revenue_contraction` and `revenue_expansion`, `earned_growth`,
   `average_revenue`; and on how few accounts it rests, `revenue_concentration`.
   What a customer is worth: `lifetime_value`, `payback_period`, `ltv_to_cac`; and beyond
   the data, by a model, `fit_retention`.
4. Weight what is not representative: `rake`, `poststratify`, `trim_weights`.
5. Compare two groups or periods: `difference`; of the same customers
   `paired_difference`, of partly the same `overlapping_difference`; many groups:
   `compare_segments`, `consistency`, `trend`, and `adjust_pvalues` for families of your
   own; whether nothing got worse: `equivalence`; the answers by their order alone:
   `ordinal_difference`; rates per time: `rate_ratio`, `rate_difference`; retention over
   all tenures: `compare_retention`.
6. Plan the next survey: `sample_size`, `detectable_difference`, `margin_of_error`,
   `power`, `allocate`.
7. Say what customers go through: `Touchpoint`, `Journey`, `Persona`; score every
   touchpoint and see where it hurts: `scorecard`, `compare_scorecards`; how far they come:
   `funnel`, `compare_funnels`. Which ways they take:
   `transitions`, `compare_transitions`, `frequent_paths`, `return_rate`,
   `first_contact_resolution`, `removal_effects`, `AbsorbingChain`.

`datasets` has real summaries and a simulator; `errors` all that is raised on purpose.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cxmetrics import errors
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

if TYPE_CHECKING:
    from cxmetrics import datasets
    from cxmetrics.comparisons.consistency import Consistency, consistency
    from cxmetrics.comparisons.equivalence import Equivalence, equivalence
    from cxmetrics.comparisons.multiplicity import adjust_pvalues
    from cxmetrics.comparisons.ordinal import OrdinalDifference, ordinal_difference
    from cxmetrics.comparisons.overlapping import overlapping_difference
    from cxmetrics.comparisons.paired import paired_difference
    from cxmetrics.comparisons.rates import RateRatio, rate_difference, rate_ratio
    from cxmetrics.comparisons.retention import RetentionComparison, compare_retention
    from cxmetrics.comparisons.segments import SegmentComparison, compare_segments
    from cxmetrics.comparisons.trend import Trend, trend
    from cxmetrics.journeys.card_changes import ScorecardComparison, compare_scorecards
    from cxmetrics.journeys.chain import AbsorbingChain
    from cxmetrics.journeys.changes import JourneyChange, JourneyDiff
    from cxmetrics.journeys.description import JourneyDescription
    from cxmetrics.journeys.friction import Friction
    from cxmetrics.journeys.funnel import Funnel, compare_funnels, funnel
    from cxmetrics.journeys.journey import Journey
    from cxmetrics.journeys.paths import (
        FrequentPaths,
        first_contact_resolution,
        frequent_paths,
        return_rate,
    )
    from cxmetrics.journeys.persona import Persona
    from cxmetrics.journeys.removal import removal_effects
    from cxmetrics.journeys.scorecard import Scorecard
    from cxmetrics.journeys.scored import scorecard
    from cxmetrics.journeys.touchpoint import Touchpoint
    from cxmetrics.journeys.transitions import Transitions, compare_transitions, transitions
    from cxmetrics.metrics.acquisition import ltv_to_cac, payback_period
    from cxmetrics.metrics.average_revenue import average_revenue
    from cxmetrics.metrics.churn import churn_per_time, churn_rate, retention_rate
    from cxmetrics.metrics.cohorts import CohortRetention, cohort_retention
    from cxmetrics.metrics.concentration import RevenueConcentration, revenue_concentration
    from cxmetrics.metrics.earned_growth import earned_growth
    from cxmetrics.metrics.lifetime_value import lifetime_value
    from cxmetrics.metrics.projection import Projection
    from cxmetrics.metrics.response import response_rate
    from cxmetrics.metrics.retention import (
        RetentionCurve,
        mean_tenure,
        median_tenure,
        retention_at,
        retention_curve,
    )
    from cxmetrics.metrics.retention_model import RetentionModel, fit_retention
    from cxmetrics.metrics.revenue import (
        gross_revenue_retention,
        net_revenue_retention,
        revenue_churn,
        revenue_contraction,
        revenue_expansion,
    )
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
    from cxmetrics.summaries.bridges import to_lifelines
    from cxmetrics.summaries.frames import (
        counts_from_frame,
        draw_sample,
        latest_per,
        tabulate,
        tabulate_amounts,
        tabulate_churn,
        tabulate_dwell,
        tabulate_moves,
        tabulate_revenue,
        tabulate_switches,
        tabulate_tenure,
        tabulate_time_to,
    )
    from cxmetrics.summaries.life_table import LifeTable
    from cxmetrics.summaries.moments import Moments
    from cxmetrics.summaries.moves import Moves
    from cxmetrics.summaries.pairs import Migration, PairCounts
    from cxmetrics.summaries.revenue import Revenue
    from cxmetrics.weighting import (
        Raking,
        design_effect,
        effective_n,
        poststratify,
        rake,
        trim_weights,
    )
else:  # not before type checkers, who would take any name for one that there is

    def __getattr__(name: str) -> Any:
        if name not in _LATER:
            msg = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(msg)
        module = import_module(f"{__name__}.{_LATER[name]}")
        value = module if _LATER[name] == name else getattr(module, name)
        globals()[name] = value
        return value


__version__ = "0.1.0"

__all__ = [
    "NPS_GROUPS",
    "ONE_TO_FIVE",
    "ONE_TO_SEVEN",
    "ONE_TO_TEN",
    "YES_NO",
    "ZERO_TO_TEN",
    "AbsorbingChain",
    "Allocation",
    "CohortRetention",
    "Consistency",
    "Counts",
    "Difference",
    "Equivalence",
    "Estimate",
    "Friction",
    "FrequentPaths",
    "Funnel",
    "Grouped",
    "Interval",
    "Journey",
    "JourneyChange",
    "JourneyDescription",
    "JourneyDiff",
    "LifeTable",
    "Margin",
    "Migration",
    "Moments",
    "Moves",
    "OrdinalDifference",
    "PairCounts",
    "Persona",
    "Projection",
    "Raking",
    "RateRatio",
    "RetentionComparison",
    "RetentionCurve",
    "RetentionModel",
    "Revenue",
    "RevenueConcentration",
    "SampleSize",
    "Scale",
    "Scorecard",
    "ScorecardComparison",
    "SegmentComparison",
    "Test",
    "Touchpoint",
    "Transitions",
    "Trend",
    "adjust_pvalues",
    "allocate",
    "average_revenue",
    "bottom_box",
    "ces",
    "churn_per_time",
    "churn_rate",
    "cohort_retention",
    "compare_funnels",
    "compare_retention",
    "compare_scorecards",
    "compare_segments",
    "compare_transitions",
    "consistency",
    "counts_from_frame",
    "csat",
    "datasets",
    "design_effect",
    "detectable_difference",
    "difference",
    "draw_sample",
    "earned_growth",
    "effective_n",
    "equivalence",
    "errors",
    "first_contact_resolution",
    "fit_retention",
    "frequent_paths",
    "funnel",
    "gross_revenue_retention",
    "latest_per",
    "lifetime_value",
    "linear_score",
    "ltv_to_cac",
    "margin_of_error",
    "mean_score",
    "mean_tenure",
    "median_tenure",
    "net_revenue_retention",
    "net_score",
    "nps",
    "ordinal_difference",
    "overlapping_difference",
    "paired_difference",
    "payback_period",
    "poststratify",
    "power",
    "rake",
    "rate_difference",
    "rate_ratio",
    "removal_effects",
    "response_rate",
    "retention_at",
    "retention_curve",
    "retention_rate",
    "return_rate",
    "revenue_churn",
    "revenue_concentration",
    "revenue_contraction",
    "revenue_expansion",
    "sample_size",
    "scorecard",
    "tabulate",
    "tabulate_amounts",
    "tabulate_churn",
    "tabulate_dwell",
    "tabulate_moves",
    "tabulate_revenue",
    "tabulate_switches",
    "tabulate_tenure",
    "tabulate_time_to",
    "to_lifelines",
    "top_box",
    "transitions",
    "trend",
    "trim_weights",
]

_LATER = {
    "AbsorbingChain": "journeys.chain",
    "Allocation": "planning",
    "CohortRetention": "metrics.cohorts",
    "Consistency": "comparisons.consistency",
    "Equivalence": "comparisons.equivalence",
    "Friction": "journeys.friction",
    "FrequentPaths": "journeys.paths",
    "Funnel": "journeys.funnel",
    "Journey": "journeys.journey",
    "JourneyChange": "journeys.changes",
    "JourneyDescription": "journeys.description",
    "JourneyDiff": "journeys.changes",
    "LifeTable": "summaries.life_table",
    "Margin": "planning",
    "Migration": "summaries.pairs",
    "Moments": "summaries.moments",
    "Moves": "summaries.moves",
    "OrdinalDifference": "comparisons.ordinal",
    "PairCounts": "summaries.pairs",
    "Persona": "journeys.persona",
    "Projection": "metrics.projection",
    "Raking": "weighting",
    "RateRatio": "comparisons.rates",
    "RetentionComparison": "comparisons.retention",
    "RetentionCurve": "metrics.retention",
    "RetentionModel": "metrics.retention_model",
    "Revenue": "summaries.revenue",
    "RevenueConcentration": "metrics.concentration",
    "SampleSize": "planning",
    "Scorecard": "journeys.scorecard",
    "ScorecardComparison": "journeys.card_changes",
    "SegmentComparison": "comparisons.segments",
    "Touchpoint": "journeys.touchpoint",
    "Transitions": "journeys.transitions",
    "Trend": "comparisons.trend",
    "adjust_pvalues": "comparisons.multiplicity",
    "allocate": "planning",
    "average_revenue": "metrics.average_revenue",
    "churn_per_time": "metrics.churn",
    "churn_rate": "metrics.churn",
    "cohort_retention": "metrics.cohorts",
    "compare_funnels": "journeys.funnel",
    "compare_retention": "comparisons.retention",
    "compare_scorecards": "journeys.card_changes",
    "compare_segments": "comparisons.segments",
    "compare_transitions": "journeys.transitions",
    "consistency": "comparisons.consistency",
    "counts_from_frame": "summaries.frames",
    "datasets": "datasets",
    "design_effect": "weighting",
    "detectable_difference": "planning",
    "draw_sample": "summaries.frames",
    "earned_growth": "metrics.earned_growth",
    "effective_n": "weighting",
    "equivalence": "comparisons.equivalence",
    "first_contact_resolution": "journeys.paths",
    "fit_retention": "metrics.retention_model",
    "frequent_paths": "journeys.paths",
    "funnel": "journeys.funnel",
    "gross_revenue_retention": "metrics.revenue",
    "latest_per": "summaries.frames",
    "lifetime_value": "metrics.lifetime_value",
    "ltv_to_cac": "metrics.acquisition",
    "margin_of_error": "planning",
    "mean_tenure": "metrics.retention",
    "median_tenure": "metrics.retention",
    "net_revenue_retention": "metrics.revenue",
    "ordinal_difference": "comparisons.ordinal",
    "overlapping_difference": "comparisons.overlapping",
    "paired_difference": "comparisons.paired",
    "payback_period": "metrics.acquisition",
    "poststratify": "weighting",
    "power": "planning",
    "rake": "weighting",
    "rate_difference": "comparisons.rates",
    "rate_ratio": "comparisons.rates",
    "removal_effects": "journeys.removal",
    "response_rate": "metrics.response",
    "retention_at": "metrics.retention",
    "retention_curve": "metrics.retention",
    "retention_rate": "metrics.churn",
    "return_rate": "journeys.paths",
    "revenue_churn": "metrics.revenue",
    "revenue_concentration": "metrics.concentration",
    "revenue_contraction": "metrics.revenue",
    "revenue_expansion": "metrics.revenue",
    "sample_size": "planning",
    "scorecard": "journeys.scored",
    "tabulate": "summaries.frames",
    "tabulate_amounts": "summaries.frames",
    "tabulate_churn": "summaries.frames",
    "tabulate_dwell": "summaries.frames",
    "tabulate_moves": "summaries.frames",
    "tabulate_revenue": "summaries.frames",
    "tabulate_switches": "summaries.frames",
    "tabulate_tenure": "summaries.frames",
    "tabulate_time_to": "summaries.frames",
    "to_lifelines": "summaries.bridges",
    "transitions": "journeys.transitions",
    "trend": "comparisons.trend",
    "trim_weights": "weighting",
}
"""Modules of the names that are loaded when they are first used, so that the import is light."""


def __dir__() -> list[str]:
    return __all__
