"""Spans that look like GenAI spans, with everything wrong that emitters get wrong.

They are drawn from a seeded generator and not from a strategy: a few hundred at a time, since one
insert into the engine costs as much as translating thousands.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from random import Random
from typing import Any

from spanbridge_semconv import SpanView
from spanbridge_semconv._generated.concepts import CONCEPTS
from spanbridge_semconv._generated.dialects import DIALECTS
from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv.collected import is_read, written_as
from spanbridge_semconv.model import COLLECTED, UNTRANSLATED, When
from spanbridge_semconv.patterns import is_key

_ALL = [source for sources in SOURCES.values() for source in sources]
_WHENS = [s.when for s in _ALL if s.when]


def _asked(when: When) -> list[str]:
    return [*when.has, *when.lacks, *when.compared]


def _texts(when: When) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (*when.equals, *when.not_equals, *when.ends)


_PATTERNS = sorted(
    {s.name for s in _ALL if s.origin in ("key", "path", "indexed")}
    | {key for when in _WHENS for key in _asked(when)}
    | {key for dialect in DIALECTS for key in dialect.keys}
)
_KEYS = [pattern for pattern in _PATTERNS if is_key(pattern)]
_DOCUMENTS = sorted({s.name for s in _ALL if s.origin == "path"})
_INDICES = ["0", "1", "2", "10", "007", "x", "", "1234567890", "-1", "\u0663"]
_OTHER_KEYS = ["http.route", "input", "gen_ai", "llm", "a.b.c", "GEN_AI.SYSTEM", "gen_ai.zzz", ""]
_VALUES = sorted(
    {value for when in _WHENS for _, values in _texts(when) for value in values}
    | {f"My{value}" for when in _WHENS for _, values in when.ends for value in values}
    | {text for source in _ALL for text, _ in source.map or ()}
    | {dialect.name for dialect in DIALECTS}
    | {"langchain", "OpenAI.Chat", "openai/gpt-x", "/x", "x/", "FinishReason.STOP", "Stop"}
)
_NUMBERS = [
    *("2026-11-21T00:23:51.306458Z", '"2026-02-28T23:59:59+00:00"', "2026-02-30T00:00:00Z"),
    *("2099-12-31T23:59:59.999999999Z", "2026-11-21T24:00:00Z", "2026-11-21 00:00:00Z"),
    *("0", "1", "20", "100", "150", "007", "1.0", " 5", "5 ", "5\n", "1e3", "-1", "+5", "+", "++5"),
    *("999999999999999999", "1000000000000000000", "+99999999999999999", "18446744073709551616"),
    *("0.5", ".5", "5.", "1.5e-7", "12.123456789012345678", "1234567890123", "\u0663", "NaN"),
]
_ODD = [
    *("RateLimitError('x')", "a.b.ServiceResponseException: y", "xError yzError AError", "A" * 90),
    *("", "null", "None", "[]", "{}", "[", "{", '"', '""', '"x"', '"a\\u00e9"', '"\\ud800"', "'x'"),
    *("{'audio': 0, 'cache_read': 8}", "['stop']", "[None]", "\u00c0\u00c9\u0130", "\x00", "a\tb"),
]
_JSON_NUMBERS = [0, 1, 8, 30, -1, 10**17, 10**18, 2**63, 2**64, -(2**63) - 1, 10**40]
_JSON_DOUBLES = [1.0, 0.5, 1e3, 1e17, 1e18, 1e21, -0.0, 5e-324, 1.7e308, 0.1, 123456.789]
_NAMES = sorted({step for source in _ALL for step in source.path if isinstance(step, str)})
_EVENT_NAMES = sorted(
    {s.name for s in _ALL if s.origin in ("event", "event_path")}
    | {n for s in _ALL if s.origin == "event_time" for n in s.names}
    | {"other"}
)
_EVENT_DOCUMENTS = sorted({s.names[0] for s in _ALL if s.origin == "event_path"})
_EVENT_KEYS = sorted({str(s.path[0]) for s in _ALL if s.origin == "event"} | {*_EVENT_DOCUMENTS})
_SCOPES = sorted(
    {scope.replace("*", "x") for dialect in DIALECTS for scope in dialect.scopes}
    | {s.replace("*", "") for w in _WHENS for s in (*w.scopes, *w.not_scopes)}
    | {"", "ai", "opentelemetry.instrumentation.requests", "openinference"}
)
_WRITTEN = sorted({written_as(concept) for concept in CONCEPTS if is_read(concept)} - {""})
_SPAN_NAMES = ["chat x", "chat", "anthropic.chat", "openai.response", "execute_tool f", "a b", ""]


def odd_spans(seed: int, count: int) -> list[SpanView]:
    """As many spans, always the same for a seed."""
    random = Random(seed)
    return [_span(random) for _ in range(count)]


def collected(view: SpanView, random: Random) -> SpanView:
    """The span as if a Collector's processor had been there, with odd things in its own place."""
    own = dict(view.attributes)
    own[COLLECTED] = random.choice((*(dialect.name for dialect in DIALECTS), "other", ""))
    if random.random() < 0.5:
        own[UNTRANSLATED] = random.choice(
            (json.dumps(random.sample(_WRITTEN, 3), separators=(",", ":")), *_ODD)
        )
    own |= {key: _value(random, key) for key in random.sample(_WRITTEN, random.randrange(9))}
    return replace(view, attributes=own)


