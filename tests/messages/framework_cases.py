"""The conversation as frameworks and coding agents write it, by their documented keys."""

from __future__ import annotations

import json
from typing import Any

from spanbridge_semconv.messages import Event
from tests.messages.conversation import CHAT_ANSWER, CHAT_CALL, CHAT_REQUEST, SCHEMA

Case = tuple[dict[str, Any], list[Event], list[Event]]

QUESTION = "Weather in Paris?"
ANSWER = "It is sunny."
ARGUMENTS = {"city": "Paris"}
RESULT = "21C sunny"


def _lc(name: str, **kwargs: Any) -> dict[str, Any]:
    path = ["langchain", "schema", "messages", name]
    return {"lc": 1, "type": "constructor", "id": path, "kwargs": kwargs}


LC_CALL = {"name": "get_weather", "args": ARGUMENTS, "id": "c1", "type": "tool_call"}
LC_MESSAGES = [
    _lc("HumanMessage", content=QUESTION, type="human"),
    _lc("AIMessage", content="", type="ai", tool_calls=[LC_CALL]),
    _lc("ToolMessage", content=RESULT, type="tool", tool_call_id="c1"),
]
LC_ANSWER = _lc("AIMessage", content=ANSWER, type="ai", response_metadata={"finish_reason": "stop"})
LC_TAGGED = [
    {"type": "human", "data": {"content": QUESTION, "type": "human", "name": None}},
    {"type": "ai", "data": {"content": "", "type": "ai", "tool_calls": [LC_CALL]}},
    {"type": "tool", "data": {"content": RESULT, "tool_call_id": "c1"}},
]
LC_BARE = [
    {"type": "human", "content": QUESTION, "id": "m1"},
    {"type": "ai", "content": "", "additional_kwargs": {"tool_calls": [CHAT_CALL]}, "id": "m2"},
    {"type": "tool", "content": RESULT, "tool_call_id": "c1", "id": "m3"},
]
AI_SDK_RESULT = {"toolCallId": "c1", "toolName": "get_weather"}
BEDROCK_CALL = {"toolUse": {"toolUseId": "c1", "name": "get_weather", "input": ARGUMENTS}}
BEDROCK_RESULT = {
    "toolResult": {"toolUseId": "c1", "status": "success", "content": [{"text": RESULT}]}
}
BEDROCK_MESSAGES = [
    {"role": "user", "content": [{"text": QUESTION}]},
    {"role": "assistant", "content": [BEDROCK_CALL]},
    {"role": "tool", "content": [BEDROCK_RESULT]},
]
PYDANTIC_EVENTS: list[dict[str, Any]] = [
    {"event.name": "gen_ai.user.message", "content": QUESTION, "role": "user"},
    {"event.name": "gen_ai.assistant.message", "role": "assistant", "tool_calls": [CHAT_CALL]},
    {"event.name": "gen_ai.tool.message", "content": RESULT, "role": "tool", "id": "c1"},
]
PYDANTIC_CHOICE = {
    "event.name": "gen_ai.choice",
    "index": 0,
    "finish_reason": "stop",
    "message": {"role": "assistant", "content": ANSWER},
}
HAYSTACK_CALL = {"tool_name": "get_weather", "arguments": ARGUMENTS, "id": "c1"}


