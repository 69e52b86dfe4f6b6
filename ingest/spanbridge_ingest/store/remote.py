"""A ClickHouse server, over HTTP."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from spanbridge_ingest.errors import ConfigError, StoreUnavailableError
from spanbridge_ingest.store.cluster import SESSION
from spanbridge_ingest.store.engine import Engine, Pool, Row, Settings
from spanbridge_ingest.store.failures import classify, classify_insert

CONNECT_TIMEOUT_S = 5
SEND_RECEIVE_TIMEOUT_S = 60

INSERT_TIME_MAX_S = 45
"""The server gives an insert up before this client gives the server up. So what has failed here for
more than the difference cannot succeed there any more."""

_FIELD_BYTES = 32 << 10
"""What is bound travels as a field of a form, of which a server takes 128 KiB unless it is told
otherwise (``http_max_field_value_size``). A character may become four when it is escaped."""


class RemoteEngine(Engine):
    """A server given by ``http(s)://user:password@host:port/database``."""

    embedded = False

    def __init__(self, url: str, writers: int, cluster: str | None = None) -> None:
        """``writers`` is how many inserts may run at once; ``cluster`` the server's name for it."""
        self.cluster = cluster
        mark = f"spanbridge {secrets.token_hex(8)}"
        self._ours = f"Settings['log_comment'] = '{mark}'"
        self._session = {"log_comment": mark, **(SESSION if cluster is not None else {})}
        self._arguments = _arguments(url)
        self.database = str(self._arguments["database"])
        try:
            self._inserters = Pool([self._client(False) for _ in range(writers)])
            super().__init__(self._client)
        except Exception as error:
            where = f"{self._arguments['host']}:{self._arguments['port']}"
            raise StoreUnavailableError(
                f"cannot reach ClickHouse at {where}: {classify(error, 'connecting')}"
            ) from error

    def _client(self, readonly: bool) -> Client:
        # 2, not 1: limits such as max_execution_time may still be set per query.
        settings = {**self._session, **({"readonly": "2"} if readonly else {})}
        return clickhouse_connect.get_client(
            **{**self._arguments, "database": "default"},
            settings=settings,
            connect_timeout=CONNECT_TIMEOUT_S,
            send_receive_timeout=SEND_RECEIVE_TIMEOUT_S,
            autogenerate_session_id=False,
            query_retries=0,
        )

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
        """Run a SELECT, read-only; lists that are bound may have any length."""
        return super().query(*_divided(sql, parameters or {}))

    def insert(
        self,
        table: str,
        fmt: str,
        chunks: Sequence[bytes],
        settings: Settings,
        columns: Sequence[str],
    ) -> None:
        """Send ``chunks`` as the body of an insert."""
        with self._inserters.use() as client:
            try:
                client.raw_insert(
                    table,
                    column_names=list(columns),
                    insert_block=b"".join(chunks),
                    settings={**settings, "max_execution_time": str(INSERT_TIME_MAX_S)},
                    fmt=fmt,
                )
            except Exception as error:
                raise classify_insert(error) from error

    def protobuf_settings(self, name: str, schema: str, message: str) -> dict[str, str]:
        """Let the schema text travel with the insert: nothing has to be put on the server."""
        del name
        return {
            "format_schema_source": "string",
            "format_schema": schema,
            "format_schema_message_name": message,
        }


def _divided(sql: str, parameters: Mapping[str, object]) -> tuple[str, dict[str, object]]:
    """The same query with long lists bound in parts."""
    bound: dict[str, object] = {}
    for name, value in parameters.items():
        parts = list(_parts(value)) if isinstance(value, list | tuple) else []
        if len(parts) < 2:
            bound[name] = value
            continue
        named = {f"{name}_{number}": part for number, part in enumerate(parts)}
        listed = ", ".join(f"{{{part}:\\1}}" for part in named)
        sql = re.sub(rf"\{{{name}:([^}}]+)\}}", f"arrayConcat({listed})", sql)
        bound |= named
    return sql, bound


def _parts(items: Sequence[object]) -> Iterator[list[object]]:
    part: list[object] = []
    size = 0
    for item in items:
        length = len(str(item).encode())
        if part and size + length > _FIELD_BYTES:
            yield part
            part, size = [], 0
        part.append(item)
        size += length
    yield part


def _arguments(url: str) -> dict[str, Any]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError(
            "the ClickHouse URL is malformed; expected http://user:password@host:8123/database"
        ) from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(
            "the ClickHouse URL must look like http://user:password@host:8123/database"
        )
    secure = parts.scheme == "https"
    return {
        "interface": parts.scheme,
        "host": parts.hostname,
        "port": port or (8443 if secure else 8123),
        "username": unquote(parts.username or "default"),
        "password": unquote(parts.password or ""),
        "database": parts.path.strip("/") or "default",
    }
