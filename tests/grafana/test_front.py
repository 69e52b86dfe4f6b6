"""Grafana can ask the embedded store over HTTP, without a ClickHouse server."""

from __future__ import annotations

from pathlib import Path

from tests.clickhouse_http.serving import serve
from tests.grafana.questions import QUESTIONS, Reader


def test_the_read_only_front_answers_every_query(empty_store: Path) -> None:
    refused = {}
    with serve(empty_store / "engine") as front, front.client() as client:
        reader = Reader(client, 1_700_000_000, 1_700_604_800)
        for question in QUESTIONS:
            try:
                reader.ask(question.sql)
            except Exception as error:
                refused[question.place] = str(error)[:200]
    assert refused == {}
