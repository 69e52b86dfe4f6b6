"""Model calls that two instrumentations report side by side.

Where one instrumentation does not make its span the current one, the span of the SDK below it is
no child of it but stands elsewhere in the trace. Two such spans are one call if

* both name the same response, or
* they have the same parent and the same requested model, and not two different responses (a failed
  or streamed call often names none);

and if, in both cases, they come from different scopes and their times touch. An instrumentation
reports a call once, so spans of one scope are always different calls: the n-th span of one scope is
the same call as the n-th of another, counted anew whenever no call is going on. Response ids alone
would not do: test servers and caches give one id to several calls.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import NamedTuple


class Call(NamedTuple):
    """A span that stands for a model call; times are ns since the epoch."""

    span_id: str
    parent_span_id: str
    scope_name: str
    response_id: str
    request_model: str
    start_ns: int
    end_ns: int
    has_usage: bool


def repeated(calls: Mapping[int, Call]) -> set[int]:
    """The keys of the calls that only repeat another one.

    Of the spans of one call that one stays which carries usage, else the innermost in time.
    """
    if len({call.scope_name for call in calls.values()}) < 2:
        return set()
    named = {key: (c.response_id,) for key, c in calls.items() if c.response_id}
    gone = _repeated(calls, named)
    beside = {
        key: (c.parent_span_id, c.request_model)
        for key, c in calls.items()
        if key not in gone and c.parent_span_id and c.request_model
    }
    return gone | _repeated(calls, beside)


def _repeated(calls: Mapping[int, Call], kinds: Mapping[int, Hashable]) -> set[int]:
    groups: defaultdict[Hashable, list[int]] = defaultdict(list)
    for key in sorted(kinds, key=lambda key: _place(calls[key])):
        groups[kinds[key]].append(key)
    gone: set[int] = set()
    for group in groups.values():
        for same in _same_calls(calls, group):
            if len({calls[key].response_id for key in same} - {""}) < 2:
                gone |= set(same) - {max(same, key=lambda key: _worth(calls[key]))}
    return gone


def _same_calls(calls: Mapping[int, Call], ordered: Iterable[int]) -> list[list[int]]:
    """Spans of one call each, from spans in order of time."""
    found: dict[tuple[int, int], list[int]] = {}
    seen: defaultdict[tuple[int, str], int] = defaultdict(int)
    lasting = 0
    latest = -1
    for key in ordered:
        call = calls[key]
        if call.start_ns >= latest:
            lasting += 1
        latest = max(latest, call.end_ns)
        seen[lasting, call.scope_name] += 1
        found.setdefault((lasting, seen[lasting, call.scope_name]), []).append(key)
    return list(found.values())


def _place(call: Call) -> tuple[int, int, str]:
    return call.start_ns, -call.end_ns, call.span_id


def _worth(call: Call) -> tuple[bool, tuple[int, int, str]]:
    return call.has_usage, _place(call)
