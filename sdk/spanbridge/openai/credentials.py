"""Bodies without the secrets that some of OpenAI's parameters take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from spanbridge.openai.facts import Body

HIDDEN: Final = "[not recorded: a credential]"
_SECRETS: Final = frozenset({"authorization", "authentication", "headers"})


def without_credentials(body: Body) -> Body:
    """A request body whose tools and data sources tell no credentials.

    MCP servers are given as tools with ``authorization`` and ``headers``; Azure's data sources have
    ``parameters.authentication``.
    """
    changed = {
        name: [_hidden(one) for one in body[name]]
        for name in ("tools", "data_sources")
        if isinstance(body.get(name), list | tuple)
    }
    return {**body, **changed} if changed else body


def _hidden(one: Any) -> Any:
    if not isinstance(one, Mapping):
        return one
    kept = {name: HIDDEN if name in _SECRETS and value else value for name, value in one.items()}
    if isinstance(parameters := kept.get("parameters"), Mapping) and one.get("type") != "function":
        kept["parameters"] = _hidden(parameters)
    return kept
