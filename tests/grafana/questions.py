"""Every query of the dashboards and alert rules, and a reader to ask them as."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.query import QueryResult

from tests.grafana.macros import ALL, Context, expand
from tools.grafana.alerts import RULES
from tools.grafana.board import dashboard
from tools.grafana.boards import BOARDS
from tools.grafana.sql import query


@dataclass(frozen=True)
class Question:
    """A query as it stands in a file for Grafana, and what it is asked for.

    ``kind`` is the type of the panel, or ``variable`` or ``rule``. ``columns`` has the columns that
    the panel shows in a way of their own, with the unit if that has one.
    """

    place: str
    kind: str
    sql: str
    columns: Mapping[str, str] = field(default_factory=dict)


def questions() -> Iterator[Question]:
    """All of them."""
    seen = set()
    for name, board in BOARDS.items():
        made = dashboard(board, BOARDS)
        for panel in made["panels"]:
            for target in panel.get("targets", []):
                place = f"{name}: {panel['title']}"
                yield Question(place, panel["type"], target["rawSql"], shown(panel))
        for variable in made["templating"]["list"]:
            if variable["type"] == "query" and variable["name"] not in seen:
                seen.add(variable["name"])
                sql = variable["query"]["rawSql"]
                yield Question(f"variable {variable['name']}", "variable", sql)
    for rule in RULES:
        yield Question(f"rule {rule.name}", "rule", query(f"alerts/{rule.name}"))


def shown(panel: Mapping[str, Any]) -> dict[str, str]:
    """Columns with an override, and their units."""
    return {
        override["matcher"]["options"]: next(
            (given["value"] for given in override["properties"] if given["id"] == "unit"), ""
        )
        for override in panel["fieldConfig"]["overrides"]
    }


QUESTIONS = list(questions())


def handle(directory: Path) -> Client:
    """Of the store in a directory, for a user who may not even change a setting."""
    client = clickhouse_connect.get_client(
        interface="chdb", path=str(directory / "engine"), database="default"
    )
    client.command("SET readonly = 1")
    return client


class Reader:
    """Asks as Grafana does, with macros expanded."""

    def __init__(self, client: Client, begin: int, end: int) -> None:
        self.client = client
        self.begin, self.end = begin, end
        self.values: dict[str, str | Sequence[str]] = {
            **dict.fromkeys(
                ("service", "provider", "model", "user", "agent", "tool", "assessment", "source"),
                ALL,
            ),
            "tag": "env",
            "repeats": "3",
            "session": self._first(
                "SELECT TraceSessionId FROM otel_trace_calls WHERE TraceSessionId != '' "
                "GROUP BY 1 ORDER BY uniq(TraceId) DESC, 1 LIMIT 1"
            ),
            # One in which everything is said: tags, feedback, content.
            "trace_id": self._first(
                "SELECT TraceId FROM otel_traces WHERE TraceId IN (SELECT TraceId FROM "
                "trace_assessments) AND TraceId IN (SELECT TraceId FROM otel_trace_calls) "
                "GROUP BY 1 ORDER BY max(notEmpty(TraceAttributes)) + max(GenAISpanType = 'AGENT') "
                "+ max(TraceId IN (SELECT TraceId FROM trace_tags)) DESC, 1 LIMIT 1"
            ),
        }

    def _first(self, sql: str) -> str:
        rows = self.client.query(sql).result_rows
        return str(rows[0][0]) if rows else ""

    def sql(self, sql: str, **values: str | Sequence[str]) -> str:
        """What Grafana sends over the whole time range, in about a hundred intervals."""
        interval = max((self.end - self.begin) / 100, 1)
        return expand(sql, Context(self.begin, self.end, interval, self.values | values))

    def ask(self, sql: str, **values: str | Sequence[str]) -> QueryResult:
        """The answer to what Grafana sends."""
        return self.client.query(self.sql(sql, **values))

    def close(self) -> None:
        self.client.close()
