"""Tags, sessions and users: while a trace runs, around it, and after it."""

import json

import spanbridge as mlflow


@mlflow.trace
def tagged(x: int) -> int:
    mlflow.update_current_trace(tags={"fruit": "apple", "size": "small"})
    mlflow.update_current_trace(tags={"fruit": "pear"}, client_request_id="req-1")
    return x + 1


@mlflow.trace
def chat(message: str, user: str, session: str) -> str:
    mlflow.update_current_trace(
        metadata={"mlflow.trace.user": user, "mlflow.trace.session": session, "release": "1.4"}
    )
    with mlflow.start_span("answering"):
        return f"You said: {message}"


@mlflow.trace
def turn(message: str) -> str:
    mlflow.update_current_trace(session_id="session-2", user="bob")
    return message


@mlflow.trace
def plain(message: str) -> str:
    return message


tagged(5)
tagged_id = mlflow.get_last_active_trace_id()
chat("hello", "alice", "session-1")
chat("again", "alice", "session-1")
turn("third")
with (
    mlflow.tracing.context(session_id="session-3", tags={"channel": "web"}, user="carol"),
    mlflow.tracing.context(metadata={"build": "77"}, tags={"beta": "yes"}),
):
    plain("around")

mlflow.set_trace_tag(trace_id=tagged_id, key="fruit", value="plum")
mlflow.set_trace_tag(tagged_id, "later", "yes")
mlflow.delete_trace_tag(tagged_id, "size")
mlflow.flush()

found = mlflow.search_traces(
    filter_string="metadata.`mlflow.trace.user` = 'alice' AND tags.channel IS NULL",
    return_type="list",
)
sessions = {
    session.id: [trace.info.request_preview for trace in session.traces]
    for session in mlflow.search_sessions()
    if session.id.startswith("session-")
}
print(
    json.dumps(
        {
            "tags": mlflow.get_trace(trace_id=tagged_id).info.tags,
            "request": mlflow.get_trace(tagged_id).info.client_request_id,
            "alice": len(found),
            "metadata": found[0].info.trace_metadata,
            "sessions": {name: len(previews) for name, previews in sessions.items()},
        }
    )
)
