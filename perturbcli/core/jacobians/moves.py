"""Solutions kept for an estimate that is made when it is known which of their entries vary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from perturbcli.core.designs import Block
from perturbcli.core.noise import Floats


@dataclass(frozen=True, slots=True)
class Moves:
    """A block's solutions less y*(theta), (n, d): `steps` at `rows` and `columns`, elsewhere 0; and
    its values F(theta + eps Z) less F(theta), (n)."""

    block: Block
    rows: NDArray[np.int32]
    columns: NDArray[np.int32]
    steps: Floats
    values: Floats

    @classmethod
    def of(cls, block: Block, solutions: Floats, values: Floats) -> Self:
        """Of solutions less y*(theta), (n, d)."""
        rows, columns = np.nonzero(solutions)
        steps = solutions[rows, columns]
        return cls(block, rows.astype(np.int32), columns.astype(np.int32), steps, values)

    def solutions(self, dimension: int) -> Floats:
        """(n, d) again."""
        solutions = np.zeros((self.block.size, dimension))
        solutions[self.rows, self.columns] = self.steps
        return solutions
