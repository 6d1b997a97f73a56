"""Node-link JSON, as NetworkX writes graphs: `links` (or `edges`) of {source, target, cost}."""

from __future__ import annotations

from typing import Any

from perturbcli.core.errors import InputError
from perturbcli.edge.reading.words import found

COSTS = ("cost", "weight")  # attributes of a link, the first that the first link has


def read(graph: Any, source: str, key: str) -> dict[str, Any]:
    """`edges`, and `directed` and `cost` where the graph says them. Raises `InputError`."""
    if not isinstance(graph, dict):
        raise InputError(source, key, f"expected a node-link mapping, found {found(graph)}")
    directed = graph.get("directed")
    if "directed" in graph and not isinstance(directed, bool):
        message = f"expected true or false, found {found(directed)}"
        raise InputError(source, f"{key}.directed", message)
    name = "links" if "links" in graph else "edges"
    links = graph.get(name)
    if not isinstance(links, list) or not links:
        message = f"expected a list of links, found {found(links)}"
        raise InputError(source, f"{key}.{name}", message)
    first = links[0] if isinstance(links[0], dict) else {}
    cost = next((attribute for attribute in COSTS if attribute in first), None)
    wanted = ("source", "target") if cost is None else ("source", "target", cost)
    for index, link in enumerate(links):
        missing = [word for word in wanted if not isinstance(link, dict) or word not in link]
        if missing:
            message = f"expected {', '.join(wanted)} of a link, found no {missing[0]}"
            raise InputError(source, f"{key}.{name}[{index}]", message)
    keys: dict[str, Any] = {"edges": [[link["source"], link["target"]] for link in links]}
    if directed is not None:
        keys["directed"] = directed
    if cost is not None:
        keys["cost"] = [link[cost] for link in links]
    return keys
