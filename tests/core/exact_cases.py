"""One oracle of each family that has an exact form, and the noises under which it has."""

from __future__ import annotations

import numpy as np
import pytest

from perturbcli.core.exact import ExactForm, exact
from perturbcli.core.noise import NOISES, Floats
from perturbcli.core.oracles import Oracle
from solvers.argmax import Argmax
from solvers.enumerated import Enumerated
from solvers.ranking import Ranking
from solvers.top_k import TopK

EACH = pytest.mark.parametrize("noise", NOISES)
SPARSE = np.array([[1.0, 1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 2.0, 0.5]])
ORACLES: dict[str, Oracle] = {
    "argmax": Argmax(shape=(5,)),
    "top_1": TopK(shape=(5,), k=1),
    "top_2": TopK(shape=(5,), k=2),
    "top_3": TopK(shape=(5,), k=3),
    "top_4": TopK(shape=(5,), k=4),
    "top_5": TopK(shape=(5,), k=5),
    "ranking": Ranking(shape=(5,)),
    "two_solutions": Enumerated(shape=(5,), solutions=SPARSE),
}
CASES = [
    (name, noise)
    for name in ORACLES
    for noise in NOISES
    if name != "two_solutions" or noise == "gaussian"
]
FAMILIES = pytest.mark.parametrize(("name", "noise"), CASES)


def form(oracle: Oracle, theta: Floats, epsilon: float, noise: str) -> ExactForm:
    found = exact(oracle, theta, epsilon, noise)
    assert found is not None
    return found
