"""Tracing switched off and on, asynchronous logging, and runs that traces belong to."""

import json

import spanbridge as mlflow

mlflow.config.enable_async_logging()


@mlflow.trace
def work(name: str) -> str:
    with mlflow.start_span("block") as span:
        span.set_inputs(name)
        return f"{name} {mlflow.get_current_active_span() is not None}"


done = [work("on")]
mlflow.tracing.disable()
done.append(work("off"))
off = mlflow.tracing.is_enabled()
mlflow.tracing.enable()
done.append(work("on again"))
with mlflow.tracing.context(enabled=False):
    done.append(work("off here"))

with mlflow.start_run(run_name="nightly") as run:
    work("in a run")
    run_id = run.info.run_id
    current = mlflow.active_run().info.run_id
work("after the run")

mlflow.flush_trace_async_logging()
linked = mlflow.search_traces(run_id=run_id, return_type="list")
print(
    json.dumps(
        {
            "done": done,
            "enabled_while_off": off,
            "linked": [trace.data.spans[0].inputs for trace in linked],
            "run": linked[0].info.trace_metadata["mlflow.sourceRun"] == run_id == current,
        }
    )
)
