"""Requests that are refused: each with its status, and nobody else notices."""

from __future__ import annotations

import gzip
import http.client
import json
import random
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from tests.e2e import raw
from tests.e2e.processes import Service
from tests.e2e.sending import LOGS, PROTOBUF, TRACES, GrpcSender, HttpSender, post
from tests.support import otlp
from tests.support.command import CORPUS

JSON = "application/json"
GOOD = otlp.traces("good", trace_id=raw.fresh_id()).SerializeToString()
RECORDED = (CORPUS / "mlflow" / "chat.binpb").read_bytes()
MIB = 1 << 20


def statuses(service: Service, body: bytes, signal: str = TRACES) -> tuple[str, str]:
    """How gRPC and HTTP answer."""
    over_grpc = GrpcSender(service.grpc)(signal, body)
    over_http = HttpSender(service.http)(signal, body)
    assert not over_grpc.retry
    assert not over_http.retry
    return over_grpc.status, over_http.status


def test_random_bytes(service: Service) -> None:
    chance = random.Random(7)
    bodies = [chance.randbytes(size) for size in (1, 2, 3, 10, 100, 1000, 10_000, 100_000)]
    answers = {statuses(service, body, signal) for body in bodies for signal in (TRACES, LOGS)}
    assert answers == {("INVALID_ARGUMENT", "400")}


def test_truncated_requests(service: Service) -> None:
    chance = random.Random(7)
    cuts = [1, 2, len(RECORDED) - 1, *chance.sample(range(3, len(RECORDED)), 12)]
    answers = {statuses(service, RECORDED[:cut]) for cut in cuts}
    assert answers == {("INVALID_ARGUMENT", "400")}


@pytest.mark.parametrize("part", ["half", "all but one byte"])
def test_a_request_that_is_cut_off_inside_a_frame_that_fits(service: Service, part: str) -> None:
    inner = raw.field(2, raw.field(2, raw.span(trace_id=raw.fresh_id().to_bytes(16, "big"))))
    cut = len(inner) // 2 if part == "half" else len(inner) - 1
    assert statuses(service, raw.field(1, inner[:cut])) == ("INVALID_ARGUMENT", "400")


def test_two_members_of_one_oneof(service: Service) -> None:
    both = raw.attribute("k", raw.text("first") + b"\x18\x07")
    body = raw.one_span(both, trace_id=raw.fresh_id())
    assert statuses(service, body) == ("INVALID_ARGUMENT", "400")


@pytest.mark.parametrize(
    ("content_type", "encoding", "body", "expected"),
    [
        pytest.param("", "", GOOD, "415", id="no type"),
        pytest.param("text/plain", "", GOOD, "415", id="text"),
        pytest.param("application/grpc", "", GOOD, "415", id="grpc type"),
        pytest.param(PROTOBUF, "br", GOOD, "415", id="unknown encoding"),
        pytest.param(PROTOBUF, "gzip, gzip", GOOD, "415", id="two encodings"),
        pytest.param(PROTOBUF, "gzip", GOOD, "400", id="gzip of nothing"),
        pytest.param(PROTOBUF, "gzip", gzip.compress(GOOD, mtime=0)[:-9], "400", id="gzip cut off"),
        pytest.param(PROTOBUF, "zstd", gzip.compress(GOOD, mtime=0), "400", id="not zstd"),
        pytest.param(PROTOBUF, "deflate", GOOD, "400", id="not deflate"),
        pytest.param(PROTOBUF, "", gzip.compress(GOOD, mtime=0), "400", id="undeclared gzip"),
        pytest.param(PROTOBUF, "", b'{"resourceSpans": []}', "400", id="json as protobuf"),
        pytest.param(JSON, "", GOOD, "400", id="protobuf as json"),
        pytest.param(JSON, "", b"{", "400", id="json cut off"),
        pytest.param(JSON, "", b"[]", "400", id="json array"),
        pytest.param(JSON, "", b"\xff{}", "400", id="json not utf-8"),
        pytest.param(JSON, "", b'{"resourceSpans": 1}', "400", id="json of wrong shape"),
        pytest.param(JSON, "", b"[" * 100_000, "400", id="json too deep"),
        pytest.param(JSON, "", b'{"resource_spans": []}', "400", id="json of protobuf names"),
    ],
)
def test_types_and_encodings_that_do_not_fit(
    one_service: Service, content_type: str, encoding: str, body: bytes, expected: str
) -> None:
    headers = {"Content-Type": content_type, "Content-Encoding": encoding}
    answer = post(one_service.http, TRACES, body, {k: v for k, v in headers.items() if v})
    assert answer.status == expected
    assert not answer.retry
    assert one_service.alive


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/v1/traces", 405),
        ("PUT", "/v1/traces", 405),
        ("POST", "/v1/traces/more", 404),
        ("POST", "/v1/metrics", 404),
        ("POST", "/", 405),
    ],
)
def test_methods_and_paths_that_do_not_exist(
    one_service: Service, method: str, path: str, expected: int
) -> None:
    connection = http.client.HTTPConnection(one_service.http, timeout=30)
    connection.request(method, path, GOOD, {"Content-Type": PROTOBUF})
    assert connection.getresponse().status == expected
    connection.close()


