"""Variables of dashboards.

All has the value ``*``, which the queries compare before anything else: choosing nothing costs
nothing. Every query takes values in the format ``percentencode``: it alone cannot leave the quotes
of a ClickHouse text (the others leave backslashes as they are), and values with a backslash or a
quote are found too.
"""

from __future__ import annotations

from typing import Final

from .panels import PLUGIN, SOURCE, Json
from .sql import query

ALL: Final = "*"


def data_source() -> Json:
    """Which ClickHouse."""
    return {
        "type": "datasource",
        "name": "datasource",
        "label": "Data source",
        "query": PLUGIN,
        "current": {"text": "spanbridge", "value": "spanbridge"},
        "hide": 0,
        "includeAll": False,
        "multi": False,
        "options": [],
        "refresh": 1,
        "regex": "",
        "skipUrlSync": False,
    }


def choice(name: str, label: str) -> Json:
    """Any number of the values that ``variables/<name>.sql`` finds, at first all."""
    sql = query(f"variables/{name}")
    return {
        "type": "query",
        "name": name,
        "label": label,
        "datasource": SOURCE,
        "query": {"refId": name, "editorType": "sql", "queryType": "sql", "rawSql": sql},
        "definition": sql,
        "current": {"text": ["All"], "value": ["$__all"]},
        "allowCustomValue": True,
        "allValue": ALL,
        "includeAll": True,
        "multi": True,
        "hide": 0,
        "options": [],
        "refresh": 2,
        "regex": "",
        "skipUrlSync": False,
        "sort": 0,
    }


def single(name: str, label: str) -> Json:
    """One of the values that ``variables/<name>.sql`` finds."""
    return choice(name, label) | {
        "current": {},
        "includeAll": False,
        "allValue": "",
        "multi": False,
    }


def text(name: str, label: str, description: str) -> Json:
    """What somebody types, or a link brings along."""
    return {
        "type": "textbox",
        "name": name,
        "label": label,
        "description": description,
        "query": "",
        "current": {"text": "", "value": ""},
        "options": [{"text": "", "value": "", "selected": True}],
        "hide": 0,
        "skipUrlSync": False,
    }


def number(name: str, label: str, values: tuple[int, ...], default: int) -> Json:
    """One of a few numbers."""
    chosen = {"text": str(default), "value": str(default)}
    return {
        "type": "custom",
        "name": name,
        "label": label,
        "query": ",".join(map(str, values)),
        "current": chosen,
        "options": [
            {"text": str(value), "value": str(value), "selected": value == default}
            for value in values
        ],
        "includeAll": False,
        "multi": False,
        "hide": 0,
        "skipUrlSync": False,
    }


def constant(name: str, label: str, value: str) -> Json:
    """A setting of the dashboard; links cannot change it."""
    return {
        "type": "constant",
        "name": name,
        "label": label,
        "query": value,
        "current": {"text": value, "value": value},
        "options": [{"text": value, "value": value, "selected": True}],
        "hide": 2,
        "skipUrlSync": True,
    }


SERVICE: Final = choice("service", "Service")
PROVIDER: Final = choice("provider", "Provider")
MODEL: Final = choice("model", "Model")
USER: Final = choice("user", "User")
OF_CALLS: Final = (SERVICE, PROVIDER, MODEL, USER)
"""What calls are chosen by."""
