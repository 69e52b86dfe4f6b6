"""One conversation, and how the common APIs and dialects write it down."""

from __future__ import annotations

import json

from spanbridge_semconv.messages import Event

CALL = {"type": "tool_call", "id": "c1", "name": "get_weather", "arguments": {"city": "Paris"}}
INPUT = [
    {"role": "user", "parts": [{"type": "text", "content": "Weather in Paris?"}]},
    {"role": "assistant", "parts": [CALL]},
    {
        "role": "tool",
        "parts": [{"type": "tool_call_response", "id": "c1", "response": "21C sunny"}],
    },
]
OUTPUT = [
    {
        "role": "assistant",
        "parts": [{"type": "text", "content": "It is sunny."}],
        "finish_reason": "stop",
    }
]
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOLS = [
    {
        "type": "function",
        "name": "get_weather",
        "description": "The weather",
        "parameters": SCHEMA,
    }
]

CHAT_TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather",
            "parameters": SCHEMA,
        },
    }
]
CHAT_CALL = {
    "id": "c1",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'},
}
CHAT_REQUEST = {
    "model": "m",
    "messages": [
        {"role": "user", "content": "Weather in Paris?"},
        {"role": "assistant", "content": None, "tool_calls": [CHAT_CALL]},
        {"role": "tool", "tool_call_id": "c1", "content": "21C sunny"},
    ],
    "tools": CHAT_TOOLS,
}
CHAT_ANSWER = {
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "It is sunny.", "refusal": None},
        }
    ]
}
RESPONSES_REQUEST = {
    "model": "m",
    "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "Weather in Paris?"}]},
        {
            "type": "function_call",
            "call_id": "c1",
            "id": "fc1",
            "name": "get_weather",
            "arguments": '{"city": "Paris"}',
        },
        {"type": "function_call_output", "call_id": "c1", "output": "21C sunny"},
    ],
    "tools": [{**TOOLS[0], "strict": True}],
}
RESPONSES_ANSWER = {
    "object": "response",
    "status": "completed",
    "output": [
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "It is sunny.", "annotations": []}],
        }
    ],
}
OTEL_ATTRIBUTES = {
    "gen_ai.input.messages": json.dumps(INPUT),
    "gen_ai.output.messages": json.dumps(OUTPUT),
    "gen_ai.tool.definitions": json.dumps(TOOLS),
}
OPENINFERENCE = {
    "llm.input_messages.0.message.role": "user",
    "llm.input_messages.0.message.contents.0.message_content.type": "text",
    "llm.input_messages.0.message.contents.0.message_content.text": "Weather in Paris?",
    "llm.input_messages.0.message.content": "Weather in Paris?",
    "llm.input_messages.3.message.role": "assistant",
    "llm.input_messages.3.message.tool_calls.0.tool_call.id": "c1",
    "llm.input_messages.3.message.tool_calls.0.tool_call.function.name": "get_weather",
    "llm.input_messages.3.message.tool_calls.0.tool_call.function.arguments": '{"city": "Paris"}',
    "llm.input_messages.10.message.role": "tool",
    "llm.input_messages.10.message.tool_call_id": "c1",
    "llm.input_messages.10.message.content": "21C sunny",
    "llm.output_messages.0.message.role": "assistant",
    "llm.output_messages.0.message.content": "It is sunny.",
    "llm.finish_reason": "stop",
    "llm.tools.0.tool.json_schema": json.dumps(
        {"name": "get_weather", "description": "The weather", "input_schema": SCHEMA}
    ),
}
TRACELOOP = {
    "gen_ai.prompt.0.role": "user",
    "gen_ai.prompt.0.content": "Weather in Paris?",
    "gen_ai.prompt.1.role": "assistant",
    "gen_ai.prompt.1.tool_calls.0.id": "c1",
    "gen_ai.prompt.1.tool_calls.0.name": "get_weather",
    "gen_ai.prompt.1.tool_calls.0.arguments": '{"city": "Paris"}',
    "gen_ai.prompt.2.role": "tool",
    "gen_ai.prompt.2.tool_call_id": "c1",
    "gen_ai.prompt.2.content": "21C sunny",
    "gen_ai.prompt.name": "not a message",
    "gen_ai.completion.0.role": "assistant",
    "gen_ai.completion.0.content": "It is sunny.",
    "gen_ai.completion.0.finish_reason": "stop",
    "llm.request.functions.0.name": "get_weather",
    "llm.request.functions.0.description": "The weather",
    "llm.request.functions.0.parameters": json.dumps(SCHEMA),
}
LEGACY_LOGS = [
    Event("gen_ai.user.message", body={"content": "Weather in Paris?"}),
    Event("gen_ai.assistant.message", body={"tool_calls": [CHAT_CALL]}),
    Event("gen_ai.tool.message", body={"content": "21C sunny", "id": "c1"}),
    Event("gen_ai.choice", body={**CHAT_ANSWER["choices"][0]}),
]
TOOLS_ATTRIBUTE = {"gen_ai.tool.definitions": json.dumps(CHAT_TOOLS)}
