"""Questions over plain HTTP, and what the front under test is."""

from __future__ import annotations

from typing import Any

import httpx

from spanbridge_ingest.clickhouse_http import FrontOptions

OPTIONS = FrontOptions(max_buffered_bytes=2_000_000, max_execution_s=5)
ROWS = 300_000


def ask(http: httpx.Client, query: str, **parameters: Any) -> httpx.Response:
    return http.get("/", params={"query": query, **parameters})


def refused(answer: httpx.Response, status: int, code: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["x-clickhouse-exception-code"] == str(code)
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")
    return answer.text
