"""Reading how answers were sampled: weights and clusters → the design of their counts."""

from typing import Any, NoReturn

import numpy as np
import scipy

from cxmetrics._checks import fail, is_number
from cxmetrics._typing import AnyArray, BoolArray, FloatArray, IndexArray, IntArray, Labels
from cxmetrics.errors import ArgumentError, MismatchError, ScaleError
from cxmetrics.scale import Scale
from cxmetrics.summaries.answers import chunks, one_dimensional
from cxmetrics.summaries.design import Clustered, Weighted
from cxmetrics.summaries.labels import Groups, dense

MOST_POINTS = 21
"""Points up to which clusters are kept: their cross-products are a square table."""


def read_weights(weights: Any, n: int, among: BoolArray | None = None) -> FloatArray:
    """One finite weight from 0 for each of `n` respondents, not all of them 0.

    Args:
        weights: The weights, as they were given.
        n: Number of respondents.
        among: Whose weights matter, and are checked; everyone's unless given.
    """
    given = one_dimensional(weights, "weights", hint="")
    if len(given) != n:
        came = f"{len(given):,} for {n:,}"
        fail(MismatchError, f"`weights` must have one weight per respondent, not {came}.")
    read = as_floats(given)
    wrong, some = [], among is not None and not among.any()
    for rows in chunks(n):
        bad = ~((read[rows] >= 0) & (read[rows] < np.inf))
        wrong.append(rows.start + np.flatnonzero(bad if among is None else bad & among[rows]))
        some = some or bool((read[rows] if among is None else read[rows][among[rows]]).any())
    culprits = np.concatenate([np.zeros(0, np.intp), *wrong])
    if len(culprits):
        culprit = given[culprits[:1]].tolist()[0]
        where = f"{len(culprits):,} of {n:,}, first at position {culprits[0]:,}"
        message = f"Each weight must be a finite number from 0, not {culprit!r:.40} ({where})."
        fail(ArgumentError, message)
    if n and not some:
        fail_without_weight(n if among is None else int(np.count_nonzero(among)))
    return read


def fail_without_weight(n: int) -> NoReturn:
    """Weights must say something."""
    fail(ArgumentError, f"One weight must be above 0, but all {n:,} of them are 0.")


def as_floats(values: AnyArray) -> FloatArray:
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
) -> tuple[IntArray, Weighted]:
    """The counts of answers, with the missing ones last, and their design.

    Args:
        position: Position of every answer on the scale; `size` for a missing one.
        size: Number of points.
        groups: Group of every answer.
        weights: Weight of every answer; 1 unless given.
        clusters: Cluster of every answer; each is its own unless given.
    """
    each = np.broadcast_to(1.0, len(position)) if weights is None else weights
    counts = np.zeros((groups.size, size + 1), np.int64)
    sums, squares = np.zeros((2, *counts.shape))
    for rows in chunks(len(position)):
        cell = groups.codes[rows].astype(np.intp) * (size + 1) + position[rows]
        np.add.at(counts.ravel(), cell, 1)
        np.add.at(sums.ravel(), cell, each[rows])
        np.add.at(squares.ravel(), cell, each[rows] ** 2)
    own = {"weights": sums[:, :size], "squares": squares[:, :size]}
    if clusters is None:
        return counts, Weighted(**own)
    answered = position < size
    position, code = position[answered], groups.codes[answered].astype(np.intp)
    both = code * clusters.size + clusters.codes[answered]
    pairs, pair = dense(both, groups.size * clusters.size)
    group, cluster = np.divmod(pairs, clusters.size)
    # One row per cluster and group, t; then Σ t t' as one product of sparse matrices.
    totals = scipy.sparse.coo_array((each[answered], (pair, position)), (len(pairs), size)).tocsr()
    t = totals.tocoo()
    by_group = scipy.sparse.csr_array(
        (t.data, (group[t.row] * size + t.col, t.row)), (groups.size * size, len(pairs))
    )
    products = (by_group @ totals).toarray().reshape(groups.size, size, size)
    order = np.argsort(cluster, kind="stable")
    again = cluster[order][1:] == cluster[order][:-1]
    links = group[order][:-1][again], group[order][1:][again]
    n_clusters = np.bincount(group, minlength=groups.size)
    return counts, Clustered(
        **own,
        products=products,
        n_clusters=n_clusters,
        overlap=overlap_of(links, counts[:, :size], n_clusters),
        with_weights=weights is not None,
    )


def overlap_of(
    links: tuple[IndexArray, IndexArray], counts: IntArray, n_clusters: IntArray
) -> IntArray:
    """A number for every group, the same for groups that are linked by clusters; 0 for one alone.

    It is made of the answers of these groups, so that groups of other tables have
    other numbers, and every engine finds the same.
    """
    from hashlib import blake2b  # noqa: PLC0415 (slow to load, and seldom needed)

    if not len(links[0]):
        return np.zeros(len(counts), np.int64)
    network = scipy.sparse.coo_array((np.ones(len(links[0])), links), (len(counts),) * 2)
    n_parts, part = scipy.sparse.csgraph.connected_components(network, directed=False)
    content = np.zeros((n_parts, counts.shape[1] + 2), np.int64)
    np.add.at(content, part, np.column_stack([counts, n_clusters, np.ones_like(n_clusters)]))
    number = np.zeros(n_parts, np.int64)
    for i in np.flatnonzero(content[:, -1] > 1):
        digest = blake2b(content[i].astype("<i8").tobytes(), digest_size=6).digest()
        number[i] = int.from_bytes(digest)
    return number[part]
