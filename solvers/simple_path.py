"""Cheapest simple paths where costs may be negative: exact, by ever slower means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from solvers.cp_sat import CpSat, LimitReached
from solvers.errors import SolverError
from solvers.flow import cheapest_flow, decompose
from solvers.graph import Ints
from solvers.network import Network
from solvers.oracle import Floats

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar

SECONDS = 10.0  # for one CP-SAT solve, where the user sets no limit


def cheapest_simple_path(
    network: Network, costs: Floats, time_limit: float | None = None
) -> tuple[Ints, bool]:
    """Arcs of  argmin sum_{a in path} c_a  over simple paths, and whether it took CP-SAT.

    The cheapest unit flow is a relaxation: where it has no negative cycle beside its path, that is
    the answer. Otherwise CP-SAT starts from the path. Raises `SolverError` where it proves no
    optimum within `time_limit`.
    """
    seconds = SECONDS if time_limit is None else time_limit
    flow = cheapest_flow(network, costs)
    if flow.is_shortest_path(costs):
        return np.array(flow.path), False
    hint = np.zeros_like(costs)
    hint[flow.path] = 1.0
    try:
        return circuit(network, costs, seconds=seconds, hint=hint), True
    except LimitReached as error:
        raise SolverError(
            f"negative cycles: no simple path was proved the cheapest within {seconds:g} s."
            " Ways out: a smaller epsilon; --multiplicative, which keeps every cost's sign;"
            " cycles: allow (on a directed graph); a larger --time-limit"
        ) from error


def circuit(
    network: Network,
    costs: Floats,
    *,
    seconds: float = SECONDS,
    hint: Floats | None = None,
    cover: bool = False,
) -> Ints:
    """Arcs, in order, of the cheapest simple path by CP-SAT, starting from `hint` by arc.

    The path is closed by an arc from target to source, and nodes off it have loops. With `cover`
    it visits every node, and `SolverError` says that no path does. Raises `LimitReached` where
    the path is not proved the cheapest in time.
    """

    def build(model: CpModel) -> list[IntVar]:
        used = [model.new_bool_var("") for _ in costs]
        arcs = [*zip(network.tails.tolist(), network.heads.tolist(), used, strict=True)]
        ends = {network.source, network.target}
        skippable = range(network.size) if not cover else ()
        loops = [(v, v, model.new_bool_var("")) for v in skippable if v not in ends]
        model.add_circuit([*arcs, *loops, (network.target, network.source, True)])
        return used

    optimum = CpSat(build, time_limit=seconds, linearization=2).maximise(-costs, hint)
    if not optimum.proved:
        raise LimitReached(f"CP-SAT proved no path the cheapest within {seconds:g} s")
    path, _ = decompose(network, np.flatnonzero(optimum.solution).tolist())
    return np.array(path)
