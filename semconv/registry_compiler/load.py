"""YAML that remembers its lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml


class RegistryError(Exception):
    """The registry is wrong; the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class Node:
    """A YAML value with its place.

    ``value`` is a text, a list of nodes, or a mapping from names to nodes.
    """

    value: object
    path: Path
    line: int
    key_lines: Mapping[str, int]

    def error(self, message: str, key: str | None = None) -> RegistryError:
        """An error at this value, or at one of its keys."""
        line = self.key_lines.get(key, self.line) if key is not None else self.line
        return RegistryError(f"{self.path}:{line}: {message}")

    def mapping(self, allowed: Iterable[str] | None = None) -> dict[str, Node]:
        """The members of a mapping.

        Raises:
            RegistryError: this is no mapping, or it has a key that is not ``allowed``.
        """
        if not isinstance(self.value, dict):
            raise self.error("expected a mapping")
        names = None if allowed is None else set(allowed)
        for key in self.value:
            if names is not None and key not in names:
                raise self.error(f"unknown key {key!r}, known: {', '.join(sorted(names))}", key)
        return self.value

    def items(self) -> Iterator[Node]:
        """The elements of a list; a single value stands for a list of one."""
        if isinstance(self.value, list):
            yield from self.value
        else:
            yield self

    def text(self) -> str:
        """A text.

        Raises:
            RegistryError: this is something else.
        """
        if not isinstance(self.value, str):
            raise self.error("expected a text")
        return self.value

    def texts(self) -> tuple[str, ...]:
        """One text or a list of texts."""
        return tuple(node.text() for node in self.items())

    def flag(self) -> bool:
        """``true`` or ``false``."""
        if self.value not in ("true", "false"):
            raise self.error("expected true or false")
        return self.value == "true"


def load(path: Path) -> Node:
    """Read a YAML file. Scalars stay texts: the registry has no use for YAML's guesses.

    Raises:
        RegistryError: the file is missing or is not YAML, or a mapping names a key twice.
    """
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except FileNotFoundError:
        raise RegistryError(f"{path}:1: the file is missing") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise RegistryError(f"{path}:{line}: {error.problem}") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise RegistryError(f"{path}:1: this is no YAML: {type(error).__name__}") from error
    if root is None:
        raise RegistryError(f"{path}:1: the file is empty")
    try:
        return _convert(root, path)
    except RecursionError:
        raise RegistryError(f"{path}:1: an alias stands within what it repeats") from None


def _convert(node: yaml.Node, path: Path) -> Node:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        members: dict[str, Node] = {}
        lines: dict[str, int] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in members:
                raise RegistryError(f"{path}:{key.start_mark.line + 1}: {name!r} stands here twice")
            members[name] = _convert(value, path)
            lines[name] = key.start_mark.line + 1
        return Node(members, path, line, lines)
    if isinstance(node, yaml.SequenceNode):
        return Node([_convert(item, path) for item in node.value], path, line, {})
    return Node(str(node.value), path, line, {})
