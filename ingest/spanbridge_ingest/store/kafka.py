"""A feed from Kafka: OTLP messages go through the landing tables, past the service.

A message is one ``ExportTraceServiceRequest`` or ``ExportLogsServiceRequest`` in protobuf, as the
Collector's ``kafka`` exporter writes them with the encoding ``otlp_proto``. What is not one goes to
``otlp_rejects`` with the place it had. Kafka's own offsets are the acknowledgement: rows have the
batch id 0 and are in no commit log, and after a crash of ClickHouse some may be there twice.
"""

from __future__ import annotations

import re
from typing import Final

from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.store.landing import SUFFIX_COLUMNS, Landing
from spanbridge_ingest.store.names import qualified
from spanbridge_ingest.store.schema import landing_schema

_WORD: Final = re.compile(r"[\w.,:\-\[\]]+", re.ASCII)
"""What brokers, topics and groups consist of. They become literals: the statement binds nothing."""

_MESSAGES_PER_INSERT: Final = 64
"""The default of 65,536 could put gigabytes into one insert: a message may hold many spans."""


def kafka_feed(
    landing: Landing, database: str, *, brokers: str, topic: str, group: str, consumers: int = 1
) -> list[str]:
    """The statements that make a feed of one signal. Running them again is harmless.

    Args:
        landing: of the signal.
        database: where the schema is.
        brokers: ``host:port``, several with commas between them.
        topic: of the messages.
        group: of the consumers; a second feed of the topic needs another.
        consumers: on each server, at most one per partition.

    Raises:
        ConfigError: a name has characters that it cannot have in Kafka.
    """
    for what, text in (("brokers", brokers), ("topic", topic), ("group", group)):
        if not _WORD.fullmatch(text):
            raise ConfigError(f"{what}: {text!r} is no name in Kafka")
    schema = landing_schema(landing, database)
    base = schema.table.removesuffix("_landing")
    source = qualified(database, f"{base}_kafka")
    columns = {name: t for name, t in landing.columns.items() if name not in SUFFIX_COLUMNS}
    listed = ", ".join(f"`{name}`" for name in columns)
    settings = {
        "kafka_broker_list": _text(brokers),
        "kafka_topic_list": _text(topic),
        "kafka_group_name": _text(group),
        "kafka_format": "'ProtobufSingle'",
        "kafka_num_consumers": str(consumers),
        "kafka_thread_per_consumer": "1",
        "kafka_max_block_size": str(_MESSAGES_PER_INSERT),
        "kafka_poll_max_batch_size": str(_MESSAGES_PER_INSERT),
        "kafka_flush_interval_ms": "1000",
        "kafka_handle_error_mode": "'stream'",
        "input_format_protobuf_oneof_presence": "1",
        "format_schema_source": "'string'",
        "format_schema": _text(landing.schema),
        "format_schema_message_name": _text(landing.message),
    }
    return [
        f"CREATE TABLE IF NOT EXISTS {source} "
        f"({', '.join(f'`{name}` {type_}' for name, type_ in columns.items())}) "
        f"ENGINE = Kafka SETTINGS {', '.join(f'{k} = {v}' for k, v in settings.items())}",
        f"CREATE MATERIALIZED VIEW IF NOT EXISTS {qualified(database, f'{base}_kafka_errors')} "
        f"TO {qualified(database, 'otlp_rejects')} AS "
        f"SELECT now64(3) AS ReceivedAt, '{landing.signal}' AS Signal, "
        "'unreadable_message' AS Reason, map('messaging.system', 'kafka', "
        "'messaging.destination.name', toString(_topic), "
        "'messaging.destination.partition.id', toString(_partition), "
        "'messaging.kafka.offset', toString(_offset), 'error.message', toString(_error)"
        f") AS ResourceAttributes FROM {source} WHERE _error != ''",
        f"CREATE MATERIALIZED VIEW IF NOT EXISTS {qualified(database, f'{base}_kafka_feed')} "
        f"TO {qualified(database, schema.table)} AS "
        f"SELECT toUInt64(toUnixTimestamp64Milli(now64(3))) AS received_ms, {listed} "
        f"FROM {source} WHERE _error = ''",
    ]


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
