"""The SDK with nothing installed but what it depends on."""

import importlib.util

import spanbridge

for absent in ("grpc", "openai", "pandas", "pydantic", "spanbridge_ingest"):
    assert importlib.util.find_spec(absent) is None, absent


@spanbridge.trace
def work() -> int:
    return 42


work()
spanbridge.autolog()  # there is nothing to trace, which is no error
spanbridge.flush()
print(type(spanbridge.search_traces(filter_string="name = 'work'")).__name__)
print(spanbridge.get_trace(spanbridge.get_last_active_trace_id()).data.spans[0].outputs)
spanbridge.openai.autolog()
