"""Traces that are read back, and names that are loaded when they are asked for."""

from collections.abc import Sequence
from typing import assert_type

import spanbridge as mlflow
from spanbridge import MlflowClient, SpanbridgeClient
from spanbridge.entities import Link, Span, Trace

client = MlflowClient()
assert_type(client, SpanbridgeClient)

found = mlflow.search_traces(filter_string="tag.team = 'search'", return_type="list")
assert_type(found, list[Trace])
for each in found:
    assert_type(each.info.trace_id, str)
    assert_type(each.data.spans, Sequence[Span])
assert_type(mlflow.search_traces(["a"], return_type="list", model_id="m", flush=False), list[Trace])
mlflow.search_traces(return_type="list", run_id=7)  # error
print(found.spans)  # error
mlflow.search_traces(return_type="dictionary")  # error
mlflow.search_traces(filter="x")  # error

trace = mlflow.get_trace("0" * 32)
print(trace.info)  # error
if trace is not None:
    assert_type(trace, Trace)
    assert_type(trace.search_spans(name="search"), list[Span])

mlflow.log_feedback(trace_id="0" * 32, name="right", value=True, rationale="read it")
mlflow.log_feedback(name=5)  # error
mlflow.no_such_name()  # error
print(mlflow.entities.NoSuchName)  # error
mlflow.openai.autolog()
mlflow.openai.autolog(exclusive=True, disable_for_unsupported_versions=True, silent=True)
mlflow.autolog(disable=True, exclude_flavors=["openai"])
with mlflow.start_run(run_name="nightly", experiment_id="shop") as run:
    assert_type(run.info.run_id, str)
with mlflow.start_span("s", log_level="INFO", description="d") as span:
    assert_type(span.log_level, int | None)
    assert_type(span.links, list[Link])
    span.set_log_level(None)  # error
mlflow.start_span("s", trace_destination="shop")  # error
mlflow.start_run(name="x")  # error
mlflow.openai.autolog(disable="no")  # error
