"""A program that calls models in the usual ways, recorded by autolog.

Prints the trace's id, and as JSON the tokens in and out that it was told, by model.
"""

from __future__ import annotations

import json
import os

from openai import OpenAI

import spanbridge

spanbridge.openai.autolog()
client = OpenAI(base_url=os.environ["FAKE_OPENAI"], api_key="sk-test", max_retries=0)
MESSAGES = [{"role": "user", "content": "How warm is it in Paris?"}]


@spanbridge.trace(span_type="AGENT")
def agent() -> dict[str, tuple[int, int]]:
    told = {}
    chat = client.chat.completions.create(model="gpt-4o-mini", messages=MESSAGES, temperature=0.5)
    told["gpt-4o-mini"] = (chat.usage.prompt_tokens, chat.usage.completion_tokens)
    streamed = client.chat.completions.create(
        model="gpt-4o", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    )
    (usage,) = [chunk.usage for chunk in streamed if chunk.usage]
    told["gpt-4o"] = (usage.prompt_tokens, usage.completion_tokens)
    response = client.responses.create(model="gpt-4.1", input="How warm is it in Rome?")
    told["gpt-4.1"] = (response.usage.input_tokens, response.usage.output_tokens)
    embedded = client.embeddings.create(model="text-embedding-3-small", input=["Paris"])
    told["text-embedding-3-small"] = (embedded.usage.prompt_tokens, 0)
    return told


usage_by_model = agent()
# A server just started may take longer for its first spans than a process waits when it ends.
spanbridge.flush(60)
print(spanbridge.get_last_active_trace_id(), json.dumps(usage_by_model))
