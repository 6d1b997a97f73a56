"""The JSON Schema of manifests."""

from __future__ import annotations

from perturbcli.edge.reading.manifest import OWN, Manifest
from perturbcli.edge.schemas.dialect import DRAFT, Generator, Schema


def manifest() -> Schema:
    """The schema of a manifest: jobs, or one job crossed with lists."""
    schema = Manifest.model_json_schema(schema_generator=Generator)
    return {
        "$schema": DRAFT,
        **schema,
        "title": "A manifest of perturb batch",
        "anyOf": [{"required": [key]} for key in OWN],
    }
