"""J v, u^T J and the diagonal of J, by draws of their own size: J itself is never formed.

With the baseline of `leave_one_out`, and y_m - ybar_{-m} = (y_m - ybar) n/(n - 1) within a block,

    J v    = E[(y - ybar)(s^T v)] ,     u^T J = E[((y - ybar)^T u) s] ,     diag J = E[(y - ybar) o s]

for scores s divided by their scale. Where J is symmetric, J v is the mean of both forms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perturbcli.core.noise import Floats


@dataclass(frozen=True, slots=True)
class Products:
    """What is asked: v for J v, u for u^T J, both (d) or None, and whether the diagonal."""

    jvp: Floats | None = None
    vjp: Floats | None = None
    diagonal: bool = False

    def __bool__(self) -> bool:
        return self.jvp is not None or self.vjp is not None or self.diagonal

    def draws(self, solutions: Floats, scores: Floats, *, symmetric: bool) -> dict[str, Floats]:
        """Draws of each, (n, d), from the solutions and scaled scores of a block, (n, d)."""
        n = len(solutions)
        y = (solutions - solutions.mean(axis=0)) * (n / max(n - 1, 1))
        drawn: dict[str, Floats] = {}
        for name, vector in (("jvp", self.jvp), ("vjp", self.vjp)):
            if vector is None:
                continue
            along = y * (scores @ vector)[:, np.newaxis]
            across = (y @ vector)[:, np.newaxis] * scores
            if symmetric:
                drawn[name] = (along + across) / 2
            else:
                drawn[name] = along if name == "jvp" else across
        if self.diagonal:
            drawn["jacobian_diagonal"] = y * scores
        return drawn
