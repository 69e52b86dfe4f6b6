"""The provider that is made from the environment, in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from spanbridge.pipeline.otlp import OTLPExporter
from tests.support.collector import free_port
from tests.support.otlp_receiver import grpc_receiver, http_receiver

ROOT = Path(__file__).parents[3]
PACKAGES = os.pathsep.join(str(ROOT / folder) for folder in ("sdk", "semconv"))
WORK = """
import spanbridge

@spanbridge.trace
def work(x):
    return x

work(1)
"""


def run(program: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, which has to be a good one."""
    done = subprocess.run(
        [sys.executable, *([program] if isinstance(program, Path) else ["-c", program])],
        env={**os.environ, "PYTHONPATH": PACKAGES, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_spans_go_to_the_tracking_uri() -> None:
    with http_receiver() as receiver:
        done = run(WORK, SPANBRIDGE_TRACKING_URI=receiver.url)
    assert (done.stdout, done.stderr) == ("", "")
    assert (receiver.names, receiver.requests[0].path) == (["work"], "/v1/traces")
    assert receiver.resource["telemetry.sdk.name"] == "opentelemetry"
    scope = receiver.requests[0].message.resource_spans[0].scope_spans[0].scope
    assert (scope.name, scope.version) == ("spanbridge", "0.1.0")


def test_everything_the_environment_says_of_otlp_over_http() -> None:
    with http_receiver() as receiver, http_receiver() as other:
        run(
            WORK,
            SPANBRIDGE_TRACKING_URI=other.url,
            OTEL_EXPORTER_OTLP_ENDPOINT=other.url,
            OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"{receiver.url}/own/path",
            OTEL_EXPORTER_OTLP_HEADERS="a=1,authorization=Bearer%20x",
            OTEL_EXPORTER_OTLP_COMPRESSION="gzip",
            OTEL_EXPORTER_OTLP_TIMEOUT="3",
            OTEL_SERVICE_NAME="shop",
            OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=test,service.name=not-me",
        )
    assert other.requests == []
    [request] = receiver.requests
    assert request.path == "/own/path"
    assert (request.headers["a"], request.headers["authorization"]) == ("1", "Bearer x")
    assert request.headers["content-encoding"] == "gzip"
    assert receiver.resource["service.name"] == "shop"
    assert receiver.resource["deployment.environment.name"] == "test"


def test_an_endpoint_for_all_signals_gets_the_usual_path() -> None:
    with http_receiver() as receiver:
        run(WORK, OTEL_EXPORTER_OTLP_ENDPOINT=f"{receiver.url}/base/")
    assert [request.path for request in receiver.requests] == ["/base/v1/traces"]


def test_everything_the_environment_says_of_otlp_over_grpc() -> None:
    with grpc_receiver() as receiver:
        run(
            WORK,
            OTEL_EXPORTER_OTLP_TRACES_PROTOCOL="grpc",
            OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url,
            OTEL_EXPORTER_OTLP_TRACES_HEADERS="token=t",
            OTEL_SERVICE_NAME="shop",
        )
    assert (receiver.names, receiver.resource["service.name"]) == (["work"], "shop")
    assert receiver.requests[0].headers["token"] == "t"


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"OTEL_SDK_DISABLED": "true"}, ""),
        ({"OTEL_TRACES_EXPORTER": "none"}, ""),
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER is 'zipkin'"),
        ({"OTEL_TRACES_SAMPLER": "always_off"}, ""),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"}, "takes http/protobuf or grpc"),
        ({"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "many"}, "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT"),
        ({"SPANBRIDGE_TRACKING_URI": "127.0.0.1:4318"}, "SPANBRIDGE_TRACKING_URI has the form"),
    ],
)
def test_what_sends_nothing_and_what_is_wrong_is_told(
    environment: dict[str, str], told: str
) -> None:
    with http_receiver() as receiver:
        done = run(WORK, **({"SPANBRIDGE_TRACKING_URI": receiver.url} | environment))
    assert receiver.requests == []
    assert told in done.stderr
    assert told or not done.stderr
    assert "Traceback" not in done.stderr


def test_to_the_console() -> None:
    assert '"name": "work"' in run(WORK, OTEL_TRACES_EXPORTER="console").stdout


def test_the_provider_of_the_application_is_used() -> None:
    program = f"""
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
mine = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(mine))
trace.set_tracer_provider(provider)
{WORK}
assert trace.get_tracer_provider() is provider
assert [span.name for span in mine.get_finished_spans()] == ["work"]
assert spanbridge.flush()
"""
    with http_receiver() as receiver:
        run(program, SPANBRIDGE_TRACKING_URI=receiver.url)
    assert receiver.requests == []


def test_a_provider_that_is_set_later_finds_ours_and_can_add_to_it() -> None:
    program = f"""
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
{WORK}
trace.set_tracer_provider(TracerProvider())
mine = InMemorySpanExporter()
trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(mine))
with trace.get_tracer("app").start_as_current_span("request"):
    work(2)
assert [span.name for span in mine.get_finished_spans()] == ["work", "request"]
"""
    with http_receiver() as receiver:
        run(program, SPANBRIDGE_TRACKING_URI=receiver.url)
    assert sorted(receiver.names) == ["request", "work", "work"]


