"""Spans that look like GenAI spans, with everything wrong that emitters get wrong."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import strategies as st

from spanbridge_semconv import SpanView
from spanbridge_semconv._generated.dialects import DIALECTS
from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv.model import When
from spanbridge_semconv.patterns import is_key

_ALL = [source for sources in SOURCES.values() for source in sources]
_WHENS = [s.when for s in _ALL if s.when] + [w for d in DIALECTS for w in d.exclusive_input]


def _asked(when: When) -> list[str]:
    return [*when.has, *when.lacks, *(key for key, _ in when.equals)]


def _example(pattern: str, index: str) -> str:
    """A key that fits a pattern, or nearly."""
    return pattern.replace("{i}", index).replace("*", "more")


_PATTERNS = sorted(
    {s.name for s in _ALL if s.origin in ("key", "path", "indexed")}
    | {key for when in _WHENS for key in _asked(when)}
    | {key for dialect in DIALECTS for key in dialect.keys}
)
_INDICES = st.sampled_from(["0", "1", "2", "10", "007", "x", "", "1234567890", "-1", "٣"])
keys = st.one_of(
    st.builds(_example, st.sampled_from(_PATTERNS), _INDICES),
    st.sampled_from(["http.route", "input", "gen_ai", "llm", "a.b.c", "GEN_AI.SYSTEM"]),
)

_VALUES = sorted(
    {value for when in _WHENS for _, values in when.equals for value in values}
    | {text for source in _ALL for text, _ in source.map or ()}
    | {"langchain", "OpenAI.Chat", "openai/gpt-x", "/x", "x/", "FinishReason.STOP", "Stop", "ÀÉ"}
)
_NUMBERS = [
    *("0", "1", "20", "100", "150", "007", "1.0", " 5", "5 ", "5\n", "1e3", "-1", "+5", "+", "++5"),
    *("999999999999999999", "1000000000000000000", "+99999999999999999", "18446744073709551616"),
    *(
        "0.5",
        ".5",
        "5.",
        "1.5e-7",
        "12.123456789012345678",
        "1234567890123",
        "٣",
        "٢",
        "NaN",
        "inf",
    ),
]
_ODD = [
    "",
    "null",
    "None",
    "[]",
    "{}",
    "[",
    "{",
    '"',
    '""',
    '"x"',
    '"a\\u00e9"',
    '"\\ud800"',
    "'x'",
]
_REPRS = ["{'audio': 0, 'cache_read': 8}", "['stop']", "[None]", "{'a': \"b\"}"]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 300),
    st.sampled_from(
        [10**17, 10**18, 2**63, 2**64, -(2**63) - 1, 10**40, 1.0, 0.5, 1e3, 1e21, -0.0]
    ),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(_VALUES + _ODD + _NUMBERS),
    st.text(max_size=5),
)
_NAMES = sorted({step for source in _ALL for step in source.path if isinstance(step, str)})
documents = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(_NAMES) | st.text(max_size=3), inner, max_size=6)
    ),
    max_leaves=14,
)


@st.composite
def json_texts(draw: st.DrawFn) -> str:
    """JSON as emitters write it, and what is nearly JSON."""
    text = json.dumps(
        draw(documents),
        ensure_ascii=draw(st.booleans()),
        separators=draw(st.sampled_from([(",", ":"), (", ", ": ")])),
    )
    match draw(st.integers(0, 20)):
        case 0:
            return text[: draw(st.integers(0, len(text)))]
        case 1:
            return text + draw(st.sampled_from([" ", "\n", "x", ",", "\x00"]))
        case 2:
            return draw(st.sampled_from([" ", "\ufeff", "\n"])) + text
        case 3:
            return re.sub(r'"(\w+)":', r'"\1":1,"\1":', text, count=1)
        case 4:
            return text.replace("null", draw(st.sampled_from(["NaN", "1e999", "01", "tru", "-"])))
        case _:
            return text


values = st.one_of(
    st.sampled_from(_VALUES),
    st.sampled_from(_NUMBERS),
    st.sampled_from(_ODD + _REPRS),
    json_texts(),
    st.text(max_size=8),
)
scopes = st.one_of(
    st.just(""),
    st.sampled_from(
        sorted(
            {scope.replace("*", "x") for dialect in DIALECTS for scope in dialect.scopes}
            | {s.replace("*", "") for w in _WHENS for s in (*w.scopes, *w.not_scopes)}
        )
    ),
    st.sampled_from(["ai", "opentelemetry.instrumentation.requests", "openinference"]),
)
_EVENT_NAMES = sorted(
    {s.name for s in _ALL if s.origin == "event"} | {n for s in _ALL for n in s.names} | {"other"}
)
_EVENT_KEYS = sorted({str(s.path[0]) for s in _ALL if s.origin == "event"})


@st.composite
def spans(draw: st.DrawFn) -> SpanView:
    """A span with attributes of any dialects at once."""
    attributes = draw(st.dictionaries(keys, values, max_size=14))
    for key in draw(st.lists(st.sampled_from([p for p in _PATTERNS if is_key(p)]), max_size=5)):
        attributes[key] = draw(values)
    start = draw(st.integers(0, 4 * 10**18))
    events: list[tuple[str, dict[str, str]]] = draw(
        st.lists(
            st.tuples(
                st.sampled_from(_EVENT_NAMES),
                st.dictionaries(st.sampled_from(_EVENT_KEYS), values, max_size=2),
            ),
            max_size=3,
        )
    )
    delays: list[Any] = [draw(st.integers(-(10**9), 10**12)) for _ in events]
    return SpanView(
        attributes=attributes,
        scope_name=draw(scopes),
        span_name=draw(
            st.sampled_from(["chat x", "chat", "anthropic.chat", "openai.response", "a b", ""])
        ),
        status_code=draw(st.sampled_from(["Unset", "Ok", "Error"])),
        events=events,
        start_ns=start,
        event_times_ns=[max(0, start + delay) for delay in delays],
    )
