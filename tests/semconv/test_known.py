"""Which attributes the bridge reads, and which look as if it should."""

from __future__ import annotations

import pytest

from spanbridge_semconv._generated.dialects import DIALECTS
from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv.describe import coverage, detection, place, reading
from spanbridge_semconv.known import is_read, looks_like_genai


@pytest.mark.parametrize(
    "key",
    [
        "gen_ai.usage.input_tokens",
        "llm.input_messages.{i}.message.content",
        "gen_ai.completion.{i}.finish_reason",
        "traceloop.association.properties.whatever",
        "logfire.msg",
        "gen_ai.usage.details.whatever",
    ],
)
def test_keys_of_rules_and_of_messages_are_read(key: str) -> None:
    assert is_read(key, ["genai"])


@pytest.mark.parametrize("key", ["gen_ai.made_up", "acme.usage", "llm.made_up"])
def test_other_keys_are_not_read(key: str) -> None:
    assert not is_read(key, ["genai"])


def test_common_words_are_read_on_spans_of_their_dialect() -> None:
    assert is_read("input_tokens", ["claude_code"])
    assert not is_read("input_tokens", ["claude_code", "genai"])
    assert not is_read("input_tokens", [""])


@pytest.mark.parametrize(
    "key",
    ["gen_ai.made_up", "acme.prompt.text", "inputTokens", "output_tokens", "genkit:made:up"],
)
def test_namespaces_and_words_tell_genai(key: str) -> None:
    assert looks_like_genai(key)


@pytest.mark.parametrize(
    "key", ["http.route", "db.query.text", "order.id", "http.usage", "mailbox"]
)
def test_what_other_spans_say_is_not_genai(key: str) -> None:
    assert not looks_like_genai(key)


def test_every_rule_can_be_told_in_words() -> None:
    sources = [source for known in SOURCES.values() for source in known]
    assert all(place(source) for source in sources)
    assert any(reading(source) for source in sources)
    assert sum(known.rules for known in coverage()) == len(sources)
    assert all(detection(dialect) for dialect in DIALECTS)
