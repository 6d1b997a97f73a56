"""Exact forms: what smoothing gives without sampling, where the family and the noise allow it.

The table below is the whole list, from an oracle's `problem` to a module of this package with a
function `form`; the import of a module waits until it is asked for.
"""

from __future__ import annotations

from importlib import import_module

from perturbcli.core.exact.form import ExactForm
from perturbcli.core.noise import NOISES, Floats
from perturbcli.core.oracles import Oracle, trait

__all__ = ["EXACT", "ExactForm", "exact"]

EXACT: dict[str, str] = {
    "argmax": "argmax",
    "top_k": "top_k",
    "ranking": "ranking",
    "enumerated": "two_solutions",
}


def exact(oracle: Oracle, theta: Floats, epsilon: float, noise: str) -> ExactForm | None:
    """The exact form of an oracle at theta, (d,), under additive noise; None where there is none.

    An oracle has one by its word alone: the attribute `problem`, and `k` or `solutions` where the
    family has them.
    """
    name = EXACT.get(trait(oracle, "problem", ""))
    if name is None or trait(oracle, "forbidden", None) is not None:
        return None
    module = import_module(f"{__name__}.{name}")
    form: ExactForm | None = module.form(oracle, theta, epsilon, NOISES[noise])
    return form