def _span(random: Random) -> SpanView:
    keys = [_key(random) for _ in range(random.randrange(12))]
    keys += random.sample(_KEYS, random.randrange(8))
    keys += random.sample(_DOCUMENTS, random.choice((0, 0, 1, 2)))
    random.shuffle(keys)
    start = random.randrange(10**18, 4 * 10**18)
    events = [
        (
            random.choice(_EVENT_NAMES),
            {
                key: _value(random, key)
                for key in random.choices(_EVENT_KEYS, k=random.randrange(3))
            },
        )
        for _ in range(random.choice((0, 0, 1, 3)))
    ]
    return SpanView(
        attributes={key: _value(random, key) for key in keys},
        scope_name=random.choice(_SCOPES),
        span_name=random.choice(_SPAN_NAMES),
        status_code=random.choice(("Unset", "Ok", "Error")),
        events=events,
        start_ns=start,
        event_times_ns=[max(0, start + random.randrange(-(10**9), 10**12)) for _ in events],
    )


def _key(random: Random) -> str:
    if random.random() < 0.1:
        return random.choice(_OTHER_KEYS)
    pattern = random.choice(_PATTERNS)
    return pattern.replace("{i}", random.choice(_INDICES)).replace("*", "more")


def _value(random: Random, key: str) -> str:
    kind = random.random()
    if (key in _DOCUMENTS or key in _EVENT_DOCUMENTS) and kind < 0.7:
        return _json_text(random, key)
    if kind < 0.4:
        return random.choice(_VALUES)
    if kind < 0.65:
        return random.choice(_NUMBERS)
    return random.choice(_ODD) if kind < 0.85 else _json_text(random, key)


def _json_text(random: Random, key: str) -> str:
    """JSON as emitters write it, and what is nearly JSON."""
    fitting = [s.path for s in _ALL if s.origin == "path" and s.name == key]
    fitting += [s.path for s in _ALL if s.origin == "event_path" and s.names == (key,)]
    value = _fitting(random, random.sample(fitting, min(len(fitting), 3)))
    text = json.dumps(
        value,
        ensure_ascii=random.random() < 0.5,
        separators=random.choice(((",", ":"), (", ", ": "))),
    )
    match random.randrange(16):
        case 0:
            return text[: random.randrange(len(text) + 1)]
        case 1:
            return text + random.choice((" ", "\n", "x", ",", "\x00"))
        case 2:
            return random.choice((" ", "\ufeff", "\n")) + text
        case 3:
            return re.sub(r'"(\w+)":', r'"\1":1,"\1":', text, count=1)
        case 4:
            return text.replace("null", random.choice(("NaN", "1e999", "01", "tru", "-")))
        case _:
            return text


def _fitting(random: Random, paths: list[Any]) -> Any:
    """A document in which the paths lead somewhere, mostly."""
    inner = [path for path in paths if path]
    if not inner or random.random() < 0.08:
        return _anything(random, 2)
    if isinstance(inner[0][0], int):
        return [
            _fitting(random, [p[1:] for p in inner]) if random.random() < 0.9 else _scalar(random)
            for _ in range(random.randrange(4))
        ]
    members = {
        path[0]: _fitting(random, [p[1:] for p in inner if p[0] == path[0]]) for path in inner
    }
    if random.random() < 0.3:
        members[random.choice(_NAMES)] = _scalar(random)
    return list(members.values()) if random.random() < 0.05 else members


def _anything(random: Random, depth: int) -> Any:
    kind = random.random()
    if depth and kind < 0.15:
        return [_anything(random, depth - 1) for _ in range(random.randrange(4))]
    if depth and kind < 0.3:
        return {
            random.choice(_NAMES): _anything(random, depth - 1) for _ in range(random.randrange(4))
        }
    return _scalar(random)


def _scalar(random: Random) -> Any:
    match random.randrange(6):
        case 0:
            return random.choice((None, True, False))
        case 1:
            return random.choice(_JSON_NUMBERS)
        case 2:
            return random.choice((*_JSON_DOUBLES, random.uniform(-1e6, 1e6)))
        case 3:
            return random.choice(_ODD)
        case 4:
            return random.choice(_NUMBERS)
        case _:
            return random.choice(_VALUES)
