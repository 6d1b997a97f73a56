"""How pydantic's models become JSON Schema here."""

from __future__ import annotations

from sys import float_info
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

Schema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"

NUMBER: Schema = {"type": "number", "minimum": -float_info.max, "maximum": float_info.max}


def nested(entry: Schema, rank: int) -> Schema:
    """Lists in one another, `rank` deep, none of them empty."""
    for _ in range(rank):
        entry = {"type": "array", "minItems": 1, "items": entry}
    return entry


class Generator(GenerateJsonSchema):
    """Pydantic's own, without titles, and with lists of numbers for NumPy's arrays."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - of the base class
        return False

    def is_instance_schema(self, schema: Any) -> JsonSchemaValue:  # noqa: ARG002
        return {"type": "array", "minItems": 1, "items": {"anyOf": [NUMBER, nested(NUMBER, 1)]}}
