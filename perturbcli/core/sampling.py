"""One pass of oracle calls: a task runs blocks of samples, a tally holds what they say.

One pass serves the value, the solution, the gradient, the Jacobian, the loss and the distribution.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perturbcli.core.designs import Block, Independent
from perturbcli.core.distribution import Counts
from perturbcli.core.jacobian import Covariance
from perturbcli.core.moments import Moments
from perturbcli.core.noise import Floats
from perturbcli.core.oracles import Oracle, solve, trait
from perturbcli.core.perturbation import Perturbation


@dataclass(frozen=True, slots=True)
class Tally:
    """What some blocks say together; what was not asked for is None.

    gradient: draws whose mean is grad F_eps, shape (*shape)
    loss:     draws F(T) - <T, y> at the perturbed parameter T, each >= 0 for y in Y
    """

    solution: Moments
    value: Moments
    gradient: Moments | None
    loss: Moments | None
    jacobian: Covariance | None
    counts: Counts | None
    proved: int
    fallbacks: int

    def merge(self, other: Tally) -> Tally:
        """Both together; the order matters only to the last bits of a float."""
        return Tally(
            self.solution.merge(other.solution),
            self.value.merge(other.value),
            self.gradient.merge(other.gradient) if self.gradient and other.gradient else None,
            self.loss.merge(other.loss) if self.loss and other.loss else None,
            self.jacobian.merge(other.jacobian) if self.jacobian and other.jacobian else None,
            self.counts.merge(other.counts) if self.counts and other.counts else None,
            self.proved + other.proved,
            self.fallbacks + other.fallbacks,
        )


@dataclass(frozen=True, slots=True)
class Task:
    """Everything a worker needs to turn a block of samples into a tally."""

    oracle: Oracle
    theta: Floats
    perturbation: Perturbation
    design: Independent
    jacobian: bool
    target: Floats | None
    counts: bool

    def blocks(self) -> list[Block]:
        """The blocks that make up the whole."""
        return self.design.blocks(self.theta.size, trait(self.oracle, "batch", 256))

    def __call__(self, block: Block) -> Tally:
        theta, n = self.theta, block.size
        z = self.design.draw(self.perturbation.noise, block, theta.shape)
        scores = self.perturbation.noise.score(z) if self.jacobian else None
        forbidden = trait(self.oracle, "forbidden", None)
        if forbidden is not None:
            z = np.where(forbidden, 0.0, z)
            scores = None if scores is None else np.where(forbidden, 0.0, scores)
        perturbed = self.perturbation.apply(theta, z)
        answers = solve(self.oracle, perturbed)
        gradient = loss = jacobian = None
        if self.target is not None:
            gradient = Moments.of(self.perturbation.gradient(answers.solutions, z))
            loss = Moments.of(answers.values - perturbed.reshape(n, -1) @ self.target.reshape(-1))
        if scores is not None:
            scale = self.perturbation.scale(theta)
            if forbidden is not None:
                scale = np.where(forbidden, 1.0, scale)
            jacobian = Covariance.of(
                answers.solutions.reshape(n, -1),
                (scores / scale).reshape(n, -1),
                symmetric=self.perturbation.symmetric,
            )
        return Tally(
            Moments.of(answers.solutions),
            Moments.of(answers.values),
            gradient,
            loss,
            jacobian,
            Counts.of(answers.solutions.reshape(n, -1)) if self.counts else None,
            int(answers.proved.sum()),
            answers.fallbacks,
        )
