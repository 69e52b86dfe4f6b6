"""Panels in Grafana's classic dashboard model, made from a few words each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any, Final

from .sql import query

Json = dict[str, Any]

PLUGIN: Final = "grafana-clickhouse-datasource"
PLUGIN_VERSION: Final = "4.20.0"
SOURCE: Final[Json] = {"type": PLUGIN, "uid": "${datasource}"}

NS: Final = "ns"
COUNT: Final = "short"
SHARE: Final = "percentunit"
USD: Final = "currencyUSD"
BYTES: Final = "bytes"
FAILING: Final = ((None, "green"), (0.02, "orange"), (0.05, "red"))
"""Steps of a share of failures."""


class Format(IntEnum):
    """What the plugin makes of a result."""

    SERIES = 0
    TABLE = 1
    TRACE = 3


_QUERY_TYPES: Final = {
    Format.SERIES: "timeseries",
    Format.TABLE: "table",
    Format.TRACE: "traces",
}


@dataclass(frozen=True, slots=True)
class To:
    """A link from a value to a dashboard, in which it becomes the value of a variable."""

    board: str
    variable: str
    title: str


TRACE: Final = To("trace", "trace_id", "Show the trace")
SESSION: Final = To("sessions", "session", "Show the conversation")
USER: Final = To("tokens", "user", "Show tokens and cost of this user")
USERS_SESSIONS: Final = To("sessions", "user", "Show the sessions of this user")


@dataclass(frozen=True, slots=True)
class Column:
    """How a column of a table, or a value of a stat panel, is shown.

    ``steps`` colours it: pairs of a least value (None for the first) and a colour.
    """

    unit: str = ""
    width: int = 0
    name: str = ""
    links: tuple[To, ...] = ()
    steps: tuple[tuple[float | None, str], ...] = ()
    wrap: bool = False
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel; ``grid`` is width and height in units of the grid, which is 24 wide."""

    kind: str
    title: str
    query: str
    format: Format
    description: str
    empty: str
    grid: tuple[int, int]
    unit: str = COUNT
    columns: Mapping[str, Column] = field(default_factory=dict)
    custom: Json = field(default_factory=dict)
    options: Json = field(default_factory=dict)
    extra: Json = field(default_factory=dict)

    def sized(self, width: int, height: int) -> Panel:
        """The same panel in another size."""
        return replace(self, grid=(width, height))


def stat(
    title: str, name: str, description: str, empty: str, columns: Mapping[str, Column]
) -> Panel:
    """Single values side by side, one per column of the only row."""
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "/.*/", "values": False},
        "orientation": "vertical",
        "textMode": "value_and_name",
        "wideLayout": True,
        "colorMode": "value",
        "graphMode": "none",
        "justifyMode": "auto",
        "showPercentChange": False,
    }
    return Panel(
        "stat", title, name, Format.TABLE, description, empty, (24, 4), COUNT, columns, {}, options
    )


def bars(title: str, name: str, description: str, empty: str, unit: str = COUNT) -> Panel:
    """Sums over time, stacked; a stretch of time without rows is a gap, which is right for sums."""
    custom = {
        "drawStyle": "bars",
        "fillOpacity": 80,
        "lineWidth": 0,
        "stacking": {"mode": "normal", "group": "A"},
        "axisSoftMin": 0,
    }
    return _series(title, name, description, empty, unit, custom, "sum")


def lines(title: str, name: str, description: str, empty: str, unit: str = COUNT) -> Panel:
    """Values over time that do not add up: percentiles, shares, means."""
    custom = {
        "drawStyle": "line",
        "fillOpacity": 5,
        "lineWidth": 1,
        "showPoints": "auto",
        "spanNulls": False,
        "axisSoftMin": 0,
    }
    return _series(title, name, description, empty, unit, custom, "mean")


