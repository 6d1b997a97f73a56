"""NPZ: arrays under their dotted names, and everything else as one JSON string, `meta`.

In `meta` a null stands where an array belongs, so that the order of the keys is kept. Arrays of the
same name in a list of mappings are stacked: `solutions.solution` has shape (K, *shape). A Jacobian
of which most is zero is written as `perturbcli.edge.sparse` has it.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Sequence
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from perturbcli.edge.rendering.formats import Document
from perturbcli.edge.rendering.plain import plain
from perturbcli.edge.sparse import compressed, compressible

META = "meta"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip file can state


def write(
    documents: Sequence[Document],
    stream: TextIO,
    *,
    several: bool,  # noqa: ARG001 - refused before
) -> None:
    """One archive, the same bytes for the same document, to the bytes below the text stream."""
    document = plain(documents[0])
    if compressible(document.get("jacobian")):
        document["jacobian"] = compressed(document["jacobian"], math.prod(document["shape"]))
    arrays: dict[str, list[NDArray[Any]]] = {}
    meta = split(document, "", arrays)
    content = io.BytesIO()  # a pipe can't be sought, and would get other bytes than a file
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as file:
        add(file, META, np.array(json.dumps(meta, ensure_ascii=False, allow_nan=False)))
        for name, parts in arrays.items():
            add(file, name, np.stack(parts) if "[]" in name else parts[0])
    stream.flush()
    stream.buffer.write(content.getbuffer())


def split(value: Any, name: str, arrays: dict[str, list[NDArray[Any]]]) -> Any:
    """The value with None for its arrays, which are added to `arrays`."""
    if isinstance(value, np.ndarray):
        arrays.setdefault(name, []).append(value)
        return None
    if isinstance(value, dict):
        return {
            key: split(entry, f"{name}.{key}" if name else key, arrays)
            for key, entry in value.items()
        }
    if isinstance(value, list):
        return [split(entry, f"{name}[]", arrays) for entry in value]
    return value


def add(file: zipfile.ZipFile, name: str, values: NDArray[Any]) -> None:
    """Store one array as NumPy does."""
    with file.open(member(name.replace("[]", "")), "w", force_zip64=True) as target:
        np.lib.format.write_array(target, values, allow_pickle=False)


def member(name: str, compression: int = zipfile.ZIP_STORED) -> zipfile.ZipInfo:
    """An array's place in an archive, at a fixed time and with ordinary permissions."""
    place = zipfile.ZipInfo(f"{name}.npy", EPOCH)
    place.compress_type = compression
    place.external_attr = 0o644 << 16
    place.create_system = 3  # Unix, whatever the machine
    return place
