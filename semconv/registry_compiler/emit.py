"""Writing the generated modules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from registry_compiler.registry import Registry
from spanbridge_semconv.model import Concept, Dialect, Source, Vocabulary, When

_HEADER: Final = '''"""{what}

Generated from semconv/spanbridge_semconv/registry by `python semconv/generate.py`; do not edit.
"""

from __future__ import annotations

{imports}
'''
_WIDTH: Final = 100


def render(registry: Registry) -> dict[str, str]:
    """The generated files: name to text."""
    return {
        "__init__.py": '"""Tables generated from the registry; do not edit."""\n',
        "concepts.py": _concepts(registry.concepts),
        "vocabularies.py": _vocabularies(registry.vocabularies),
        "dialects.py": _dialects(registry.dialects),
        "sources.py": _sources(registry),
    }


def _concepts(concepts: Iterable[Concept]) -> str:
    head = _header("The canonical concepts.", ("Final",), ("Concept",))
    return head + _table("CONCEPTS", "tuple[Concept, ...]", concepts)


def _dialects(dialects: Iterable[Dialect]) -> str:
    body = _table("DIALECTS", "tuple[Dialect, ...]", dialects)
    names = ("Dialect", "When") if "When(" in body else ("Dialect",)
    return _header("How dialects are recognised, in order.", ("Final",), names) + body


def _vocabularies(vocabularies: Iterable[Vocabulary]) -> str:
    head = _header("Canonical spellings.", ("Final",), ("Vocabulary",), mapping=True)
    lines = ["\nVOCABULARIES: Final[Mapping[str, Vocabulary]] = {\n"]
    for vocabulary in vocabularies:
        lines.append(f"    {_text(vocabulary.name)}: Vocabulary(\n")
        lines.append(f"        {_text(vocabulary.name)},\n")
        lines.append(f"        {_text(vocabulary.strip_prefix)},\n")
        lines.append(f"        {vocabulary.keep},\n        {{\n")
        lines.extend(
            f"            {_text(key)}: {_text(value)},\n"
            for key, value in vocabulary.aliases.items()
        )
        lines.append("        },\n    ),\n")
    return head + "".join(lines) + "}\n"


def _sources(registry: Registry) -> str:
    head = _header(
        "Where each concept is read from, in order of precedence.",
        ("Final",),
        ("Source", "When"),
        mapping=True,
    )
    lines = ["\nSOURCES: Final[Mapping[str, tuple[Source, ...]]] = {\n"]
    for name, sources in registry.sources.items():
        if not sources:
            lines.append(f"    {_text(name)}: (),\n")
            continue
        lines.append(f"    {_text(name)}: (\n")
        lines.extend(_value(source, 8) + ",\n" for source in sources)
        lines.append("    ),\n")
    return head + "".join(lines) + "}\n"


def _header(
    what: str, typing_names: tuple[str, ...], names: tuple[str, ...], mapping: bool = False
) -> str:
    imports = ["from collections.abc import Mapping"] if mapping else []
    imports += [
        f"from typing import {', '.join(typing_names)}",
        "",
        f"from spanbridge_semconv.model import {', '.join(names)}",
    ]
    return _HEADER.format(what=what, imports="\n".join(imports))


def _table(name: str, annotation: str, entries: Iterable[object]) -> str:
    body = "".join(_value(entry, 4) + ",\n" for entry in entries)
    return f"\n{name}: Final[{annotation}] = (\n{body})\n"


def _value(value: object, indent: int, lead: int = 0) -> str:
    """Write a value, indented; ``lead`` characters will stand in front of its first line."""
    pad = " " * indent
    flat = pad + _flat(value)
    if len(flat) + lead < _WIDTH:
        return flat
    match value:
        case tuple():
            return f"{pad}(\n" + "".join(_value(v, indent + 4) + ",\n" for v in value) + f"{pad})"
        case Source() | When() | Dialect() | Concept():
            lines = [f"{pad}{type(value).__name__}(\n"]
            for field, content in _fields(value):
                nested = _value(content, indent + 4, len(field) + 1).lstrip()
                lines.append(f"{pad}    {field}={nested},\n")
            return "".join(lines) + f"{pad})"
        case str():
            return _long_text(value, pad)
        case _:
            return flat


def _flat(value: object) -> str:
    match value:
        case str():
            return _text(value)
        case tuple():
            inner = ", ".join(_flat(item) for item in value)
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        case Source() | When() | Dialect() | Concept():
            inner = ", ".join(f"{name}={_flat(content)}" for name, content in _fields(value))
            return f"{type(value).__name__}({inner})"
        case _:
            return repr(value)


def _fields(value: Source | When | Dialect | Concept) -> Iterable[tuple[str, object]]:
    """Fields in order; those at their default are left out to keep the tables readable."""
    for name, field in type(value).__dataclass_fields__.items():
        content = getattr(value, name)
        if content != field.default:
            yield name, content


def _long_text(text: str, pad: str) -> str:
    pieces: list[str] = []
    room = _WIDTH - len(pad) - 10
    rest = text
    while rest:
        cut = len(rest) if len(rest) <= room else rest.rfind(" ", 0, room) + 1 or room
        pieces.append(f"{pad}    {_text(rest[:cut])}\n")
        rest = rest[cut:]
    return f"{pad}(\n{''.join(pieces)}{pad})"


def _text(text: str) -> str:
    if '"' in text:
        return repr(text)
    return '"' + repr('"' + text)[2:-1].replace("\\'", "'") + '"'
