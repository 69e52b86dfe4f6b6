"""Names of ClickHouse types, taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_PIECE: Final = re.compile(r"'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.|``)*`|[(),]|[^'`(),]+", re.DOTALL)
_QUOTED: Final = r"`(?:[^`\\]|\\.|``)*`"
_ELEMENT_NAME: Final = re.compile(rf"(?:{_QUOTED}|[A-Za-z_]\w*)\s+(?=[A-Za-z])", re.DOTALL)
_PATH: Final = re.compile(rf"((?:{_QUOTED}|[^`\s])+)\s+(.+)", re.DOTALL)
_OPTION: Final = re.compile(r"max_dynamic_(?:types|paths)\s*=|SKIP\s")


def split(name: str) -> tuple[str, list[str]]:
    """The family of a type and its arguments: ``Map(String, UInt8)`` is Map of two."""
    family, bracket, rest = name.partition("(")
    return family.strip(), list(_arguments(rest[: rest.rindex(")")])) if bracket else []


def _arguments(text: str) -> Iterator[str]:
    depth = begin = 0
    for piece in _PIECE.finditer(text):
        depth += {"(": 1, ")": -1}.get(piece[0], 0)
        if piece[0] == "," and depth == 0:
            yield text[begin : piece.start()].strip()
            begin = piece.end()
    if last := text[begin:].strip():
        yield last


def element(argument: str) -> str:
    """The type of an element of a tuple, which may have a name: ``UInt8`` of ``a UInt8``."""
    named = _ELEMENT_NAME.match(argument)
    return argument[named.end() :] if named else argument


def typed_paths(arguments: list[str]) -> list[str]:
    """The types of the paths that a JSON type gives one, by path."""
    paths = [_PATH.fullmatch(a) for a in arguments if not _OPTION.match(a)]
    found = {path[1].replace("`", ""): path[2] for path in paths if path is not None}
    return [found[path] for path in sorted(found)]
