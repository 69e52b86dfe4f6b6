"""Traces that are read back, and names that are loaded when they are asked for."""

from collections.abc import Sequence
from typing import assert_type

import spanbridge as mlflow
from spanbridge import MlflowClient, SpanbridgeClient
from spanbridge.entities import Span, Trace

client = MlflowClient()
assert_type(client, SpanbridgeClient)

found = mlflow.search_traces(filter_string="tag.team = 'search'", return_type="list")
assert_type(found, list[Trace])
for each in found:
    assert_type(each.info.trace_id, str)
    assert_type(each.data.spans, Sequence[Span])
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
mlflow.openai.autolog(disable="no")  # error
