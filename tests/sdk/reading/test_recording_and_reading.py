"""Programs that record and read, each in a process of its own, against a real service."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.processes import Service

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "feedback.md"


def run(service: Service, program: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", program],
        env=os.environ | {"SPANBRIDGE_TRACKING_URI": f"http://{service.http}"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_the_program_of_the_guide_runs(service: Service) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text("utf-8"), re.M | re.S)
    assert len(blocks) >= 8
    done = run(service, "\n".join(blocks))
    assert "helpful True ann" in done.stdout
    assert "polite failed: the model did not answer" in done.stdout
    assert "└─ answer  AGENT" in done.stdout
    assert "chat-7 ann ['answer']" in done.stdout
    assert done.stderr == ""


def test_a_trace_is_read_as_soon_as_it_is_made(service: Service) -> None:
    done = run(
        service,
        """
import spanbridge as mlflow
from spanbridge import MlflowClient
from spanbridge.entities import SpanType

@mlflow.trace(span_type=SpanType.TOOL)
def add(a, b=2):
    return a + b

@mlflow.trace
def work(n):
    mlflow.update_current_trace(
        tags={"k": "v"}, metadata={"m": "1"}, session_id="s", user="u", client_request_id="c-1"
    )
    with mlflow.start_span("inner", span_type="MY_TYPE") as span:
        span.set_inputs({"n": n})
        span.set_attribute("config", {"deep": [1]})
        span.set_outputs([n, None])
    return add(n)

for n in range(2):
    work(n)
    trace = mlflow.get_trace(mlflow.get_last_active_trace_id())
    info = trace.info
    assert info.state == "OK", info
    assert info.name == "work"
    assert info.tags == {"k": "v"}, info.tags
    assert info.trace_metadata["m"] == "1"
    assert info.trace_metadata["mlflow.trace.session"] == info.session_id == "s"
    assert info.trace_metadata["mlflow.trace.user"] == info.user_id == "u"
    assert info.client_request_id == "c-1"
    assert info.execution_time_ms >= 0
    [tool] = trace.search_spans(span_type=SpanType.TOOL)
    assert tool.inputs == {"a": n, "b": 2}, tool.inputs
    assert tool.outputs == n + 2
    [inner] = trace.search_spans(name="inner")
    assert inner.span_type == "MY_TYPE"
    assert inner.inputs == {"n": n}
    assert inner.outputs == [n, None]
    assert trace.data.request == '{"n":%d}' % n, trace.data.request
    assert trace.data.response == str(n + 2)

client = MlflowClient()
root = client.start_trace("by id", inputs={"q": 1}, experiment_id="lab", run_id="r")
child = client.start_span("child", root.trace_id, root.span_id, inputs=[1])
client.end_span(root.trace_id, child.span_id, outputs=[2], status="ERROR")
client.end_trace(root.trace_id, outputs="x", status="ERROR")
trace = client.get_trace(root.trace_id)
assert [span.name for span in trace.data.spans] == ["by id", "child"]
assert trace.info.status == "ERROR"
assert trace.info.experiment_id == "lab"
assert trace.info.run_id == "r"
assert trace.data.spans[1].status.status_code == "ERROR"
[found] = client.search_traces(["lab"], filter_string="run_id = 'r'")
assert found.trace_id == root.trace_id
frame = mlflow.search_traces(run_id="r")
assert list(frame["trace_id"]) == [root.trace_id]
print("done")
""",
    )
    assert done.stdout == "done\n"
    assert done.stderr == ""


def test_traces_and_sessions_are_found(service: Service) -> None:
    run(
        service,
        """
import spanbridge

@spanbridge.trace
def turn(n, session):
    spanbridge.update_current_trace(session_id=session, user="bob", tags={"n": str(n)})

for n in range(130):
    turn(n, "long" if n < 120 else "it's \\\\ 'odd'")

found = spanbridge.search_traces(filter_string="user_id = 'bob'", return_type="list")
assert len(found) == 130, len(found)
assert [t.info.tags["n"] for t in found[:3]] == ["129", "128", "127"]
assert len(found[0].data.spans) == 1
bare = spanbridge.search_traces(
    filter_string="user_id = 'bob'", max_results=3, include_spans=False, return_type="list"
)
assert [t.data.spans for t in bare] == [[], [], []]
assert bare[0].info.tags == found[0].info.tags

odd, long = spanbridge.search_sessions(filter_string="user_id = 'bob'")
assert (odd.id, len(odd)) == ("it's \\\\ 'odd'", 10), odd
assert (long.id, len(long), long.user_id) == ("long", 120, "bob")
assert [t.info.tags["n"] for t in long] == [str(n) for n in range(120)]
assert [s.id for s in spanbridge.search_sessions(1, filter_string="user_id = 'bob'")] == [odd.id]

try:
    spanbridge.search_traces(filter_string="name = = 'x'")
except ValueError as error:
    assert error.error_code == "invalid_value"
    print(error)
""",
    )


@pytest.mark.parametrize("dialect", ["gen_ai", "mlflow"])
def test_values_survive_either_dialect(service: Service, dialect: str) -> None:
    run(
        service,
        f"""
import spanbridge

spanbridge.tracing.configure(semconv={dialect!r})
values = [{{"a": [1, 2.5, None, True]}}, [1], "text", "7", 7, True, 0, {{}}, "", '"quoted"', "{{"]
with spanbridge.start_span("root") as root:
    for value in values:
        with spanbridge.start_span("work", span_type="CHAIN") as span:
            span.set_inputs(value)
            span.set_outputs(value)
trace = spanbridge.get_trace(root.trace_id)
for value, read in zip(values, trace.search_spans(name="work"), strict=True):
    assert read.inputs == value and type(read.inputs) is type(value), (value, read.inputs)
    assert read.outputs == value, (value, read.outputs)
    assert read.span_type == "CHAIN", read.span_type
""",
    )


def test_a_fork_reads_over_connections_of_its_own(service: Service) -> None:
    done = run(
        service,
        """
import os
import warnings
import spanbridge

with spanbridge.start_span("work") as span:
    pass
assert spanbridge.get_trace(span.trace_id)
children = []
warnings.simplefilter("ignore", DeprecationWarning)  # a fork with threads, which is the point
for n in range(2):
    pid = os.fork()
    if pid == 0:
        for _ in range(2):
            assert spanbridge.get_trace(span.trace_id).data.spans[0].name == "work"
        with spanbridge.start_span("child") as own:
            pass
        assert spanbridge.get_trace(own.trace_id)
        os._exit(0)
    children.append(pid)
for _ in range(2):
    assert spanbridge.get_trace(span.trace_id).data.spans[0].name == "work"
print([os.waitpid(pid, 0)[1] for pid in children])
""",
    )
    assert done.stdout == "[0, 0]\n"


def test_names_that_are_not_used_cost_no_import() -> None:
    program = (
        "import sys, spanbridge; spanbridge.get_trace; spanbridge.MlflowClient;"
        "from spanbridge.entities import Trace, Feedback;"
        "print([m for m in ('httpx', 'pandas', 'grpc') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"
