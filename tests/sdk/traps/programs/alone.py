"""The SDK with nothing installed but what it depends on."""

import sys

MISSING = {
    *("chdb", "clickhouse_connect", "fastapi", "grpc", "openai", "pandas", "rich", "starlette"),
    *("typer", "uvicorn", "spanbridge_ingest", "pydantic", "yaml", "anthropic"),
}


class Absent:
    """Makes modules of other extras as absent as they are without them."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in MISSING:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Absent())

import spanbridge  # noqa: E402


@spanbridge.trace
def work() -> int:
    return 42


work()
spanbridge.autolog()  # there is nothing to trace, which is no error
spanbridge.flush()
print(type(spanbridge.search_traces(filter_string="name = 'work'")).__name__)
print(spanbridge.get_trace(spanbridge.get_last_active_trace_id()).data.spans[0].outputs)
try:
    spanbridge.openai.autolog()
except ImportError as error:
    print("openai" in str(error))
