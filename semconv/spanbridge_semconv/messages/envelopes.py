"""What frameworks put around a request or an answer: taken off before the content is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SENT = ("inputs",)
_RECEIVED = ("outputs", "output", "update")
_BESIDE = frozenset({"kwargs", "tags", "metadata", "serialized", "graph", "goto", "resume"})


def sent(value: object) -> Any:
    """An input without its envelope.

    ``{"args": [x], "kwargs": {}}`` of a decorated function, ``{"inputs": x, "tags": []}`` of a
    LangChain run, ``[[x, y]]`` of a batch of one.
    """
    return _opened(value, _SENT)


def received(value: object) -> Any:
    """An output without its envelope.

    ``{"output": x}`` of LangSmith, ``{"outputs": x, "kwargs": {}}`` of a LangChain run,
    ``[{"update": x}]`` of a LangGraph command.
    """
    return _opened(value, _RECEIVED)


def plain(value: object) -> Any:
    """A request or an answer with lists of messages whose fields begin with ``_`` (Haystack 2).

    They get the names that these fields have since 2.12.
    """
    if not isinstance(value, Mapping):
        return value
    return {
        name: [_bare(piece) for piece in member] if isinstance(member, list) else member
        for name, member in value.items()
    }


def _bare(value: object) -> object:
    if not isinstance(value, Mapping) or not {"_role", "_content"} <= set(value):
        return value
    return {name.removeprefix("_"): member for name, member in value.items()}


def _opened(value: object, names: tuple[str, ...]) -> Any:
    while (inner := _inner(value, names)) is not value:
        value = inner
    return value


def _inner(value: object, names: tuple[str, ...]) -> object:
    if isinstance(value, list) and len(value) == 1:
        only = value[0]
        wraps = isinstance(only, list) or (isinstance(only, Mapping) and "update" in only)
        return only if wraps else value
    if not isinstance(value, Mapping):
        return value
    if set(value) == {"args", "kwargs"}:
        given, named = value["args"], value["kwargs"]
        if not given:
            return named
        return given[0] if isinstance(given, list) and len(given) == 1 and not named else value
    for name in names:
        if value.get(name) is not None and set(value) <= {name} | _BESIDE:
            return value[name]
    return value
