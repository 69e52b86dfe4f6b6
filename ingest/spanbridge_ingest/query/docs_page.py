"""An HTML page of an OpenAPI document that needs no script and nothing from another host."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;"
    "color:#222;background:#fff}code{background:#f2f2f2;padding:.1em .3em}"
    "table{border-collapse:collapse}td,th{text-align:left;padding:.2em 1em .2em 0;"
    "vertical-align:top}h2{border-top:1px solid #ddd;padding-top:1em}"
    "@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}code{background:#333}}"
)


def docs_page(openapi: Mapping[str, Any], prefix: str) -> str:
    """The page; ``prefix`` is where the API is mounted."""
    info = openapi["info"]
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(info['title'])} API"
        f"</title><style>{_STYLE}</style><h1>{escape(info['title'])} API</h1>",
        f"<p>{escape(info.get('summary', ''))} "
        f"<a href='{escape(prefix)}/openapi.json'>openapi.json</a></p>",
    ]
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            parts.append(_operation(method, prefix + path, operation))
    for name, model in openapi["components"]["schemas"].items():
        if "properties" in model:
            parts.append(_model(name, model))
    return "".join(parts)


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(p['name'])}</code><td>{escape(p['in'])}"
        f"<td>{escape(p.get('description', ''))}</tr>"
        for p in operation.get("parameters", ())
    )
    return (
        f"<h2><code>{method.upper()} {escape(path)}</code></h2>"
        f"<p>{escape(operation.get('description', ''))}</p><table>{rows}</table>"
    )


def _model(name: str, model: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(key)}</code><td>{escape(_type(value))}"
        f"<td>{escape(value.get('description', ''))}</tr>"
        for key, value in model["properties"].items()
    )
    description = escape(model.get("description", ""))
    return f"<h2>{escape(name)}</h2><p>{description}</p><table>{rows}</table>"


def _type(value: Mapping[str, Any]) -> str:
    if "$ref" in value:
        return str(value["$ref"]).rpartition("/")[2]
    if "anyOf" in value:
        return " or ".join(_type(option) for option in value["anyOf"])
    if value.get("type") == "array":
        return f"list of {_type(value.get('items', {}))}"
    return str(value.get("type", "any"))
