"""Print what MLflow shows of an experiment's traces, as JSON. Runs in MLflow's own environment.

python read_mlflow.py TRACKING_URI EXPERIMENT_ID
"""

import json
import sys


def main() -> None:
    """Read through MLflow's client, as its users do."""
    import mlflow

    uri, experiment = sys.argv[1:]
    mlflow.set_tracking_uri(uri)
    found = mlflow.search_traces(
        locations=[experiment], return_type="list", max_results=10_000, include_spans=True
    )
    shown = {}
    for trace in found:
        usage = trace.info.token_usage or {}
        shown[trace.info.trace_id.removeprefix("tr-")] = {
            "input_tokens": usage.get("input_tokens") or 0,
            "output_tokens": usage.get("output_tokens") or 0,
            "spans": [
                {
                    "model": span.get_attribute("mlflow.llm.model") or "",
                    "input": text(span.inputs),
                    "output": text(span.outputs),
                }
                for span in trace.data.spans
            ],
        }
    json.dump(shown, sys.stdout)


def text(value: object) -> str:
    """A value as it can be searched."""
    if value is None or value == "":
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    main()
