"""Reading how answers were sampled: weights and clusters → the design of their counts."""

import hashlib
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import scipy

from cxmetrics._checks import fail, is_number
from cxmetrics._typing import AnyArray, BoolArray, FloatArray, IndexArray, IntArray, Labels
from cxmetrics.errors import ArgumentError, MismatchError, ScaleError
from cxmetrics.scale import Scale
from cxmetrics.summaries.answers import one_dimensional
from cxmetrics.summaries.design import Clustered, Weighted
from cxmetrics.summaries.labels import Groups, dense

MOST_POINTS = 21
"""Points up to which clusters are kept: their cross-products are a square table."""


def read_weights(weights: Any, n: int, among: BoolArray | None = None) -> FloatArray:
    """One finite weight from 0 for each of `n` respondents, not all of them 0.

    Args:
        weights: The weights, as they were given.
        n: Number of respondents.
        among: Whose weights matter; everyone's unless given.
    """
    given = one_dimensional(weights, "weights")
    if len(given) != n:
        came = f"{len(given):,} for {n:,}"
        fail(MismatchError, f"`weights` must have one weight per respondent, not {came}.")
    read = _as_floats(given)
    read = read if among is None else np.where(among, read, 0)
    wrong = np.flatnonzero(~(np.isfinite(read) & (read >= 0)))
    if len(wrong):
        culprit = given[wrong[:1]].tolist()[0]
        where = f"{len(wrong):,} of {n:,}, first at position {wrong[0]:,}"
        message = f"Each weight must be a finite number from 0, not {culprit!r:.40} ({where})."
        fail(ArgumentError, message)
    check_some_weight(read if among is None else read[among])
    return read


def check_some_weight(weights: FloatArray) -> None:
    """Of several weights, one must be above 0."""
    if len(weights) and not weights.any():
        fail(ArgumentError, f"One weight must be above 0, but all {len(weights):,} of them are 0.")


def _as_floats(values: AnyArray) -> FloatArray:
    """Numbers as floats, all else as NaN."""
    if values.dtype.kind in "iuf":
        return np.asarray(values, np.float64)
    return np.array([float(v) if is_number(v) else np.nan for v in values.tolist()], np.float64)


def check_few_points(scale: Scale, argument: str = "clusters") -> None:
    """Clusters are kept as a square table over the points of a scale."""
    if scale.size > MOST_POINTS:
        most = f"a scale of at most {MOST_POINTS} points"
        message = f"`{argument}` must be on {most}, not {scale.size}."
        width = -(-scale.size // MOST_POINTS)
        fail(ScaleError, message, f"did you mean to group the answers first, as answer // {width}?")


def read_clusters(labels: Labels, n: int) -> Groups:
    """The cluster of every respondent; one with a missing label is a cluster of its own."""
    groups = Groups.of(labels, n, "clusters")
    nameless = np.zeros(groups.size, np.bool_)
    for column in groups.keys.values():
        nameless |= np.array([label is None for label in column], np.bool_)
    alone = nameless[groups.codes]
    n_alone = int(np.count_nonzero(alone))
    codes = groups.codes.astype(np.intp)
    codes[alone] = groups.size + np.arange(n_alone)
    return Groups({}, codes, groups.size + n_alone)


def design_of(
    position: IndexArray,
    size: int,
    groups: Groups,
    weights: FloatArray | None,
    clusters: Groups | None,
) -> Weighted:
    """The design of answers, each at a position on a scale of `size` points.

    Args:
        position: Position of every answer; `size` for a missing one.
        size: Number of points.
        groups: Group of every answer.
        weights: Weight of every answer; 1 unless given.
        clusters: Cluster of every answer; each is its own unless given.
    """
    answered = position < size
    position, code = position[answered], groups.codes[answered].astype(np.intp)
    each = np.ones(len(position)) if weights is None else weights[answered]
    cell, shape = code * size + position, (groups.size, size)
    sums = {"weights": _sums(cell, each, shape), "squares": _sums(cell, each**2, shape)}
    if clusters is None:
        return Weighted(**sums)
    both = code * clusters.size + clusters.codes[answered]
    pairs, pair = dense(both, groups.size * clusters.size)
    group, cluster = np.divmod(pairs, clusters.size)
    totals = _sums(pair * size + position, each, (len(pairs), size))
    products = np.empty((*shape, size))
    for j, k in combinations_with_replacement(range(size), 2):
        sums_of_one = np.bincount(group, totals[:, j] * totals[:, k], minlength=groups.size)
        products[:, j, k] = products[:, k, j] = sums_of_one
    n_clusters = np.bincount(group, minlength=groups.size)
    order = np.argsort(cluster, kind="stable")
    same = cluster[order][1:] == cluster[order][:-1]
    links = group[order][:-1][same], group[order][1:][same]
    counts = np.bincount(cell, minlength=groups.size * size).reshape(shape)
    return Clustered(
        **sums,
        products=products,
        n_clusters=n_clusters,
        overlap=overlap_of(links, counts, n_clusters),
        with_weights=weights is not None,
    )


def overlap_of(
    links: tuple[IndexArray, IndexArray], counts: IntArray, n_clusters: IntArray
) -> IntArray:
    """A number for every group, the same for groups that are linked by clusters; 0 for one alone.

    It is made of the answers of these groups, so that groups of other tables have
    other numbers, and every engine finds the same.
    """
    if not len(links[0]):
        return np.zeros(len(counts), np.int64)
    network = scipy.sparse.coo_array((np.ones(len(links[0])), links), (len(counts),) * 2)
    n_parts, part = scipy.sparse.csgraph.connected_components(network, directed=False)
    content = np.zeros((n_parts, counts.shape[1] + 2), np.int64)
    np.add.at(content, part, np.column_stack([counts, n_clusters, np.ones_like(n_clusters)]))
    number = np.zeros(n_parts, np.int64)
    for i in np.flatnonzero(content[:, -1] > 1):
        digest = hashlib.blake2b(content[i].astype("<i8").tobytes(), digest_size=6).digest()
        number[i] = int.from_bytes(digest)
    return number[part]


def _sums(cell: IndexArray, amounts: FloatArray, shape: tuple[int, int]) -> FloatArray:
    sums = np.bincount(cell, amounts, minlength=shape[0] * shape[1])
    return np.asarray(sums.reshape(shape), np.float64)
