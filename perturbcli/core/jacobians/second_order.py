"""J by the second-order form, which asks for values instead of solutions: a cross-check.

    J = E[(F(theta + eps Z) - b)(S S^T - diag(hess nu(Z)))] / eps^2

for any constant b, since the second factor has mean zero; b is the mean of F. It needs noise whose
log-density is twice differentiable, and has a larger error than the first-order forms.
Source: Berthet et al. 2020, Proposition 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from perturbcli.core.jacobians.accumulator import Accumulator, Draws, Frame, Matrix, finished
from perturbcli.core.parts import Parts, Sums


@dataclass(frozen=True, slots=True)
class SecondOrder(Accumulator):
    """Sums of F, of S S^T - diag(hess nu), and of their products, by parts."""

    parts: Parts

    @classmethod
    def of(cls, draws: Draws) -> Self:
        f, s, curvatures = draws.values, draws.scores, draws.curvatures()
        sums = {
            "f": f.sum(axis=0, keepdims=True),
            "w": s.T @ s - np.diag(curvatures.sum(axis=0)),
            "fw": (f[:, np.newaxis] * s).T @ s - np.diag(f @ curvatures),
        }
        return cls(draws.parts(Sums(len(f), sums)))

    def merge(self, other: Self) -> Self:
        return type(self)(self.parts.merge(other.parts))

    def estimate(self, frame: Frame) -> Matrix:
        total = self.parts.total
        n, b = total.n, float(total["f"][0]) / total.n
        square = np.outer(frame.scale, frame.scale)
        jacobian = (total["fw"] - b * total["w"]) / (n - 1) / square
        deviations = [
            (part["fw"] - b * part["w"]) / part.n / square - jacobian * ((n - 1) / n)
            for part in self.parts.parts
        ]
        variance = self.parts.variance(deviations)
        return finished(jacobian, variance, None, frame, self.parts.degrees_of_freedom)
