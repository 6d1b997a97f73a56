"""The part of a network where its cheapest simple path can lie, though costs may be negative."""

from __future__ import annotations

import numpy as np

from solvers.dijkstra import Dijkstra
from solvers.network import Network
from solvers.oracle import Floats

PROGRESS = 0.9  # it goes on while it leaves less than this share of the arcs


def narrowed(network: Network, costs: Floats) -> Network:
    """The arcs that a cheapest simple path may use; `costs` are by arc.

    An arc a is dropped where every simple path on it costs more than a known one, `upper`:

        d'(source, tail a) + c'_a + d'(head a, target) + sum_v m_v > upper,

    with m_v = min(0, the cheapest arc into v), c'_a = c_a - m_{head a} >= 0 and distances d' under
    c'. For a simple path enters a node at most once, so that c' overstates its cost by at most
    -sum_v m_v. As nodes drop out that sum shrinks, and more arcs can go.
    """
    upper = np.inf
    while True:
        m = np.zeros(network.size)
        np.minimum.at(m, network.heads, costs)
        reduced = costs - m[network.heads]
        ahead, path = Dijkstra(network).search(reduced)
        behind, _ = Dijkstra(network.reversed()).search(reduced)
        upper = min(upper, float(costs[path].sum()))
        least = ahead[network.tails] + reduced + behind[network.heads] + m.sum()
        slack = 1e-9 * (abs(upper) + abs(m.sum()))  # far above the rounding of these sums
        kept = least <= upper + slack
        network, costs = network.only(kept), costs[kept]
        if kept.mean() > PROGRESS:
            return network
