"""Alert rules, as Grafana's file provisioning reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .board import TAG, Board, dashboard
from .boards import BOARDS
from .panels import PLUGIN, PLUGIN_VERSION, Format, Json
from .sql import query

SOURCE_UID: Final = "spanbridge"
"""The uid of the provisioned data source: rules know no variables."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule fires for each row of its query whose number passes the limit."""

    name: str
    title: str
    over_s: int
    above: bool
    limit: float
    pending: str
    board: str
    panel: str
    summary: str
    description: str
    severity: str = "warning"
    no_data: str = "OK"


RULES: Final = (
    Rule(
        "errors",
        "GenAI error rate",
        900,
        True,
        0.05,
        "5m",
        "overview",
        "Share of failed calls by service",
        "Model calls of {{ .Labels.service }} fail",
        "More than 5 % of the model calls of the last 15 minutes failed (of at least 20).",
        "critical",
    ),
    Rule(
        "latency",
        "GenAI latency",
        900,
        True,
        30,
        "5m",
        "overview",
        "Latency",
        "Model calls of {{ .Labels.service }} are slow",
        "The 95th percentile of the last 15 minutes is over 30 s (of at least 20 calls).",
    ),
    Rule(
        "cost",
        "GenAI cost budget",
        86400,
        True,
        100,
        "0s",
        "tokens",
        "Cost by service",
        "{{ .Labels.service }} is over its budget",
        "Model calls of the last 24 hours cost more than 100 US dollars. Calls without a known "
        "price are not in it.",
    ),
    Rule(
        "silence",
        "No spans arrive",
        3600,
        False,
        1,
        "10m",
        "ingest",
        "Received spans by service",
        "spanbridge received no span for an hour",
        "Senders, the Collector or the service are down, or nobody uses the applications.",
    ),
)


def rules() -> Json:
    """The file of alert rules."""
    return {
        "apiVersion": 1,
        "groups": [
            {
                "orgId": 1,
                "name": "GenAI",
                "folder": TAG,
                "interval": "1m",
                "rules": [_rule(rule) for rule in RULES],
            }
        ],
    }


def _rule(rule: Rule) -> Json:
    board = BOARDS[rule.board]
    return {
        "uid": f"{TAG}-{rule.name}",
        "title": rule.title,
        "condition": "B",
        "data": [_asked(rule), _judged(rule)],
        "dashboardUid": board.uid,
        "panelId": _panel_id(board, rule.panel),
        "noDataState": rule.no_data,
        "execErrState": "Error",
        "for": rule.pending,
        "annotations": {"summary": rule.summary, "description": rule.description},
        "labels": {"severity": rule.severity, "component": TAG},
        "isPaused": False,
    }


def _panel_id(board: Board, title: str) -> int:
    panels = dashboard(board, BOARDS)["panels"]
    [number] = [panel["id"] for panel in panels if panel["title"] == title]
    return int(number)


def _asked(rule: Rule) -> Json:
    return {
        "refId": "A",
        "relativeTimeRange": {"from": rule.over_s, "to": 0},
        "datasourceUid": SOURCE_UID,
        "model": {
            "refId": "A",
            "datasource": {"type": PLUGIN, "uid": SOURCE_UID},
            "editorType": "sql",
            "format": int(Format.TABLE),
            "queryType": "table",
            "rawSql": query(f"alerts/{rule.name}"),
            "pluginVersion": PLUGIN_VERSION,
            "intervalMs": 60000,
            "maxDataPoints": 43200,
        },
    }


def _judged(rule: Rule) -> Json:
    evaluator = {"type": "gt" if rule.above else "lt", "params": [rule.limit]}
    return {
        "refId": "B",
        "relativeTimeRange": {"from": rule.over_s, "to": 0},
        "datasourceUid": "__expr__",
        "model": {
            "refId": "B",
            "type": "threshold",
            "datasource": {"type": "__expr__", "uid": "__expr__"},
            "expression": "A",
            "conditions": [{"evaluator": evaluator}],
        },
    }
