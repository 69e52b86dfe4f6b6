"""Where dialects put content: the attributes, most trusted first.

Only which key holds what stands here. What a payload says is recognised by its shape, whoever
wrote it.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Payload(NamedTuple):
    """Two attributes that hold what was sent and what came back, as JSON or text.

    ``sure`` says that only a model call has them; ``whole`` whether they hold it all: if not, what
    cannot be read there is not content.
    """

    sent: str
    received: str
    sure: bool = False
    whole: bool = True


class Answer(NamedTuple):
    """Attributes that hold an answer piece by piece; in each the first that is there counts."""

    text: tuple[str, ...] = ()
    reasoning: tuple[str, ...] = ()
    tool_calls: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    finish_reason: tuple[str, ...] = ()


PAYLOADS: Final = (
    Payload("langfuse.observation.input", "langfuse.observation.output"),
    Payload("input.value", "output.value"),
    Payload("mlflow.spanInputs", "mlflow.spanOutputs"),
    Payload("ai.prompt.messages", "", sure=True),  # AI SDK, a step
    Payload("ai.prompt", "", sure=True),  # AI SDK, the whole call
    Payload("gcp.vertex.agent.llm_request", "gcp.vertex.agent.llm_response", sure=True),
    Payload("lk.pii.chat_ctx", "", sure=True),  # LiveKit
    Payload("lk.chat_ctx", "", sure=True),
    Payload("genkit:input", "genkit:output"),
    Payload("haystack.component.input", "haystack.component.output"),
    Payload("lmnr.span.input", "lmnr.span.output"),
    Payload("braintrust.input_json", "braintrust.output_json"),
    Payload("braintrust.input", "braintrust.output"),
    Payload("request_data", "response_data", sure=True, whole=False),  # Logfire
    Payload("traceloop.entity.input", "traceloop.entity.output"),
    Payload("gen_ai.prompt", "gen_ai.completion"),  # LangSmith: bodies; others: text
    Payload("llm.messages", ""),  # VoltAgent
    Payload("agent.messages", ""),
    Payload("new_context", "response.model_output"),  # Claude Code
    Payload("langfuse.trace.input", "langfuse.trace.output"),
    Payload("input", "output"),
    Payload("prompt", "completion"),
)

ANSWERS: Final = (
    Answer(  # AI SDK
        text=("ai.response.text", "ai.result.text", "ai.response.object", "ai.result.object"),
        reasoning=("ai.response.reasoning",),
        tool_calls=("ai.response.toolCalls", "ai.result.toolCalls"),
        files=("ai.response.files",),
        finish_reason=("ai.response.finishReason", "ai.finishReason"),
    ),
    Answer(  # LiveKit
        text=("lk.pii.response.text", "lk.response.text"),
        tool_calls=("lk.pii.response.function_calls", "lk.response.function_calls"),
    ),
)

LOOSE_TOOL_CALLS: Final = "gen_ai.response.tool_calls"
"""OpenLIT: calls of an answer whose text stands elsewhere."""

JOINED_CALLS: Final = ("gen_ai.tool.name", "gen_ai.tool.call.id", "gen_ai.tool.args")
"""OpenLIT until 1.35: the names, ids and arguments of all calls of an answer, comma-separated."""

EVENT_LISTS: Final = ("events", "all_messages_events")
"""Pydantic AI, Logfire: span events of the conventions before 1.37, as one JSON list."""

CONVERSATIONS: Final = ("pydantic_ai.all_messages",)
"""A whole conversation, the last answer included."""

FINAL_ANSWERS: Final = ("final_result",)
"""What an agent came to; repeats the end of its conversation where that was kept."""

USER_TEXT: Final = (
    "user_prompt",  # Claude Code
    "lk.pii.user_input",
    "lk.user_input",
    "lk.pii.user_transcript",
    "lk.user_transcript",
    "lk.pii.input_text",
    "lk.input_text",
)

INSTRUCTIONS: Final = (
    "lk.pii.instructions",
    "lk.instructions",
    "gen_ai.agent.instructions",
    "system_prompt",  # Strands
    "user_system_prompt",  # Claude Code
    "agent.instructions",  # VoltAgent
)

TOOL_DEFINITIONS: Final = (
    "ai.prompt.tools",
    "mlflow.chat.tools",
    "model_request_parameters",  # Pydantic AI
    "lk.function_tools",
)

ARGUMENTS: Final = (
    "gen_ai.tool.call.arguments",
    "ai.toolCall.args",
    "ai.toolCall.input",
    "tool_arguments",  # Pydantic AI, first versions
    "gcp.vertex.agent.tool_call_args",
    "spring.ai.tool.call.arguments",
    "lk.pii.function_tool.arguments",
    "lk.function_tool.arguments",
    "gen_ai.tool.args",  # OpenLIT
    "langfuse.observation.input",
    "input.value",
    "mlflow.spanInputs",
    "lmnr.span.input",
    "genkit:input",
    "braintrust.input_json",
    "braintrust.input",
    "haystack.tool.input",
    "traceloop.entity.input",
    "gen_ai.task.input",
    "mcp.request.argument",
    "gen_ai.prompt",
    "tool.arguments",
    "tool_input",  # Claude Code
    "function_args",  # Gemini CLI
    "arguments",  # Codex
    "input",
)

NAMED_ARGUMENTS: Final = ("full_command", "file_path", "skill_name", "subagent_type")
"""Claude Code: arguments that have an attribute each."""

RESULTS: Final = (
    "gen_ai.tool.call.result",
    "ai.toolCall.result",
    "ai.toolCall.output",
    "tool_response",  # Pydantic AI, first versions
    "gcp.vertex.agent.tool_response",
    "spring.ai.tool.call.result",
    "lk.pii.function_tool.output",
    "lk.function_tool.output",
    "langfuse.observation.output",
    "output.value",
    "mlflow.spanOutputs",
    "lmnr.span.output",
    "genkit:output",
    "braintrust.output_json",
    "braintrust.output",
    "haystack.tool.output",
    "traceloop.entity.output",
    "gen_ai.task.output",
    "mcp.response.value",
    "gen_ai.completion",
    "tool.result",
    "output",
)

RETRIEVAL_QUERIES: Final = (
    "gen_ai.retrieval.query.text",
    "reranker.query",
    "db.vector.query.content",  # Spring AI
    "gen_ai.framework.query.text",  # OpenLIT
)

RETRIEVED: Final = (
    "gen_ai.retrieval.documents",
    "db.vector.query.response.documents",  # Spring AI
)

EMBEDDED_TEXTS: Final = ("ai.values", "ai.value")
EMBEDDINGS: Final = ("ai.embeddings", "ai.embedding")
EMBEDDING_DIMENSIONS: Final = ("gen_ai.embeddings.dimension.count", "gen_ai.request.dimensions")

LOGGED: Final = {
    "user_prompt": ("prompt", True),
    "api_request": ("request_text", True),
    "api_response": ("response_text", False),
    "api_request_body": ("body", True),
    "api_response_body": ("body", False),
}
"""Log records of coding agents, without the agent's name: the attribute that holds content, and
whether it was sent to the model or came from it."""

LOGGING_AGENTS: Final = ("", "claude_code", "codex", "gemini_cli")

REDACTED: Final = ("<REDACTED>", "__REDACTED__")
"""What stands where content was held back."""
