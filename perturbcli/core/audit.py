"""Answers held against each other: a true argmax is never beaten by one of its own answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perturbcli.core.noise import Floats

TOLERANCE = 1e-6  # what solvers that compute in floats call optimal


@dataclass(frozen=True, slots=True)
class Beaten:
    """Answer j is better than answer i was at theta_i: gap = <y_j, theta_i> - <y_i, theta_i> > 0."""

    i: int
    j: int
    gap: float


def beaten(theta: Floats, solutions: Floats, tolerance: float = TOLERANCE) -> Beaten | None:
    """The pair with the largest <y_j, theta_i> - <y_i, theta_i>, or None where no pair has any.

    theta and the solutions y_i = y*(theta_i), both of shape (n, d), in time n^2 d. A gap counts
    where it exceeds `tolerance` times <|theta_i|, |y_i| + |y_j|>, the size of what is compared.
    That no pair has a gap is necessary for y* to be an argmax over any set, and sufficient for one
    over the answers seen.
    """
    scores = theta @ solutions.T
    sizes = np.abs(theta) @ np.abs(solutions).T
    gaps = scores - scores.diagonal()[:, None]
    gaps[gaps <= tolerance * (sizes + sizes.diagonal()[:, None])] = 0.0
    i, j = np.unravel_index(int(gaps.argmax()), gaps.shape)
    gap = float(gaps[i, j])
    return Beaten(int(i), int(j), gap) if gap > 0 else None
