"""Variances of groups that borrow from each other."""

import numpy as np
import pytest

from cxmetrics.comparisons.groups import sampling_variances


def test_variances_of_large_groups_are_their_own() -> None:
    rows, points = np.array([[2e6, 3e6, 5e6], [1e6, 8e6, 1e6]]), np.array([-100.0, 0, 100])

    found = sampling_variances(rows, points, borrowed=20)

    assert found == pytest.approx([6100 / 1e7, 2000 / 1e7], rel=1e-5)


def test_variances_by_hand() -> None:
    """Groups of two answers, 0 and 1, and of one, 1; 1 answer is borrowed.

    Squares within: 1/2 and 0. The pool with half an answer at each end has the shares
    3/8 and 5/8, a variance of 15/64; within groups (1/2 + 15/64) / (1 + 0 + 1) = 47/128.
    """
    found = sampling_variances(np.array([[1.0, 1], [0, 1]]), np.array([0.0, 1]), borrowed=1)

    assert found == pytest.approx([(1 / 2 + 47 / 128) / 4, 47 / 128])


def test_groups_in_which_all_are_of_one_mind_have_a_variance() -> None:
    found = sampling_variances(np.array([[0, 9.0], [0, 20.0]]), np.array([0.0, 1]), borrowed=1)

    assert (found > 0).all()