def _ai_sdk(call: dict[str, Any], result: dict[str, Any]) -> Case:
    messages = [
        {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
        {"role": "assistant", "content": [{"type": "tool-call", **AI_SDK_RESULT, **call}]},
        {"role": "tool", "content": [{"type": "tool-result", **AI_SDK_RESULT, **result}]},
    ]
    return (
        {
            "ai.prompt.messages": json.dumps(messages),
            "ai.response.text": ANSWER,
            "ai.response.finishReason": "stop",
            "gen_ai.system": "openai.chat",
        },
        [],
        [],
    )


def _payload(sent: str, received: str, request: object, answer: object) -> Case:
    return ({sent: json.dumps(request), received: json.dumps(answer)}, [], [])


SAME: dict[str, Case] = {
    "ai sdk 4": _ai_sdk({"args": json.dumps(ARGUMENTS)}, {"result": RESULT}),
    "ai sdk 6": _ai_sdk({"input": ARGUMENTS}, {"output": {"type": "text", "value": RESULT}}),
    "langchain constructors": _payload(
        "gen_ai.prompt",
        "gen_ai.completion",
        {"messages": [LC_MESSAGES]},
        {"generations": [[{"text": ANSWER, "message": LC_ANSWER}]]},
    ),
    "langchain tagged": _payload(
        "input.value",
        "output.value",
        {"messages": LC_TAGGED},
        {"messages": [*LC_TAGGED, LC_ANSWER]},
    ),
    "langchain bare": _payload(
        "mlflow.spanInputs", "mlflow.spanOutputs", [LC_BARE], {"output": LC_ANSWER}
    ),
    "langchain in traceloop's envelope": _payload(
        "traceloop.entity.input",
        "traceloop.entity.output",
        {"inputs": {"messages": LC_MESSAGES}, "tags": [], "metadata": {}, "kwargs": {}},
        {"outputs": [{"graph": None, "update": {"messages": [LC_ANSWER]}}], "kwargs": {}},
    ),
    "langfuse": _payload(
        "langfuse.observation.input",
        "langfuse.observation.output",
        CHAT_REQUEST["messages"],
        {"role": "assistant", "content": ANSWER, "finish_reason": "stop"},
    ),
    "langfuse, a decorated function": _payload(
        "langfuse.observation.input",
        "langfuse.observation.output",
        {"args": [CHAT_REQUEST["messages"]], "kwargs": {}},
        CHAT_ANSWER,
    ),
    "braintrust": _payload(
        "braintrust.input_json",
        "braintrust.output_json",
        CHAT_REQUEST["messages"],
        CHAT_ANSWER["choices"],
    ),
    "logfire before 5": _payload(
        "request_data",
        "response_data",
        CHAT_REQUEST,
        {"message": CHAT_ANSWER["choices"][0]["message"], "finish_reason": "stop"},
    ),
    "haystack": _payload(
        "haystack.component.input",
        "haystack.component.output",
        {
            "messages": [
                {"role": "user", "meta": {}, "name": None, "content": [{"text": QUESTION}]},
                {"role": "assistant", "meta": {}, "content": [{"tool_call": HAYSTACK_CALL}]},
                {
                    "role": "tool",
                    "content": [{"tool_call_result": {"result": RESULT, "origin": {"id": "c1"}}}],
                },
            ]
        },
        {
            "replies": [
                {
                    "role": "assistant",
                    "meta": {"finish_reason": "stop"},
                    "content": [{"text": ANSWER}],
                }
            ]
        },
    ),
    "genkit": _payload(
        "genkit:input",
        "genkit:output",
        {
            "messages": [
                {"role": "user", "content": [{"text": QUESTION}]},
                {
                    "role": "model",
                    "content": [
                        {"toolRequest": {"name": "get_weather", "ref": "c1", "input": ARGUMENTS}}
                    ],
                },
                {"role": "tool", "content": [{"toolResponse": {"ref": "c1", "output": RESULT}}]},
            ]
        },
        {"message": {"role": "model", "content": [{"text": ANSWER}]}, "finishReason": "stop"},
    ),
    "bedrock converse": _payload(
        "input.value",
        "output.value",
        {"modelId": "m", "messages": BEDROCK_MESSAGES},
        {
            "output": {"message": {"role": "assistant", "content": [{"text": ANSWER}]}},
            "stopReason": "end_turn",
            "usage": {},
        },
    ),
    "livekit": (
        {
            "lk.pii.chat_ctx": json.dumps(
                {
                    "items": [
                        {"id": "1", "type": "message", "role": "user", "content": [QUESTION]},
                        {
                            "type": "function_call",
                            "call_id": "c1",
                            "name": "get_weather",
                            "arguments": json.dumps(ARGUMENTS),
                        },
                        {"type": "function_call_output", "call_id": "c1", "output": RESULT},
                    ]
                }
            ),
            "lk.pii.response.text": ANSWER,
            "lk.pii.response.function_calls": "[]",
        },
        [],
        [],
    ),
    "pydantic ai 1": ({"events": json.dumps([*PYDANTIC_EVENTS, PYDANTIC_CHOICE])}, [], []),
    "strands": (
        {},
        [
            Event("gen_ai.user.message", {"content": json.dumps([{"text": QUESTION}])}),
            Event("gen_ai.assistant.message", {"content": json.dumps([BEDROCK_CALL])}),
            Event("gen_ai.tool.message", {"content": json.dumps([BEDROCK_RESULT])}),
            Event(
                "gen_ai.choice",
                {"message": json.dumps([{"text": ANSWER}]), "finish_reason": "end_turn"},
            ),
        ],
        [],
    ),
    "azure: event content in an attribute": (
        {},
        [
            Event(event["event.name"], {"gen_ai.event.content": json.dumps(event)})
            for event in [*PYDANTIC_EVENTS, PYDANTIC_CHOICE]
        ],
        [],
    ),
    "litellm raw request": (
        {
            "llm.openai.messages": repr(CHAT_REQUEST["messages"]),
            "llm.openai.choices": repr(CHAT_ANSWER["choices"]),
            "llm.openai.model": "m",
        },
        [],
        [],
    ),
    "claude code's bodies in logs": (
        {},
        [],
        [
            Event(
                "claude_code.api_request_body",
                {
                    "body": json.dumps(
                        {
                            "model": "m",
                            "messages": [
                                {"role": "user", "content": QUESTION},
                                {
                                    "role": "assistant",
                                    "content": [
                                        {
                                            "type": "tool_use",
                                            "id": "c1",
                                            "name": "get_weather",
                                            "input": ARGUMENTS,
                                        }
                                    ],
                                },
                                {
                                    "role": "tool",
                                    "content": [
                                        {
                                            "type": "tool_result",
                                            "tool_use_id": "c1",
                                            "content": RESULT,
                                        }
                                    ],
                                },
                            ],
                        }
                    )
                },
            ),
            Event(
                "claude_code.api_response_body",
                {
                    "body": json.dumps(
                        {
                            "type": "message",
                            "role": "assistant",
                            "stop_reason": "end_turn",
                            "content": [{"type": "text", "text": ANSWER}],
                        }
                    )
                },
            ),
        ],
    ),
}
"""Cases that say the whole conversation of :mod:`tests.messages.conversation`."""

DEFINITIONS: dict[str, dict[str, Any]] = {
    "ai sdk": {
        "ai.prompt.tools": [
            json.dumps(
                {
                    "type": "function",
                    "name": "get_weather",
                    "description": "The weather",
                    "inputSchema": SCHEMA,
                }
            )
        ]
    },
    "pydantic ai": {
        "model_request_parameters": json.dumps(
            {
                "function_tools": [
                    {
                        "name": "get_weather",
                        "description": "The weather",
                        "parameters_json_schema": SCHEMA,
                    }
                ],
                "output_tools": [],
            }
        )
    },
    "strands": {
        "gen_ai.tool.definitions": json.dumps(
            [
                {
                    "name": "get_weather",
                    "description": "The weather",
                    "inputSchema": {"json": SCHEMA},
                    "outputSchema": None,
                }
            ]
        )
    },
    "bedrock": {
        "input.value": json.dumps(
            {
                "messages": BEDROCK_MESSAGES,
                "toolConfig": {
                    "tools": [
                        {
                            "toolSpec": {
                                "name": "get_weather",
                                "description": "The weather",
                                "inputSchema": {"json": SCHEMA},
                            }
                        }
                    ]
                },
            }
        )
    },
    "google adk": {
        "gcp.vertex.agent.llm_request": json.dumps(
            {
                "contents": [{"role": "user", "parts": [{"text": QUESTION}]}],
                "config": {
                    "tools": [
                        {
                            "function_declarations": [
                                {
                                    "name": "get_weather",
                                    "description": "The weather",
                                    "parameters_json_schema": SCHEMA,
                                }
                            ]
                        }
                    ]
                },
            }
        )
    },
}
"""The tool of the conversation, defined."""
