"""The designs by name; a design is one file of this package and one line here."""

from __future__ import annotations

from perturbcli.core.designs.antithetic import Antithetic
from perturbcli.core.designs.design import Block, Design
from perturbcli.core.designs.independent import Independent
from perturbcli.core.designs.quasi_monte_carlo import QuasiMonteCarlo

__all__ = ["DESIGNS", "Block", "Design"]

DESIGNS: dict[str, type[Design]] = {
    "monte-carlo": Independent,
    "antithetic": Antithetic,
    "quasi-monte-carlo": QuasiMonteCarlo,
}
