"""`perturb schema`: the JSON Schema of instances or of results."""

from __future__ import annotations

import json
import sys


def run(of: str) -> int:
    """Print the schema of an "instance" or a "result"; returns the exit code."""
    if of == "instance":
        from perturbcli.edge.schemas.instance import instance as schema
    else:
        from perturbcli.edge.schemas.result import result as schema
    json.dump(schema(), sys.stdout, indent=2)
    sys.stdout.write("\n")
    return 0
