"""A value that fits a JSON schema, always the same one."""

from __future__ import annotations

from typing import Any

_SAMPLES: dict[str, Any] = {
    "string": "example",
    "integer": 1,
    "number": 1.5,
    "boolean": True,
    "null": None,
}


def fitting(schema: dict[str, Any], root: dict[str, Any] | None = None) -> Any:
    """A value of the schema; references into its ``$defs`` are followed."""
    root = schema if root is None else root
    if "$ref" in schema:
        return fitting(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    if choices := schema.get("anyOf"):
        return fitting(choices[0], root)
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties") or {}
        return {name: fitting(value, root) for name, value in properties.items()}
    if kind == "array":
        return [fitting(schema["items"], root)]
    return _SAMPLES[kind] if isinstance(kind, str) else None
