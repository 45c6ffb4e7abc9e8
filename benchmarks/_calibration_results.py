"""All that the page on calibration needs, computed."""

from collections.abc import Callable
from typing import NamedTuple

import _design_coverage as designs
import _difference_coverage as two_groups
import _equivalence_coverage as equivalent
import _family_coverage as families
import _joint_coverage as joint
import _mean_coverage as means
import _nps_coverage as one_group
import _ordinal_coverage as ordinal
import _paired_coverage as paired
import _paths_coverage as paths
import _raking_coverage as raked
import _retention_coverage as retention
import _revenue_coverage as revenue
import _scatter_coverage as scatter
from _tables import Coverage


class Results(NamedTuple):
    """All that was computed."""

    one: dict[int, dict[str, Coverage]]
    conflicts_with_tango: int
    means: dict[means.Cell, dict[str, Coverage]]
    weights: dict[tuple[str, int], designs.By]
    clusters: dict[tuple[str, int], designs.By]
    raked: dict[tuple[str, int], raked.By]
    retention: dict[retention.Cell, retention.Kept]
    revenue: dict[revenue.Cell, revenue.Retained]
    joint: dict[joint.Cell, joint.Joint]
    paths: dict[int, paths.Held]
    two: dict[tuple[int, int], two_groups.Comparison]
    conflicts_with_pvalue: int
    conflicts_of_permutation: int
    pairs: dict[int, paired.By]
    overlaps: dict[tuple[int, int], paired.By]
    ordinal: dict[tuple[int, int], ordinal.Comparison]
    equivalent: dict[str, equivalent.Rates]
    families: dict[str, families.Rates]
    consistent: dict[str, scatter.Consistent]
    trends: dict[str, scatter.By]


def computed(step: Callable[[str], None]) -> Results:
    """Compute everything, and say what is being done."""
    step("one group")
    one, tango = one_group.coverages(), one_group.conflicts_with_tango()
    step("means")
    of_means = means.coverages()
    step("weights and clusters")
    weights, clusters = designs.of_weights(), designs.of_clusters()
    step("raking")
    of_raked = raked.coverages()
    step("retention")
    of_retention = retention.coverages()
    step("revenue")
    of_revenue = revenue.coverages()
    step("scorecards")
    of_joint = joint.coverages()
    step("paths")
    of_paths = paths.coverages()
    step("intervals and p-values")
    conflicts, permuted = two_groups.conflicts(), two_groups.permutation_conflicts()
    step("two groups")
    two = two_groups.comparisons()
    step("the same customers")
    pairs, overlaps = paired.of_pairs(), paired.of_overlaps()
    step("order and equivalence")
    of_order, equal = ordinal.comparisons(), equivalent.wrong_verdicts()
    step("many groups")
    alarms, consistent = families.false_alarms(), scatter.of_groups()
    step("trends")
    return Results(
        one=one,
        conflicts_with_tango=tango,
        means=of_means,
        weights=weights,
        clusters=clusters,
        raked=of_raked,
        retention=of_retention,
        revenue=of_revenue,
        joint=of_joint,
        paths=of_paths,
        two=two,
        conflicts_with_pvalue=conflicts,
        conflicts_of_permutation=permuted,
        pairs=pairs,
        overlaps=overlaps,
        ordinal=of_order,
        equivalent=equal,
        families=alarms,
        consistent=consistent,
        trends=scatter.of_periods(),
    )
