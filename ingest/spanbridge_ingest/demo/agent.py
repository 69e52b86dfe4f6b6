"""A small tool-calling agent, traced with nothing but the OpenTelemetry SDK.

Its spans carry the ``gen_ai.*`` attributes of the current semantic conventions, as any
instrumentation would write them: one ``invoke_agent``, a ``chat`` per model call and an
``execute_tool`` per tool call.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from opentelemetry.trace import Span, SpanKind, Tracer
from opentelemetry.util.types import AttributeValue

Message = dict[str, Any]

MODEL = "gpt-fake"
AGENT = "travel-agent"
INSTRUCTIONS = "You are terse. Use the tools."
QUESTION = "What should I pack for a day in Paris?"

_PROVIDER = "openai"
_MAX_TURNS = 5
_TIMEOUT_S = 10.0


def get_weather(city: str) -> str:
    """Return the weather in a city, in words."""
    return f"21 C and sunny in {city}"


def get_local_time(city: str) -> str:
    """Return the local time in a city, in words."""
    return f"10:30 in {city}"


TOOLS: Mapping[str, Callable[..., str]] = {
    tool.__name__: tool for tool in (get_weather, get_local_time)
}


def _definition(tool: Callable[..., str]) -> Message:
    city = {"type": "string", "description": "Name of the city"}
    return {
        "type": "function",
        "name": tool.__name__,
        "description": tool.__doc__,
        "parameters": {"type": "object", "properties": {"city": city}, "required": ["city"]},
    }


class Agent:
    """Asks the model until it answers in words, running the tools it calls.

    ``base_url`` is an OpenAI-compatible endpoint ending in ``/v1``.
    """

    def __init__(self, tracer: Tracer, base_url: str) -> None:
        self._tracer = tracer
        self._base_url = base_url

    def answer(self, question: str, conversation_id: str) -> str:
        """Run the agent on one question and return its words.

        Raises:
            OSError: the model cannot be reached or answers with an error.
            RuntimeError: the model never came to an answer.
        """
        attributes = {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.provider.name": _PROVIDER,
            "gen_ai.agent.name": AGENT,
            "gen_ai.conversation.id": conversation_id,
            "gen_ai.request.model": MODEL,
            "gen_ai.system_instructions": _json(_text_parts(INSTRUCTIONS)),
            "gen_ai.input.messages": _json([{"role": "user", "parts": _text_parts(question)}]),
        }
        with self._span(f"invoke_agent {AGENT}", SpanKind.INTERNAL, attributes) as span:
            messages: list[Message] = [
                {"role": "system", "content": INSTRUCTIONS},
                {"role": "user", "content": question},
            ]
            for _ in range(_MAX_TURNS):
                reply = self._chat(messages, conversation_id)
                messages.append(reply)
                if not reply.get("tool_calls"):
                    span.set_attribute("gen_ai.output.messages", _json([_output(reply, "stop")]))
                    return str(reply["content"])
                messages += [self._run_tool(call) for call in reply["tool_calls"]]
            raise RuntimeError(f"no answer after {_MAX_TURNS} turns")

    def _chat(self, messages: Sequence[Message], conversation_id: str) -> Message:
        definitions = [_definition(tool) for tool in TOOLS.values()]
        attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": _PROVIDER,
            "gen_ai.request.model": MODEL,
            "gen_ai.conversation.id": conversation_id,
            "gen_ai.tool.definitions": _json(definitions),
            "gen_ai.input.messages": _json([_canonical(message) for message in messages]),
        }
        with self._span(f"chat {MODEL}", SpanKind.CLIENT, attributes) as span:
            functions = [
                {"type": "function", "function": {k: v for k, v in d.items() if k != "type"}}
                for d in definitions
            ]
            body = {"model": MODEL, "messages": messages, "tools": functions}
            reply = _post(f"{self._base_url}/chat/completions", body)
            choice = reply["choices"][0]
            span.set_attributes(_response_attributes(reply))
            message: Message = choice["message"]
            output = _output(message, choice["finish_reason"])
            span.set_attribute("gen_ai.output.messages", _json([output]))
            return message

    def _run_tool(self, call: Message) -> Message:
        name, arguments = call["function"]["name"], call["function"]["arguments"]
        attributes = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": name,
            "gen_ai.tool.type": "function",
            "gen_ai.tool.call.id": call["id"],
            "gen_ai.tool.call.arguments": arguments,
        }
        with self._span(f"execute_tool {name}", SpanKind.INTERNAL, attributes) as span:
            result = TOOLS[name](**json.loads(arguments))
            span.set_attribute("gen_ai.tool.call.result", result)
        return {"role": "tool", "tool_call_id": call["id"], "content": result}

    @contextmanager
    def _span(
        self, name: str, kind: SpanKind, attributes: Mapping[str, AttributeValue]
    ) -> Iterator[Span]:
        with self._tracer.start_as_current_span(name, kind=kind, attributes=attributes) as span:
            try:
                yield span
            except Exception as error:
                span.set_attribute("error.type", type(error).__name__)
                raise


def _response_attributes(reply: Message) -> dict[str, AttributeValue]:
    usage = reply["usage"]
    return {
        "gen_ai.response.model": reply["model"],
        "gen_ai.response.id": reply["id"],
        "gen_ai.response.finish_reasons": [reply["choices"][0]["finish_reason"]],
        "gen_ai.usage.input_tokens": usage["prompt_tokens"],
        "gen_ai.usage.output_tokens": usage["completion_tokens"],
        "gen_ai.usage.cache_read.input_tokens": usage["prompt_tokens_details"]["cached_tokens"],
        "gen_ai.usage.reasoning.output_tokens": usage["completion_tokens_details"][
            "reasoning_tokens"
        ],
    }


def _canonical(message: Message) -> Message:
    """A chat completions message in the conventions' message schema."""
    if message["role"] == "tool":
        part = {
            "type": "tool_call_response",
            "id": message["tool_call_id"],
            "response": message["content"],
        }
        return {"role": "tool", "parts": [part]}
    parts = _text_parts(message["content"]) if message.get("content") else []
    for call in message.get("tool_calls", ()):
        function = call["function"]
        arguments = json.loads(function["arguments"])
        part = {"type": "tool_call", "id": call["id"], "name": function["name"]}
        parts.append({**part, "arguments": arguments})
    return {"role": message["role"], "parts": parts}


def _output(message: Message, finish_reason: str) -> Message:
    reason = "tool_call" if finish_reason == "tool_calls" else finish_reason
    return {**_canonical(message), "finish_reason": reason}


def _text_parts(text: str) -> list[Message]:
    return [{"type": "text", "content": text}]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _post(url: str, body: Message) -> Message:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:
        reply: Message = json.load(response)
    return reply
