"""A support desk as somebody writes it who knows MLflow: much of the API in one program."""

import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import openai

import spanbridge as mlflow
from spanbridge.client import MlflowClient
from spanbridge.entities import Link, MlflowExperimentLocation, SpanEvent, SpanLogLevel, Trace
from spanbridge.entities.assessment import Expectation, Feedback
from spanbridge.entities.assessment_source import AssessmentSource, AssessmentSourceType
from spanbridge.entities.span import LiveSpan, SpanType
from spanbridge.entities.span_status import SpanStatusCode
from spanbridge.entities.trace_state import TraceState
from spanbridge.exceptions import MlflowException
from spanbridge.tracing.constant import SpanAttributeKey, TokenUsageKey, TraceMetadataKey
from spanbridge.tracing.distributed import (
    get_tracing_context_headers_for_http_request,
    set_tracing_context_from_http_request_headers,
)
from spanbridge.tracking import MlflowClient as ClientOfTracking

logging.disable(logging.WARNING)  # wrong arguments below are told
experiment_id = (
    found.experiment_id
    if (found := mlflow.get_experiment_by_name("Support"))
    else mlflow.create_experiment("Support")
)
mlflow.set_experiment(experiment_id=experiment_id)
mlflow.config.enable_async_logging()
mlflow.openai.autolog(exclusive=False, disable_for_unsupported_versions=True, silent=True)
mlflow.tracing.disable_notebook_display()
model = openai.OpenAI()
results = {"same client": MlflowClient is ClientOfTracking is mlflow.MlflowClient}


def hide(span: LiveSpan) -> None:
    if isinstance(span.inputs, dict) and "card" in span.inputs:
        span.set_inputs({**span.inputs, "card": "[card]"})


mlflow.tracing.configure(span_processors=[hide])


@mlflow.trace(span_type=SpanType.RETRIEVER, log_level="DEBUG", description="the shop's pages")
def look_up(question: str) -> list:
    return [{"page_content": "Returns take 30 days.", "metadata": {"doc_uri": "returns.md"}}]


@mlflow.trace(span_type=SpanType.TOOL, attributes={"shop": "main"})
def refund(order: int, card: str) -> str:
    span = mlflow.get_current_active_span()
    span.set_log_level(SpanLogLevel.WARNING)
    span.add_event(SpanEvent("refunded", attributes={"order": order}))
    if order < 0:
        raise ValueError("no such order")
    return "done"


@mlflow.trace(span_type=SpanType.AGENT)
def support(question: str, order: int) -> str:
    mlflow.update_current_trace(
        tags={"desk": "returns"}, metadata={"release": "2"}, model_id="support-v2", user="ann"
    )
    mlflow.update_current_trace(tags=["wrong"], state="PERFECT")
    look_up(question)
    answer = model.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": question}]
    )
    try:
        refund(order, card="4111")
    except ValueError as error:
        return f"sorry: {error}"
    return answer.choices[0].message.content


# A nightly run, with traces in several threads of it.
with (
    mlflow.start_run(run_name="nightly", tags={"night": "1"}, description="all orders") as run,
    mlflow.tracing.context(session_id="desk-1"),
):
    support("May I return it?", 7)
    first = mlflow.get_last_active_trace_id()
    with ThreadPoolExecutor(2) as pool:
        handed = mlflow.tracing.copy_context_to_thread(support)
        list(pool.map(handed, ["When?", "Where?"], [1, -1]))
with mlflow.start_run(nested=True):
    mlflow.end_run("KILLED")
results["status"] = [run.info.status, mlflow.last_active_run().info.status]

# Another service, whose trace comes back, and one that goes on with ours.
with mlflow.start_span("warehouse", trace_destination=MlflowExperimentLocation("Stock")) as far:
    headers = get_tracing_context_headers_for_http_request()
thread_ids = []


def other_service() -> None:
    with set_tracing_context_from_http_request_headers(headers), mlflow.start_span("shelf") as s:
        thread_ids.append(s.trace_id)


thread = threading.Thread(target=other_service)
thread.start()
thread.join()
results["one trace"] = thread_ids == [far.trace_id]
with mlflow.start_span("order", links=[Link(far.trace_id, far.span_id)]) as order:
    results["links"] = [link.trace_id for link in order.links] == [far.trace_id]
    mlflow.add_trace(mlflow.get_trace(far.trace_id).to_dict())
logged = mlflow.log_trace(
    "import", "old question", "old answer", intermediate_outputs={"step": 1}, tags={"old": "yes"}
)

# Finding, judging, deleting.
found = mlflow.search_traces(
    run_id=run.info.run_id, model_id="support-v2", return_type="list", max_results=10
)
results["of the run"] = len(found)
results["elsewhere"] = [
    len(mlflow.search_traces(locations=["Stock"], return_type="list")),
    len(mlflow.search_traces(experiment_ids=["nowhere"], return_type="list")),
]
results["sessions"] = [len(session) for session in mlflow.search_sessions(model_id="support-v2")]
trace: Trace = mlflow.get_trace(first, silent=True, flush=True)
results["state"] = trace.info.state is TraceState.OK
results["tokens"] = trace.info.token_usage[TokenUsageKey.TOTAL_TOKENS] > 0
results["metadata"] = trace.info.trace_metadata[TraceMetadataKey.MODEL_ID]
[tool] = trace.search_spans(span_type=SpanType.TOOL)
[page] = trace.search_spans(name="look_up")
results["tool"] = [tool.inputs["card"], tool.log_level, tool.status.status_code]
results["ok"] = tool.status.status_code == SpanStatusCode.OK
results["page"] = [page.log_level, page.description, page.get_attribute(SpanAttributeKey.SPAN_TYPE)]
results["outputs"] = mlflow.get_trace(logged).data.intermediate_outputs
human = AssessmentSource(AssessmentSourceType.HUMAN, "ann")
given = mlflow.log_feedback(trace_id=first, name="polite", value=True, source=human)
client = MlflowClient()
results["kinds"] = []
for wrong in (
    lambda: mlflow.log_feedback(trace_id=first, value=1, source="me"),
    lambda: mlflow.update_assessment(first, given.assessment_id, Expectation("polite", True)),
    lambda: mlflow.search_traces(experiment_ids="Support"),
    lambda: mlflow.get_trace("first"),
    lambda: client.get_trace("f" * 32, display=True),
):
    try:
        wrong()
    except MlflowException as error:
        results["kinds"].append(type(error).__name__)
corrected = client.update_assessment(first, given.assessment_id, Feedback("polite", False))
results["corrected"] = [corrected.value, corrected.source.source_id]
added = mlflow.get_trace(order.trace_id)
results["added"] = sorted(span.name for span in added.data.spans)
results["deleted"] = client.delete_traces(experiment_id="Support", trace_ids=[logged])
try:
    mlflow.log_metric("accuracy", 1)
except AttributeError as error:
    results["metric"] = "runs" in str(error) or "a run is" in str(error)
mlflow.flush_trace_async_logging()
print(json.dumps(results))
