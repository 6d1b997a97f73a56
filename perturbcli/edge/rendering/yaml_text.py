"""YAML: keys in their order, rows of numbers on one line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TextIO

import numpy as np
import yaml

from perturbcli.edge.rendering.formats import Document
from perturbcli.edge.rendering.plain import plain, rows, unicode

# libyaml, where PyYAML was built with it, writes the same text three times as fast.
Safe: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class Dumper(Safe):  # type: ignore[misc]  # either of two classes
    """PyYAML's safe dumper without anchors: a list that occurs twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the base class's signature
        return True


# Strings that YAML 1.2 reads as numbers are quoted too, such as the hour "08", or "1e3".
Dumper.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$|0o[0-7]+$"),
    list("-+.0123456789"),
)
Dumper.add_representer(np.ndarray, lambda dumper, values: dumper.represent_data(rows(values)))


def write(documents: Sequence[Document], stream: TextIO, *, several: bool) -> None:
    """A mapping, or a sequence of mappings where there were several inputs."""
    values = [plain(document) for document in documents]
    yaml.dump(
        values if several else values[0],
        stream,
        Dumper=Dumper,
        sort_keys=False,
        default_flow_style=None,
        allow_unicode=unicode(stream),
        width=100,
    )
