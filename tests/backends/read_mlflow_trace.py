"""Print all that MLflow shows of a trace, as JSON. Runs in MLflow's own environment.

python read_mlflow_trace.py TRACKING_URI EXPERIMENT_ID TRACE_ID
"""

import json
import sys


def main() -> None:
    """Read through MLflow's client, as its users do; prints null until the trace is there."""
    import mlflow

    uri, experiment, trace_id = sys.argv[1:]
    mlflow.set_tracking_uri(uri)
    found = mlflow.search_traces(locations=[experiment], return_type="list", include_spans=True)
    traces = {trace.info.trace_id.removeprefix("tr-"): trace for trace in found}
    trace = traces.get(trace_id)
    if trace is None:
        print("null")
        return
    names = {span.span_id: span.name for span in trace.data.spans}
    shown = {
        "state": str(trace.info.state.value),
        "request_preview": trace.info.request_preview,
        "response_preview": trace.info.response_preview,
        "tags": dict(trace.info.tags),
        "metadata": dict(trace.info.trace_metadata),
        "usage": trace.info.token_usage,
        "spans": {
            span.name: {
                "type": span.span_type,
                "parent": names.get(span.parent_id),
                "status": str(span.status.status_code.value),
                "description": span.status.description,
                "inputs": span.inputs,
                "outputs": span.outputs,
                "attributes": dict(span.attributes),
                "events": [[event.name, dict(event.attributes)] for event in span.events],
            }
            for span in trace.data.spans
        },
    }
    json.dump(shown, sys.stdout)


if __name__ == "__main__":
    main()
