"""The quantile of the standard normal law, without loading SciPy, which would take longer than most jobs.

Rational functions of q = u - 1/2 in the middle and of r = sqrt(-log min(u, 1 - u)) in the tails, to
about sixteen digits. Source: Wichura, Algorithm AS 241 (PPND16), *Applied Statistics* 1988.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rational = tuple[tuple[float, ...], tuple[float, ...]]  # coefficients, highest power first

MIDDLE: Rational = (
    (
        2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
        13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608,
    ),
    (
        5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
        5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0,
    ),
)  # fmt: skip
NEAR: Rational = (
    (
        7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177,
        1.27045825245236838258, 3.64784832476320460504, 5.7694972214606914055,
        4.6303378461565452959, 1.42343711074968357734,
    ),
    (
        1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966,
        0.14810397642748007459, 0.68976733498510000455, 1.6763848301838038494,
        2.05319162663775882187, 1.0,
    ),
)  # fmt: skip
FAR: Rational = (
    (
        2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386,
        0.026532189526576123093, 0.29656057182850489123, 1.7848265399172913358,
        5.4637849111641143699, 6.6579046435011037772,
    ),
    (
        2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5,
        7.868691311456132591e-4, 0.0148753612908506148525, 0.13692988092273580531,
        0.59983220655588793769, 1.0,
    ),
)  # fmt: skip


LAST = 30.0  # beyond r at the smallest float


CACHED = 2**15  # numbers at a time, which the cache holds with all that is made of them


def normal_quantile(u: Floats) -> Floats:
    """The z with Phi(z) = u, for 0 < u < 1; infinite at 0 and 1."""
    u = np.asarray(u, dtype=np.float64, order="C")
    z = np.empty_like(u)
    flat, found = u.reshape(-1), z.reshape(-1)
    for start in range(0, u.size, CACHED):
        some = slice(start, start + CACHED)
        found[some] = quantiles(flat[some])
    return z


def quantiles(u: Floats) -> Floats:
    """The same for u of shape (n,)."""
    q = u - 0.5
    z = ratio(MIDDLE, 0.180625 - q * q)
    z *= q
    tails = np.flatnonzero(np.abs(q) > 0.425)
    if tails.size:
        tail = u.take(tails)
        with np.errstate(divide="ignore"):
            r = np.sqrt(-np.log(np.minimum(tail, 1.0 - tail)))
        size = ratio(NEAR, np.minimum(r, LAST) - 1.6)
        far = r > 5.0  # one in 10^11
        if far.any():
            size[far] = ratio(FAR, np.minimum(r[far], LAST) - 5.0)
            size[np.isinf(r)] = np.inf
        z[tails] = np.copysign(size, tail - 0.5)
    return z


def ratio(coefficients: Rational, x: Floats) -> Floats:
    """One polynomial over another, by Horner's rule."""
    above, below = (np.full_like(x, polynomial[0]) for polynomial in coefficients)
    for values, polynomial in zip((above, below), coefficients, strict=True):
        for coefficient in polynomial[1:]:
            values *= x
            values += coefficient
    above /= below
    return above