def _series(
    title: str, name: str, description: str, empty: str, unit: str, custom: Json, total: str
) -> Panel:
    options = {
        "legend": {
            "displayMode": "table",
            "placement": "right",
            "showLegend": True,
            "calcs": [total, "max"],
            "sortBy": "Total" if total == "sum" else "Mean",
            "sortDesc": True,
        },
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    extra = {"interval": "10s", "maxDataPoints": 150}
    return Panel(
        "timeseries",
        title,
        name,
        Format.SERIES,
        description,
        empty,
        (12, 8),
        unit,
        {},
        custom,
        options,
        extra,
    )


def table(
    title: str, name: str, description: str, empty: str, columns: Mapping[str, Column]
) -> Panel:
    """Rows; ``columns`` has those that are shown in another way than as they are."""
    options = {"showHeader": True, "cellHeight": "sm", "footer": {"show": False}}
    custom = {"filterable": True, "inspect": True, "cellOptions": {"type": "auto"}}
    return Panel(
        "table",
        title,
        name,
        Format.TABLE,
        description,
        empty,
        (24, 9),
        "",
        columns,
        custom,
        options,
    )


def bar_chart(title: str, name: str, description: str, empty: str) -> Panel:
    """Bars, one per row; the first column is text."""
    options = {
        "orientation": "horizontal",
        "showValue": "auto",
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False, "calcs": []},
        "tooltip": {"mode": "single", "sort": "none"},
    }
    custom = {"fillOpacity": 80, "lineWidth": 0}
    return Panel(
        "barchart",
        title,
        name,
        Format.TABLE,
        description,
        empty,
        (12, 8),
        COUNT,
        {},
        custom,
        options,
    )


def traces(title: str, name: str, description: str, empty: str) -> Panel:
    """Grafana's view of one trace."""
    return Panel("traces", title, name, Format.TRACE, description, empty, (24, 18), "")


def note(text: str, height: int) -> Panel:
    """Markdown; it asks for nothing."""
    options = {"mode": "markdown", "content": text}
    return Panel("text", "", "", Format.TABLE, "", "", (24, height), "", {}, {}, options)


def render(panel: Panel, links: Mapping[To, str]) -> Json:
    """The panel as JSON, without id and place. ``links`` has the address of each target."""
    out: Json = {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "fieldConfig": {"defaults": _defaults(panel), "overrides": _overrides(panel, links)},
        "options": panel.options,
        **panel.extra,
    }
    if panel.query:
        target = {
            "refId": "A",
            "datasource": SOURCE,
            "editorType": "sql",
            "format": int(panel.format),
            "queryType": _QUERY_TYPES[panel.format],
            "rawSql": query(panel.query),
            "pluginVersion": PLUGIN_VERSION,
        }
        out |= {"datasource": SOURCE, "targets": [target]}
    else:
        out |= {"transparent": True}
    return out


def _defaults(panel: Panel) -> Json:
    defaults: Json = {"custom": panel.custom} if panel.custom else {}
    if panel.unit:
        defaults["unit"] = panel.unit
    if panel.empty:
        defaults["noValue"] = panel.empty
    if panel.kind == "timeseries":
        defaults["color"] = {"mode": "palette-classic"}
    if panel.kind == "stat":
        defaults["color"] = {"mode": "thresholds"}
        defaults["thresholds"] = _thresholds(((None, "text"),))
    return defaults


def _overrides(panel: Panel, links: Mapping[To, str]) -> list[Json]:
    return [
        {
            "matcher": {"id": "byName", "options": name},
            "properties": list(_properties(panel, column, links)),
        }
        for name, column in panel.columns.items()
    ]


def _properties(panel: Panel, column: Column, links: Mapping[To, str]) -> Sequence[Json]:
    values: list[tuple[str, Any]] = []
    if column.unit:
        values.append(("unit", column.unit))
    if column.decimals is not None:
        values.append(("decimals", column.decimals))
    if column.name:
        values.append(("displayName", column.name))
    if column.width:
        values.append(("custom.width", column.width))
    if column.links:
        listed = [{"title": to.title, "url": links[to]} for to in column.links]
        values.append(("links", listed))
    if column.steps:
        values.append(("thresholds", _thresholds(column.steps)))
        if panel.kind == "table":
            values.append(("custom.cellOptions", {"type": "color-text"}))
    if column.wrap:
        values.append(("custom.cellOptions", {"type": "auto", "wrapText": True}))
    return [{"id": name, "value": value} for name, value in values]


def _thresholds(steps: Sequence[tuple[float | None, str]]) -> Json:
    return {
        "mode": "absolute",
        "steps": [{"value": least, "color": colour} for least, colour in steps],
    }
