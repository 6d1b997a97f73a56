"""How the expectation is taken: by a closed form, or by which design of samples."""

from __future__ import annotations

from perturbcli.core.designs import DESIGNS, Design
from perturbcli.core.noise import Floats
from perturbcli.core.perturbation import Perturbation

METHODS = ("auto", "exact", *DESIGNS)
PREFERENCE = ("quasi-monte-carlo", "antithetic", "monte-carlo")
FEWEST = 64  # samples below which designs in parts have too little to tell an error from


def planned(
    method: str, samples: int, seed: int, theta: Floats, perturbation: Perturbation
) -> tuple[Design, str]:
    """The design, and a note where it is not the one that was asked for.

    auto takes the first of `PREFERENCE` that the dimension and the samples allow.
    """
    inputs = perturbation.spread.inputs(theta.size)
    names = PREFERENCE if method == "auto" else (method, *PREFERENCE)
    for name in names:
        rounded = DESIGNS[name].rounded(samples, inputs)
        if rounded >= FEWEST or (rounded and name == "monte-carlo"):
            break
    note = ""
    if method not in ("auto", name):
        note = (
            f"{method} takes at least {FEWEST} samples and has a limit of dimensions: "
            f"{name} instead for {samples} samples in {inputs} dimensions"
        )
    return DESIGNS[name](rounded, seed), note
