"""The spans of a trace as a tree, and words for what stands in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from spanbridge.entities.span import Span

_SECOND_NS: Final = 1_000_000_000
_MS: Final = 1_000_000
_SMALL_USD: Final = 0.0001
_LINE_BREAKS: Final = "\n\t"


class Row(NamedTuple):
    """A span in its place."""

    span: Span
    depth: int
    last: bool
    """No other child of the same parent follows."""


def rows(spans: Sequence[Span]) -> Iterator[Row]:
    """The spans from the root down, children in order of their start; every span once.

    A span whose parent is not there stands beside the root; so does one of spans that are each
    other's parents.
    """
    known = {span.span_id for span in spans}
    children: defaultdict[str | None, list[int]] = defaultdict(list)
    for n, span in enumerate(spans):
        children[span.parent_id if span.parent_id in known else None].append(n)
    seen: set[int] = set()
    yield from _below(spans, children, children[None], seen)
    for n in range(len(spans)):
        if n not in seen:
            yield from _below(spans, children, [n], seen)


def _below(
    spans: Sequence[Span],
    children: defaultdict[str | None, list[int]],
    roots: list[int],
    seen: set[int],
) -> Iterator[Row]:
    stack = [(n, 0, n == roots[-1]) for n in reversed(roots)]
    while stack:
        n, depth, last = stack.pop()
        if n in seen:
            continue
        seen.add(n)
        yield Row(spans[n], depth, last)
        inside = children.get(spans[n].span_id) or []
        stack += [(child, depth + 1, child == inside[-1]) for child in reversed(inside)]


def printable(text: str, most: int) -> str:
    """``text`` cut to ``most`` characters, and without what a terminal would obey.

    Line breaks and tabs stay; other control and direction characters are spelled out.
    """
    cut = text if len(text) <= most else text[: most - 1] + "…"
    if cut.isprintable():
        return cut
    return "".join(c if c.isprintable() or c in _LINE_BREAKS else _spelled(c) for c in cut)


def one_line(text: str, most: int) -> str:
    """As :func:`printable`, on one line."""
    return " ".join(printable(text, most).split())


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode()


def duration(ns: int) -> str:
    """A duration for people: ``0.4 ms``, ``620 ms``, ``12.3 s``."""
    if ns >= _SECOND_NS:
        return f"{ns / _SECOND_NS:.1f} s"
    return f"{ns / _MS:.0f} ms" if ns >= 10 * _MS else f"{ns / _MS:.1f} ms"


def tokens(usage: dict[str, int] | None) -> str:
    """Token counts for people: ``57 + 17 tokens``, in and out; '' if there are none."""
    if usage is None:
        return ""
    into, out = usage.get("input_tokens"), usage.get("output_tokens")
    if into is not None and out is not None:
        return f"{into} + {out} tokens"
    some = next((n for n in (usage.get("total_tokens"), into, out) if n is not None), None)
    return "" if some is None else f"{some} tokens"


def dollars(cost: dict[str, float] | None) -> str:
    """A cost for people, with the digits that say something; '' if it is unknown."""
    if cost is None:
        return ""
    total = cost["total_cost"]
    text = f"{total:.6f}" if total >= _SMALL_USD else f"{Decimal(f'{total:.2g}'):f}"
    return f"${text.rstrip('0').rstrip('.') if '.' in text else text}"