@pytest.mark.parametrize(
    "method",
    [
        "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        "/opentelemetry.proto.collector.trace.v1.TraceService/Import",
        "/no.such.Service/Export",
    ],
)
def test_grpc_methods_that_do_not_exist(one_service: Service, method: str) -> None:
    with (
        grpc.insecure_channel(one_service.grpc) as channel,
        pytest.raises(grpc.RpcError) as refused,
    ):
        channel.unary_unary(method)(GOOD, timeout=30)
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize(
    ("headers", "body", "answered"),
    ids=["protobuf", "gzip", "json without a body", "json object", "json without resources"],
    argvalues=[
        ({"Content-Type": PROTOBUF}, b"", ""),
        ({"Content-Type": PROTOBUF, "Content-Encoding": "gzip"}, gzip.compress(b"", mtime=0), ""),
        ({"Content-Type": JSON}, b"", "{}"),
        ({"Content-Type": JSON}, b"{}", "{}"),
        ({"Content-Type": JSON}, b'{"resourceSpans": []}', "{}"),
    ],
)
def test_empty_requests_are_fine(
    one_service: Service, headers: dict[str, str], body: bytes, answered: str
) -> None:
    answer = post(one_service.http, TRACES, body, headers)
    assert (answer.status, answer.message) == ("OK", answered)


@pytest.mark.parametrize("signal", [TRACES, LOGS])
def test_empty_requests_and_empty_resources_are_fine(service: Service, signal: str) -> None:
    assert statuses(service, b"", signal) == ("OK", "OK")
    assert statuses(service, raw.field(1, b""), signal) == ("OK", "OK")


def test_a_gzip_bomb_is_refused_without_being_inflated(service: Service) -> None:
    bomb = gzip.compress(bytes(512 * MIB))
    before = service.rss_mb()
    over_http = post(
        service.http, TRACES, bomb, {"Content-Type": PROTOBUF, "Content-Encoding": "gzip"}
    )
    assert (over_http.status, over_http.retry) == ("413", False)
    over_grpc = GrpcSender(service.grpc)(TRACES, bomb)
    assert (over_grpc.status, over_grpc.retry) == ("RESOURCE_EXHAUSTED", False)
    assert service.rss_mb() - before < 200


def test_a_request_over_the_limit(service: Service) -> None:
    body = raw.one_span(raw.attribute("k", raw.text(b"x" * (65 * MIB))), trace_id=raw.fresh_id())
    assert statuses(service, body) == ("RESOURCE_EXHAUSTED", "413")


def test_one_poisonous_request_among_many(service: Service) -> None:
    poison = raw.field(1, raw.field(2, raw.field(2, b"\xff" * 40)))
    good = {raw.fresh_id(): number for number in range(64)}
    bodies = [raw.one_span(trace_id=trace_id) for trace_id in good]
    bodies.insert(32, poison)
    sender = GrpcSender(service.grpc)
    before = service.metric("spanbridge_batch_requests_sum")
    with ThreadPoolExecutor(len(bodies)) as pool:
        answers = list(pool.map(lambda body: sender(TRACES, body).status, bodies))
    assert answers.pop(32) == "INVALID_ARGUMENT"
    assert set(answers) == {"OK"}
    listed = json.loads(service.get("/api/traces?limit=200")[1])["traces"]
    assert {f"{trace_id:032x}" for trace_id in good} <= {t["trace_id"] for t in listed}
    # The poison was in a batch with others, or this would show nothing.
    assert service.metric("spanbridge_batch_requests_sum") - before > len(bodies)
