"""Streams of Chat Completions and of legacy completions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from spanbridge.openai.facts import Body, objects, text
from spanbridge.openai.reducing import Pieces

# Of these each piece says all; other texts come in pieces.
_WHOLE_OF_MESSAGE: Final = frozenset({"role", "name"})
_WHOLE_OF_CHOICE: Final = frozenset({"finish_reason", "native_finish_reason"})
_WHOLE_OF_PART: Final = frozenset({"id", "format"})
_NOT_KEPT: Final = frozenset({"choices", "obfuscation"})


class CompletionReducer:
    """Chunks of ``chat/completions`` and ``completions``, choice by choice."""

    def __init__(self) -> None:
        self._choices: dict[int, _Choice] = {}
        self._top: dict[str, Any] = {}

    @property
    def is_complete(self) -> bool:
        """Whether each choice that began has a finish reason."""
        choices = self._choices.values()
        return bool(choices) and all(choice.has_ended for choice in choices)

    def add(self, chunk: Body) -> None:
        """Take one chunk."""
        for name, value in chunk.items():
            if name not in _NOT_KEPT and (value is not None or name not in self._top):
                self._top[name] = value
        for position, choice in enumerate(objects(chunk.get("choices"))):
            index = choice.get("index")
            key = index if isinstance(index, int) else position
            if key not in self._choices:
                self._choices[key] = _Choice()
            self._choices[key].add(choice)

    def body(self) -> dict[str, Any]:
        """The completion as far as it came."""
        if not self._top:
            return {}
        body = {**self._top}
        kind = body.get("object")
        if isinstance(kind, str):
            body["object"] = kind.removesuffix(".chunk")
        body["choices"] = [choice.value(index) for index, choice in sorted(self._choices.items())]
        return body


class _Choice:
    def __init__(self) -> None:
        self._rest = Pieces(_WHOLE_OF_CHOICE)
        self._message: Pieces | None = None
        self._calls = _ToolCalls()
        self._parts: dict[str, Pieces] = {}
        self.has_ended = False

    def add(self, choice: Body) -> None:
        for name, value in choice.items():
            if value is None or name == "index":
                continue
            if name in ("delta", "message"):
                if isinstance(value, Mapping):
                    self._add_delta(value)
                continue
            self.has_ended = self.has_ended or name == "finish_reason"
            self._rest.put(name, value)

    def _add_delta(self, delta: Mapping[str, Any]) -> None:
        if self._message is None:
            self._message = Pieces(_WHOLE_OF_MESSAGE)
        for name, value in delta.items():
            if name == "tool_calls":
                self._calls.add(value)
            elif name in ("audio", "function_call") and isinstance(value, Mapping):
                self._part(name).add(value)
            else:
                self._message.put(name, value)

    def _part(self, name: str) -> Pieces:
        if name not in self._parts:
            self._parts[name] = Pieces(_WHOLE_OF_PART)
        return self._parts[name]

    def value(self, index: int) -> dict[str, Any]:
        parts = {name: part.value() for name, part in self._parts.items()}
        out = {"index": index, "finish_reason": None, **self._rest.value()}
        if self._message is not None:
            message = {"role": "assistant", "content": None, **self._message.value(), **parts}
            calls = self._calls.value()
            if calls:
                message["tool_calls"] = calls
            out["message"] = message
        return out


class _ToolCalls:
    """The calls of a message. Some providers number no pieces, because each is a whole call."""

    def __init__(self) -> None:
        self._calls: dict[Any, dict[str, Any]] = {}
        self._arguments: dict[Any, list[str]] = {}

    def add(self, deltas: object) -> None:
        for delta in objects(deltas):
            index = delta.get("index")
            key = index if isinstance(index, int) else (text(delta.get("id")) or len(self._calls))
            call = self._calls.setdefault(key, {})
            pieces = self._arguments.setdefault(key, [])
            for name, value in delta.items():
                if name == "index" or value is None:
                    continue
                if name in ("function", "custom") and isinstance(value, Mapping):
                    if not isinstance(call.get(name), dict):
                        call[name] = {}
                    self._add_function(call[name], value, pieces)
                elif value != "" or name not in call:
                    call[name] = value

    def _add_function(
        self, function: dict[str, Any], delta: Mapping[str, Any], pieces: list[str]
    ) -> None:
        for name, value in delta.items():
            if name in ("arguments", "input"):
                if isinstance(value, str):
                    pieces.append(value)
                    function[name] = ""
                elif value is not None:
                    function[name] = value
            elif isinstance(value, str) and value and function.get(name) not in (None, "", value):
                function[name] = f"{function[name]}{value}"
            elif value not in (None, "") or name not in function:
                function[name] = value

    def value(self) -> list[dict[str, Any]]:
        out: list[dict[str, Any]] = []
        for key, call in self._calls.items():
            whole = dict(call)
            for kind, name in (("function", "arguments"), ("custom", "input")):
                if isinstance(whole.get(kind), dict) and self._arguments[key]:
                    whole[kind] = {**whole[kind], name: "".join(self._arguments[key])}
            out.append(whole)
        return out
