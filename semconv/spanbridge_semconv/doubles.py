"""Model calls that two instrumentations report side by side.

Where one instrumentation does not make its span the current one, the span of the SDK below it is
no child of it but stands elsewhere in the trace. Spans are one call if they come from different
scopes, all of them are going on at one time, and

* they name the same response, or
* they have the same parent and the same requested model, and neither two different responses nor
  different token counts (a failed or streamed call often names none).

An instrumentation reports a call once, so spans of one scope are always different calls. In order
of their starts, each span joins one of the calls that are going on: one with the same response
before others, then one that encloses the span, then the one whose end is nearest. Response ids
alone would not do: test servers and caches give one id to several calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

MAX_GOING: Final = 100
"""A span is compared with so many of the calls going on, the latest, to stay linear."""


class Call(NamedTuple):
    """A span that stands for a model call; times are ns since the epoch."""

    span_id: str
    parent_span_id: str
    scope_name: str
    response_id: str
    request_model: str
    start_ns: int
    end_ns: int
    input_tokens: int | None
    output_tokens: int | None

    @property
    def has_usage(self) -> bool:
        """Whether any count is known."""
        return self.input_tokens is not None or self.output_tokens is not None


@dataclass(slots=True)
class _Going:
    """The spans of one call so far."""

    key: int
    """Of the span that stands for the call."""
    call: Call
    scopes: set[str]
    response_id: str
    end_ns: int
    """Of the span that ends first."""

    def may_be(self, call: Call) -> bool:
        if call.scope_name in self.scopes:
            return False
        if self.response_id and call.response_id:
            return self.response_id == call.response_id
        beside = (call.parent_span_id, call.request_model)
        return (
            all(beside)
            and beside == (self.call.parent_span_id, self.call.request_model)
            and not _differ(self.call.input_tokens, call.input_tokens)
            and not _differ(self.call.output_tokens, call.output_tokens)
        )

    def distance(self, call: Call) -> tuple[bool, bool, int]:
        return (
            self.response_id != call.response_id,
            call.end_ns > self.end_ns,
            abs(call.end_ns - self.end_ns),
        )

    def join(self, key: int, call: Call) -> int:
        """Add a span. Returns the key of the one that does not stand for the call."""
        self.scopes.add(call.scope_name)
        self.response_id = self.response_id or call.response_id
        self.end_ns = min(self.end_ns, call.end_ns)
        if self.call.has_usage and not call.has_usage:
            return key
        gone, self.key, self.call = self.key, key, call
        return gone


def repeated(calls: Mapping[int, Call]) -> set[int]:
    """The keys of the calls that only repeat another one.

    Of the spans of one call that one stays which carries usage, else the innermost in time.
    """
    if len({call.scope_name for call in calls.values()}) < 2:
        return set()
    gone: set[int] = set()
    going: list[_Going] = []
    for key in sorted(calls, key=lambda key: _place(calls[key])):
        call = calls[key]
        going = [other for other in going if other.end_ns > call.start_ns][-MAX_GOING:]
        same = min(
            (other for other in going if other.may_be(call)),
            key=lambda other: other.distance(call),
            default=None,
        )
        if same:
            gone.add(same.join(key, call))
        else:
            going.append(_Going(key, call, {call.scope_name}, call.response_id, call.end_ns))
    return gone


def _place(call: Call) -> tuple[int, int, str]:
    return call.start_ns, -call.end_ns, call.span_id


def _differ(one: int | None, other: int | None) -> bool:
    return None not in (one, other) and one != other
