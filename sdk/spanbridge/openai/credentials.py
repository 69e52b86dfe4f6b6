"""Bodies without the secrets that some of OpenAI's parameters take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from spanbridge.openai.facts import Body

HIDDEN: Final = "[not recorded: a credential]"
_WITHIN: Final = frozenset({"parameters", "embedding_dependency"})
_SECRETS: Final = frozenset({"authorization", "authentication", "headers"})


def without_credentials(body: Body) -> Body:
    """A request body whose tools and data sources tell no credentials.

    MCP servers are given as tools with ``authorization`` and ``headers``, and with a
    ``server_url`` that may have a password or a token in it; Azure's data sources have
    ``parameters.authentication``, and so has an ``embedding_dependency`` among the parameters.
    """
    for name in ("tools", "data_sources"):
        given = body.get(name)
        if isinstance(given, list | tuple) and (kept := list(map(_hidden, given))) != list(given):
            body = {**body, name: kept}
    return body


def chunk_without_credentials(chunk: Body) -> Body:
    """A chunk of a stream; some of ``responses`` have a response in them that tells its tools."""
    response = chunk.get("response")
    if not isinstance(response, Mapping):
        return chunk
    kept = without_credentials(response)
    return chunk if kept is response else {**chunk, "response": kept}


def _hidden(one: Any) -> Any:
    if not isinstance(one, Mapping):
        return one
    kept = {name: HIDDEN if name in _SECRETS and value else value for name, value in one.items()}
    if isinstance(url := kept.get("server_url"), str):
        kept["server_url"] = _bare(url)
    if one.get("type") != "function":
        for name in _WITHIN & kept.keys():
            kept[name] = _hidden(kept[name])
    if isinstance(tools := kept.get("tools"), list | tuple):
        kept["tools"] = list(map(_hidden, tools))
    return kept


def _bare(url: str) -> str:
    """An address without a password before its host and without what is asked of it."""
    address, mark, _ = url.partition("?")
    scheme, separator, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    bare = f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"
    return f"{bare}?{HIDDEN}" if mark else bare
