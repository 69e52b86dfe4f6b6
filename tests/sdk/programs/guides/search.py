"""Finding traces, and spans within a trace."""

import contextlib
import json
import re
import time

import spanbridge as mlflow
from spanbridge.entities import SpanType


@mlflow.trace(span_type=SpanType.TOOL)
def look_up(word: str) -> str:
    return word.upper()


@mlflow.trace(span_type=SpanType.TOOL, name="look_around")
def look_around() -> None:
    pass


@mlflow.trace(name="search guide", span_type=SpanType.AGENT)
def agent(word: str, seconds: float) -> str:
    mlflow.update_current_trace(tags={"guide": "search", "topic": f"about {word}"})
    time.sleep(seconds)
    found = look_up(word)
    look_around()
    if word == "fault":
        raise LookupError(word)
    return found


for word, seconds in (("first", 0.15), ("second", 0.01), ("fault", 0.05)):
    with contextlib.suppress(LookupError):
        agent(word, seconds)
mlflow.flush()


def words(condition: str, **options: object) -> list[str]:
    """The words whose traces fulfil a condition, in the order they come."""
    found = mlflow.search_traces(
        filter_string=f"tags.guide = 'search' AND {condition}", return_type="list", **options
    )
    return [trace.info.tags["topic"].removeprefix("about ") for trace in found]


everything = mlflow.search_traces(filter_string="tags.guide = 'search'")
failed = everything[everything["state"] == "ERROR"]
table = {
    "states": sorted(everything["state"]),
    "slow": bool(everything["execution_duration"].mean() > 50),
    "topics": [tags["topic"] for tags in failed["tags"]],
}
started = mlflow.search_traces(filter_string="tags.guide = 'search'", return_type="list")
newest = started[0].info.request_time
trace = mlflow.get_trace(started[-1].info.trace_id)
printed = {
    "errors": words("status = 'ERROR'"),
    "fine": words("trace.status = 'OK'", order_by=["timestamp_ms ASC"]),
    "slowest": words("name = 'search guide'", order_by=["execution_time_ms DESC"], max_results=1),
    "quick": words("execution_time < 100", order_by=["timestamp_ms ASC"]),
    "like": words("tags.topic LIKE '%con%'"),
    "recent": words(f"timestamp_ms >= {newest}"),
    "span": words("span.name = 'look_up' AND span.type = 'TOOL' AND status = 'ERROR'"),
    "either": words("(tags.topic = 'about first' OR status = 'ERROR')", order_by=["timestamp ASC"]),
    "none": words("tags.topic = 'no such thing'"),
    "table": table,
    "by_name": [span.name for span in trace.search_spans(name="look_up")],
    "by_pattern": [span.name for span in trace.search_spans(name=re.compile("look_.*"))],
    "by_type": [span.name for span in trace.search_spans(span_type=SpanType.AGENT)],
    "by_id": [span.name for span in trace.search_spans(span_id=trace.data.spans[0].span_id)],
    "io": [trace.data.request, trace.data.response],
    "inputs": trace.search_spans(name="look_up")[0].inputs,
}
print(json.dumps(printed))
