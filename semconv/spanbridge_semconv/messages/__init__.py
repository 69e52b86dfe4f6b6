"""What a span said, in the current OpenTelemetry GenAI message schema.

Every dialect spells the conversation of a model call differently: JSON in attributes, flattened
keys, span events, log records, or the provider's raw request and response bodies.
:func:`read_messages` reads them all into one shape::

    >>> read_messages({"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "Hi"}).input
    [{'role': 'user', 'parts': [{'type': 'text', 'content': 'Hi'}]}]

Reading happens one trace at a time, when somebody looks at it; nothing here runs on the way in.
Nothing here raises: content that has no reader stays as a ``generic`` part.
"""

from spanbridge_semconv.messages.model import Event, Messages
from spanbridge_semconv.messages.reader import read_messages

__all__ = ["Event", "Messages", "read_messages"]
