"""Programs traced with the SDK, in a real MLflow server: sent there, and passed on to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.backends import servers
from tests.backends.install import is_installed, python
from tests.backends.reading import new_place
from tests.backends.servers import Server
from tests.e2e.processes import environment, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

HERE = Path(__file__).parent
QUESTION = "How warm is it in Paris?"
_TIMEOUT_S = 120.0

Shown = Mapping[str, Any]


@pytest.fixture(scope="module")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not is_installed("mlflow"):
        pytest.skip("mlflow is not installed: python tests/backends/install.py mlflow")
    with servers.mlflow(tmp_path_factory.mktemp("mlflow")) as server:
        yield server


def run_program(endpoint: str, **more: str) -> str:
    """Run the traced program to its end; the id of its trace."""
    done = subprocess.run(
        [sys.executable, HERE / "traced_program.py"],
        env={**environment(), "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, **more},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=True,
    )
    assert not done.stderr
    return done.stdout.strip()


def read(server: Server, experiment: str, trace_id: str) -> Shown:
    """What MLflow shows of a trace, as soon as it shows it."""
    without_ours = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    script = HERE / "read_mlflow_trace.py"
    deadline = time.monotonic() + _TIMEOUT_S
    while True:
        done = subprocess.run(
            [python("mlflow"), script, server.url, experiment, trace_id],
            env=without_ours,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=True,
        )
        if shown := json.loads(done.stdout):
            return shown
        assert time.monotonic() < deadline, "MLflow does not show the trace"
        time.sleep(1.0)


def sent_directly(server: Server, semconv: str, directory: Path) -> Shown:
    experiment = new_place(server, f"direct {semconv}")
    header = f"x-mlflow-experiment-id={experiment}"
    trace_id = run_program(
        server.url, OTEL_EXPORTER_OTLP_HEADERS=header, SPANBRIDGE_SEMCONV=semconv
    )
    return read(server, experiment, trace_id)


def passed_on(server: Server, semconv: str, directory: Path) -> Shown:
    experiment = new_place(server, f"passed on {semconv}")
    options = ["--store", directory / "store", "--forward", server.forward]
    options += ["--forward-dialect", "mlflow"]
    options += ["--forward-header", f"x-mlflow-experiment-id={experiment}"]
    with running(directory, *options) as service:
        trace_id = run_program(f"http://{service.http}", SPANBRIDGE_SEMCONV=semconv)
        return read(server, experiment, trace_id)


WAYS = {
    "direct": (sent_directly, "gen_ai,mlflow"),
    "direct-mlflow": (sent_directly, "mlflow"),
    "passed-on": (passed_on, "gen_ai,mlflow"),
    "passed-on-mlflow": (passed_on, "mlflow"),
    "passed-on-gen_ai": (passed_on, "gen_ai"),
}


@pytest.fixture(scope="module", params=list(WAYS))
def way(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def shown(mlflow: Server, way: str, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    send, semconv = WAYS[way]
    return send(mlflow, semconv, tmp_path_factory.mktemp("service"))


def test_spans_lie_where_they_were_made(shown: Shown) -> None:
    parents = {name: span["parent"] for name, span in shown["spans"].items()}
    below = ("weather", "retrieve", "stream words", "chat gpt-5", "fail")
    assert parents == {"agent": None, **dict.fromkeys(below, "agent")}


def test_types_are_those_that_were_given(shown: Shown, way: str) -> None:
    types = {name: span["type"] for name, span in shown["spans"].items()}
    expected = {
        "agent": "AGENT",
        "weather": "TOOL",
        "retrieve": "RETRIEVER",
        "stream words": "UNKNOWN",
        "chat gpt-5": "CHAT_MODEL",
        "fail": "MY_TYPE",
    }
    if way == "passed-on-gen_ai":
        # Nothing is said of a span without a type there, which MLflow shows as None.
        expected["stream words"] = types["stream words"]
    assert types == expected


def test_inputs_and_outputs_are_values(shown: Shown) -> None:
    spans = shown["spans"]
    assert spans["agent"]["inputs"] == {"question": QUESTION}
    assert spans["agent"]["outputs"] == "21 degrees"
    assert spans["weather"]["inputs"] == {"city": "Paris", "unit": "C"}
    assert spans["weather"]["outputs"] == {"city": "Paris", "degrees": 21, "unit": "C"}
    assert spans["stream words"]["outputs"] == "21 degrees"
    assert spans["retrieve"]["outputs"][0]["page_content"] == "Paris is in France."
    assert QUESTION in json.dumps(spans["chat gpt-5"]["inputs"])
    assert "21 degrees" in json.dumps(spans["chat gpt-5"]["outputs"])


def test_usage_and_model_are_those_of_the_call(shown: Shown) -> None:
    usage = {"input_tokens": 12, "output_tokens": 3, "total_tokens": 15}
    assert shown["usage"] == usage
    attributes = shown["spans"]["chat gpt-5"]["attributes"]
    assert attributes["mlflow.chat.tokenUsage"] == usage
    assert attributes["mlflow.llm.model"] == "gpt-5"


def test_the_trace_has_its_tags_session_and_user(shown: Shown) -> None:
    assert shown["state"] == "OK"
    assert shown["tags"]["release"] == "1.2"
    assert shown["metadata"]["mlflow.trace.session"] == "s-7"
    assert shown["metadata"]["mlflow.trace.user"] == "ann"
    assert QUESTION in shown["request_preview"]
    assert "21 degrees" in shown["response_preview"]


def test_a_trace_has_the_name_of_its_root(shown: Shown, way: str) -> None:
    if way != "passed-on-gen_ai":
        assert shown["tags"]["mlflow.traceName"] == "agent"


def test_a_failure_is_one(shown: Shown) -> None:
    failed = shown["spans"]["fail"]
    assert (failed["status"], failed["description"]) == ("ERROR", "ValueError: no such city")
    ((name, attributes),) = failed["events"]
    assert name == "exception"
    assert attributes["exception.type"] == "ValueError"
    assert attributes["exception.message"] == "no such city"


def test_items_of_a_stream_are_events(shown: Shown) -> None:
    events = shown["spans"]["stream words"]["events"]
    assert [attributes["mlflow.chunk.value"] for _, attributes in events] == ['"21"', '"degrees"']
