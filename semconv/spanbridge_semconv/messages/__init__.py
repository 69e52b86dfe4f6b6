"""What a span said, in the current OpenTelemetry GenAI message schema.

Every dialect spells the conversation of a model call differently: JSON in attributes, flattened
keys, span events, log records, or the provider's raw request and response bodies.
:func:`read_messages` reads them all into one shape::

    >>> read_messages({"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "Hi"}).input
    [{'role': 'user', 'parts': [{'type': 'text', 'content': 'Hi'}]}]

:func:`read_tool_call`, :func:`read_retrieval` and :func:`read_embeddings` do the same for the spans
of tools, searches and embeddings.

Reading happens one trace at a time, when somebody looks at it; nothing here runs on the way in.
Nothing here raises: content that has no reader stays as a ``generic`` part.
"""

from spanbridge_semconv.messages.model import Embeddings, Event, Messages, Retrieval, ToolCall
from spanbridge_semconv.messages.reader import read_messages
from spanbridge_semconv.messages.retrieval import read_embeddings, read_retrieval
from spanbridge_semconv.messages.tools import read_tool_call

__all__ = [
    "Embeddings",
    "Event",
    "Messages",
    "Retrieval",
    "ToolCall",
    "read_embeddings",
    "read_messages",
    "read_retrieval",
    "read_tool_call",
]
