"""Applications -> Collector -> Kafka -> Collector -> spanbridge, with a real broker."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from tests.e2e.processes import Service, free_port, wait_until
from tests.e2e.reading import ask
from tests.e2e.sending import LOGS, HttpSender
from tests.pipelines import collecting
from tests.pipelines.spans import chat, trace, trace_id_of
from tests.support import java

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
"""A first build takes minutes."""

_PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
controller.listener.names=CONTROLLER
log.dirs={folder}/logs
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
message.max.bytes=8388608
"""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Kafka of one node."""
    class_path = java.class_path("org.apache.kafka", "kafka_2.13", "4.1.0")
    folder, port = tmp_path_factory.mktemp("kafka"), free_port()
    settings = folder / "server.properties"
    settings.write_text(_PROPERTIES.format(broker=port, controller=free_port(), folder=folder))
    formatting = ["kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qk", "-c"]
    subprocess.run(
        ["java", "-cp", class_path, *formatting, str(settings)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    arguments = ["-cp", class_path, "kafka.Kafka", str(settings)]
    with java.running(arguments, port, folder):
        yield f"127.0.0.1:{port}"


def logs(trace_id: str) -> ExportLogsServiceRequest:
    request = ExportLogsServiceRequest()
    record = (
        request.resource_logs.add()
        .scope_logs.add()
        .log_records.add(trace_id=bytes.fromhex(trace_id), time_unix_nano=1_800_000_000_000_000_000)
    )
    record.body.string_value = "said"
    return request


def test_what_is_sent_to_kafka_is_stored(
    binary: Path, broker: str, service: Service, tmp_path: Path
) -> None:
    places = {"KAFKA_BROKERS": broker, "SPANBRIDGE_ENDPOINT": service.grpc}
    folders = [tmp_path / name for name in ("in", "out")]
    for folder in folders:
        folder.mkdir()
    # Longer than a message of Kafka is unless it is told otherwise.
    long = trace(chat(11, 1, **{"gen_ai.input.messages": "x" * 3_000_000}))
    requests = [*(trace(chat(7, 3), service="by way of kafka") for _ in range(50)), long]
    with collecting.running(
        binary, collecting.files("kafka-produce"), folders[0], **places
    ) as produce:
        for request in requests:
            produce.send(request)
        assert HttpSender(produce.http)(LOGS, logs(trace_id_of(long)).SerializeToString()).ok
        ids = ", ".join(f"'{trace_id_of(request)}'" for request in requests)
        counts = "count() AS n, uniqExact(SpanId) AS ids"
        spans = f"SELECT {counts} FROM otel_traces WHERE TraceId IN ({ids})"
        records = f"SELECT count() AS n FROM otel_logs WHERE TraceId = '{trace_id_of(long)}'"
        consumer = collecting.prepared(
            binary, collecting.files("kafka-consume"), folders[1], **places
        )
        try:
            # Nobody receives OTLP there: it is ready when its health says so.
            consumer.process.start(int(consumer.health.rpartition(":")[2]))
            wait_until(lambda: int(ask(service, spans)[0]["ids"]) == 102, "the spans", 120, 0.5)
            wait_until(lambda: int(ask(service, records)[0]["n"]) == 1, "the record", 60, 0.5)
        finally:
            consumer.process.stop()
    assert int(ask(service, spans)[0]["n"]) == 102
    [row] = ask(
        service, f"SELECT sum(GenAIInputTokens) AS n FROM otel_traces WHERE TraceId IN ({ids})"
    )
    assert int(row["n"]) == 50 * 7 + 11