def test_the_tracking_uri_may_change_between_spans() -> None:
    with http_receiver() as first, http_receiver() as second:
        run(f"""
import spanbridge
spanbridge.set_tracking_uri({first.url!r})
{WORK}
assert spanbridge.flush()
spanbridge.set_tracking_uri({second.url!r})
with spanbridge.start_span("elsewhere"):
    pass
""")
    assert (first.names, second.names) == (["work"], ["elsewhere"])


def test_first_spans_of_many_threads_share_one_provider() -> None:
    program = """
import threading
import spanbridge
from opentelemetry import trace
barrier = threading.Barrier(8)
providers = []
def work():
    barrier.wait()
    with spanbridge.start_span("work"):
        providers.append(trace.get_tracer_provider())
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(set(map(id, providers))) == 1
assert providers[0] is spanbridge.pipeline.provider._own
"""
    with http_receiver() as receiver:
        done = run(program, SPANBRIDGE_TRACKING_URI=receiver.url)
    assert done.stderr == ""
    assert receiver.names == ["work"] * 8


def test_spans_that_have_just_ended_at_exit_are_sent() -> None:
    program = f"""
import atexit, threading, time
import spanbridge
root = spanbridge.start_span_no_context("root")
def late():
    time.sleep(0.2)
    with spanbridge.start_span("in a thread"):
        pass
threading.Thread(target=late).start()
atexit.register(root.end)
{WORK}
"""
    with http_receiver() as receiver:
        run(program, SPANBRIDGE_TRACKING_URI=receiver.url)
    assert sorted(receiver.names) == ["in a thread", "root", "work"]


@pytest.mark.parametrize("ending", ["os._exit(0)", "sys.exit(0)"])
def test_forked_children_send_their_own(ending: str) -> None:
    program = f"""
import os, sys
{WORK}
assert spanbridge.flush()
with spanbridge.start_span("waiting in the parent"):
    pass
pid = os.fork()
if pid == 0:
    with spanbridge.start_span("child"):
        pass
    if {ending!r}.startswith("os"):
        assert spanbridge.flush()
    {ending}
assert os.waitpid(pid, 0)[1] == 0
"""
    with http_receiver() as receiver:
        run(program, SPANBRIDGE_TRACKING_URI=receiver.url)
    assert sorted(receiver.names) == ["child", "waiting in the parent", "work"]
    assert len({span.trace_id for span in receiver.spans}) == 3


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_of_multiprocessing_send_theirs(method: str, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(f"""
import multiprocessing
import spanbridge

@spanbridge.trace
def work(x):
    return x

if __name__ == "__main__":
    work(0)
    assert spanbridge.flush()
    context = multiprocessing.get_context({method!r})
    process = context.Process(target=work, args=(1,))
    process.start()
    process.join()
    assert process.exitcode == 0
""")
    with http_receiver() as receiver:
        run(program, SPANBRIDGE_TRACKING_URI=receiver.url)
    assert receiver.names == ["work", "work"]


@pytest.mark.slow
def test_with_an_absent_collector_a_process_ends_in_time() -> None:
    begun = time.monotonic()
    done = run(WORK, SPANBRIDGE_TRACKING_URI=f"http://127.0.0.1:{free_port()}")
    assert time.monotonic() - begun < 20
    assert "spans lost so far" in done.stderr
    assert "Spans cannot be sent to" in done.stderr, "also of a process that ends before it is sure"


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_what_to_do_is_told_before_it_is_tried_again(
    protocol: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "2")
    exporter = OTLPExporter(protocol)
    assert exporter.export([]).name == "FAILURE"
    exporter.shutdown()
    told, again, *_ = caplog.messages
    assert told.startswith("Spans cannot be sent to http://127.0.0.1:")
    assert again.startswith("Transient error ")
    assert len([said for said in caplog.messages if "start the service" in said]) == 1


def test_a_service_that_answers_is_not_said_to_be_away_before_it_was_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "2")
    with http_receiver(status=503) as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
        exporter = OTLPExporter("http/protobuf")
        assert exporter.export([]).name == "FAILURE"
        exporter.shutdown()
    assert caplog.messages[0].startswith("Transient error ")
    assert caplog.messages[-1].startswith("Spans cannot be sent to ")


def test_the_port_of_the_other_protocol_is_hinted_at(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.2:4317")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.2")
    exporter = OTLPExporter("http/protobuf")
    assert exporter.export([]).name == "FAILURE"
    exporter.shutdown()
    [told] = [said for said in caplog.messages if "Spans cannot be sent" in said]
    assert "OTEL_EXPORTER_OTLP_PROTOCOL=grpc" in told


def test_a_collector_that_refuses_is_told_and_not_asked_for_ever() -> None:
    with http_receiver(status=400) as receiver:
        done = run(WORK, SPANBRIDGE_TRACKING_URI=receiver.url)
    assert len(receiver.requests) == 1
    assert "spans lost so far: 1; they could not be sent" in done.stderr
