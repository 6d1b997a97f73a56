"""One pass of oracle calls: a task runs blocks of samples, a tally holds what they say.

One pass serves the value, the solution, the gradient, the Jacobian, the loss and the distribution.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from perturbcli.core.designs import Block
from perturbcli.core.distribution import Counts
from perturbcli.core.drawing import Drawing
from perturbcli.core.jacobians import Accumulator, Draws
from perturbcli.core.jacobians.moves import Moves
from perturbcli.core.jacobians.products import Products
from perturbcli.core.moments import Moments
from perturbcli.core.noise import Floats
from perturbcli.core.oracles import Answers, solve
from perturbcli.core.parts import Parts, Sums
from perturbcli.core.target import regrets


@dataclass(frozen=True, slots=True)
class Tally:
    """What some blocks say together; what was not asked for is None.

    gradient: draws whose mean is grad F_eps, shape (*shape)
    loss:     draws F(T) - <T, y> at the perturbed parameter T, each >= 0 for y in Y; less those of
              `least`, where the target has one
    least:    the draws of the same at the parameter where their mean is least, with the same noise
    moves:    what a Jacobian on the entries that vary is estimated from, block by block
    products: draws of J v, u^T J and diag J, (d)
    """

    solution: Moments
    value: Moments
    gradient: Moments | None
    loss: Moments | None
    least: Moments | None
    jacobian: Accumulator | None
    moves: tuple[Moves, ...]
    products: dict[str, Moments]
    counts: Counts | None
    calls: int
    proved: int
    fallbacks: int

    def merge(self, other: Tally) -> Tally:
        """Both together; the order matters only to the last bits of a float."""
        return Tally(
            self.solution.merge(other.solution),
            self.value.merge(other.value),
            self.gradient.merge(other.gradient) if self.gradient and other.gradient else None,
            self.loss.merge(other.loss) if self.loss and other.loss else None,
            self.least.merge(other.least) if self.least and other.least else None,
            self.jacobian.merge(other.jacobian) if self.jacobian and other.jacobian else None,
            self.moves + other.moves,
            {name: m.merge(other.products[name]) for name, m in self.products.items()},
            self.counts.merge(other.counts) if self.counts and other.counts else None,
            self.calls + other.calls,
            self.proved + other.proved,
            self.fallbacks + other.fallbacks,
        )


@dataclass(frozen=True, slots=True)
class Task(Drawing):
    """Everything a worker needs to turn a block of samples into a tally.

    centre: y*(theta) and F(theta), which are taken from what is summed, so that sums stay small
    jacobian: the estimator of the Jacobian, or None
    sparse:   whether the Jacobian is one on the entries that vary, made when they are known
    products: what the Jacobian is to be multiplied by, without being formed
    least:    the parameter at which F_eps(theta) - <target, theta> is least, where that is not 0
    """

    centre: tuple[Floats, float]
    jacobian: type[Accumulator] | None
    sparse: bool
    products: Products
    target: Floats | None
    counts: bool
    batch: int = 2**20
    least: Floats | None = None

    def blocks(self) -> Iterator[Block]:
        """The blocks that make up the whole."""
        return self.cut(self.batch)

    def __call__(self, block: Block) -> Tally:
        w = self.draw(block)
        z = self.noises(w)
        perturbed = self.perturbation.apply(self.theta, z)
        answers = solve(self.oracle, perturbed)
        rows = answers.solutions.reshape(block.size, -1)
        values = self.values(answers, perturbed)
        asked = [answers]
        gradient = loss = least = None
        if self.target is not None:
            gradient = self.moments(self.perturbation.gradient(answers.solutions, z))
            regret = regrets(answers.values, perturbed, self.target)
            if self.least is not None:
                other = self.perturbation.apply(self.least, z)
                asked.append(solve(self.oracle, other))
                inevitable = regrets(asked[1].values, other, self.target)
                least = self.moments(inevitable)
                if not self.design.nested:
                    regret = values - np.vdot(self.theta, self.target)
                regret = regret - inevitable
            loss = self.moments(regret)
        jacobian: Accumulator | None = None
        moves: tuple[Moves, ...] = ()
        if self.jacobian and self.sparse:
            moves = (Moves.of(block, *self.centred(answers)),)
        elif self.jacobian:
            jacobian = self.jacobian.of(self.draws(*self.centred(answers), w))
        return Tally(
            self.moments(answers.solutions),
            self.moments(values),
            gradient,
            loss,
            least,
            jacobian,
            moves,
            self.multiplied(rows, w) if self.products else {},
            Counts.of(rows) if self.counts else None,
            len(asked) * block.size,
            sum(int(answers.proved.sum()) for answers in asked),
            sum(answers.fallbacks for answers in asked),
        )

    def values(self, answers: Answers, perturbed: Floats) -> Floats:
        """F(T) - <c, T - theta>, whose mean is F_eps(theta) since E T = theta; (n).

        With c close to grad F_eps this takes away the part of F that is linear in the noise. For
        independent draws c is the mean of the block's *other* solutions (pairs, where those are the
        draws); in a point set, where those would not be independent of T, it is y*(theta).
        """
        n = len(perturbed)
        steps = (perturbed - self.theta).reshape(n, -1)
        rows = answers.solutions.reshape(n, -1)
        others = n - 2 if self.design.paired else n - 1
        if others < 1 or (self.design.parted and not self.design.paired):
            return np.asarray(answers.values - steps @ self.centre[0].reshape(-1))
        own = np.einsum("ni,ni->n", rows, steps)
        if self.design.paired:
            first, second = slice(n // 2), slice(n // 2, n)
            own[first] += np.einsum("ni,ni->n", rows[second], steps[first])
            own[second] += np.einsum("ni,ni->n", rows[first], steps[second])
        return np.asarray(answers.values - (steps @ rows.sum(axis=0) - own) / others)

    def scores(self, w: Floats) -> Floats:
        """S = grad nu(Z), 0 where an entry is forbidden, (n, d)."""
        scores = self.perturbation.scores(w)
        return scores if self.forbidden is None else scores * ~self.forbidden.reshape(-1)

    def curvatures(self, w: Floats) -> Floats:
        """hess nu(Z), 0 where an entry is forbidden, (n, d)."""
        curvatures = self.perturbation.noise.curvature(w)
        assert curvatures is not None  # noise without them is refused before the first draw
        return curvatures if self.forbidden is None else curvatures * ~self.forbidden.reshape(-1)

    def draws(self, solutions: Floats, values: Floats, w: Floats) -> Draws:
        """What an estimator of the Jacobian is given, from what `centred` returns."""
        curvatures = partial(self.curvatures, w)
        return Draws(solutions, self.scores(w), curvatures, values, self.part, self.design.parted)

    def redrawn(self, moves: Moves) -> Draws:
        """The same of a block whose solutions were kept: its noise depends on its index alone."""
        return self.draws(moves.solutions(self.theta.size), moves.values, self.draw(moves.block))

    def centred(self, answers: Answers) -> tuple[Floats, Floats]:
        """Solutions and values less those at theta, (n, d) and (n)."""
        solution, value = self.centre
        steps = (answers.solutions - solution).reshape(len(answers.solutions), -1)
        return steps, answers.values - value

    def multiplied(self, rows: Floats, w: Floats) -> dict[str, Moments]:
        """The draws of the Jacobian's products, by name."""
        scale = self.perturbation.scale(self.theta).reshape(-1)
        if self.forbidden is not None:
            scale = np.where(self.forbidden.reshape(-1), 1.0, scale)
        scores = self.scores(w) / scale
        drawn = self.products.draws(rows, scores, symmetric=self.perturbation.symmetric)
        return {name: self.moments(draws) for name, draws in drawn.items()}

    def moments(self, draws: Floats) -> Moments:
        """The moments of draws of a block, as the design has them."""
        if self.design.paired:
            return Moments.of(draws, paired=True)
        return Moments.of(draws, self.part if self.design.parted else None)

    @property
    def replicates(self) -> int:
        """How many randomisations take turns at the blocks."""
        return self.design.replicates(self.inputs)

    def part(self, sums: Sums) -> Parts:
        """Sums of a block as a part of the design."""
        return Parts((sums,), self.replicates, self.design.nested)
