"""Distances between points of the plane or the globe; TSPLIB's as it defines them, to the last digit.

Reinelt, TSPLIB 95, section 2, http://comopt.ifi.uni-heidelberg.de/software/TSPLIB95/tsp95.pdf
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from solvers.oracle import Floats

PI, RADIUS = 3.141592, 6378.388  # of TSPLIB's globe, in kilometres


def distances(coordinates: Floats, metric: str) -> Floats:
    """d(i, j) between all pairs of points, shape (n, 2) to (n, n), 0 on the diagonal.

    `metric` is a key of `METRICS`. Infinite where coordinates are too large for it.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        between = METRICS[metric](coordinates)
    np.fill_diagonal(between, 0.0)
    return between


def euclidean(points: Floats) -> Floats:
    """sqrt(dx^2 + dy^2)."""
    x, y = (np.subtract.outer(axis, axis) for axis in points.T)
    return np.asarray(np.sqrt(x * x + y * y))


def manhattan(points: Floats) -> Floats:
    """|dx| + |dy|."""
    x, y = (np.subtract.outer(axis, axis) for axis in points.T)
    return np.asarray(np.abs(x) + np.abs(y))


def nearest(points: Floats) -> Floats:
    """The Euclidean distance, rounded to the nearest integer, halves up."""
    return np.floor(euclidean(points) + 0.5)


def ceiling(points: Floats) -> Floats:
    """The Euclidean distance, rounded up."""
    return np.ceil(euclidean(points))


def pseudo_euclidean(points: Floats) -> Floats:
    """sqrt((dx^2 + dy^2) / 10), rounded up, of the AT&T instances."""
    x, y = (np.subtract.outer(axis, axis) for axis in points.T)
    return np.asarray(np.ceil(np.sqrt((x * x + y * y) / 10.0)))


def geographical(points: Floats) -> Floats:
    """Kilometres on a sphere between (latitude, longitude), both in DDD.MM, degrees and minutes."""
    degrees = np.trunc(points)
    latitude, longitude = (PI * (degrees + 5.0 * (points - degrees) / 3.0) / 180.0).T
    q1 = np.cos(np.subtract.outer(longitude, longitude))
    q2 = np.cos(np.subtract.outer(latitude, latitude))
    q3 = np.cos(np.add.outer(latitude, latitude))
    cosine = np.clip(0.5 * ((1.0 + q1) * q2 - (1.0 - q1) * q3), -1.0, 1.0)
    return np.asarray(np.trunc(RADIUS * np.arccos(cosine) + 1.0))


TSPLIB: dict[str, Callable[[Floats], Floats]] = {
    "EUC_2D": nearest,
    "CEIL_2D": ceiling,
    "ATT": pseudo_euclidean,
    "GEO": geographical,
}
METRICS = {"euclidean": euclidean, "manhattan": manhattan, **TSPLIB}
