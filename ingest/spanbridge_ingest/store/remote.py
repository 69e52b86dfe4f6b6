"""A ClickHouse server, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from spanbridge_ingest.errors import ConfigError, StoreUnavailableError
from spanbridge_ingest.store.engine import INSERT_HANDLES, QUERY_HANDLES, Pool, Settings
from spanbridge_ingest.store.failures import classify

CONNECT_TIMEOUT_S = 5
SEND_RECEIVE_TIMEOUT_S = 60


class RemoteEngine:
    """A server given by ``http(s)://user:password@host:port/database``."""

    embedded = False

    def __init__(self, url: str) -> None:
        self._arguments = _arguments(url)
        self.database = str(self._arguments["database"])
        try:
            self._inserters = Pool([self._client() for _ in range(INSERT_HANDLES)])
            self._clients = Pool([self._client(readonly=True) for _ in range(QUERY_HANDLES)])
            self._writer = Pool([self._client()])
        except Exception as error:
            where = f"{self._arguments['host']}:{self._arguments['port']}"
            raise StoreUnavailableError(
                f"cannot reach ClickHouse at {where}: {classify(error, 'connecting')}"
            ) from error

    def _client(self, *, readonly: bool = False) -> Client:
        # 2, not 1: limits such as max_execution_time may still be set per query.
        settings = {"readonly": "2"} if readonly else {}
        return clickhouse_connect.get_client(
            **{**self._arguments, "database": "default"},
            settings=settings,
            connect_timeout=CONNECT_TIMEOUT_S,
            send_receive_timeout=SEND_RECEIVE_TIMEOUT_S,
            autogenerate_session_id=False,
            query_retries=0,
        )

    def command(self, sql: str, settings: Settings | None = None) -> None:
        """Run a statement that gives no rows."""
        with self._writer.use() as client:
            try:
                client.command(sql, settings=dict(settings or {}))
            except Exception as error:
                raise classify(error, "running a command") from error

    def query(
        self, sql: str, parameters: Mapping[str, object] | None = None
    ) -> list[tuple[object, ...]]:
        """Run a SELECT that may change nothing."""
        with self._clients.use() as client:
            try:
                result = client.query(sql, parameters=dict(parameters or {}))
                return [tuple(row) for row in result.result_rows]
            except Exception as error:
                raise classify(error, "reading") from error

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
                    settings=dict(settings),
                    fmt=fmt,
                )
            except Exception as error:
                raise classify(error, "inserting") from error

    def protobuf_settings(self, name: str, schema: str, message: str) -> dict[str, str]:
        """Let the schema text travel with the insert: nothing has to be put on the server."""
        del name
        return {
            "format_schema_source": "string",
            "format_schema": schema,
            "format_schema_message_name": message,
        }

    def close(self) -> None:
        """Close the connections."""
        for client in [*self._inserters.drain(), *self._clients.drain(), *self._writer.drain()]:
            client.close()


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
