"""Dashboards: rows of panels on the grid, with ids and links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from .panels import Json, Panel, To, render
from .variables import data_source

SCHEMA_VERSION: Final = 42
"""The last classic one; Grafana 11.6 to 13 read it."""
TAG: Final = "spanbridge"
_WIDTH: Final = 24


@dataclass(frozen=True, slots=True)
class Row:
    """A titled row and the panels below it, from left to right."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard; ``name`` is its file and, behind ``spanbridge-``, its uid."""

    name: str
    title: str
    description: str
    variables: Sequence[Json]
    rows: Sequence[Row]
    since: str = "now-24h"
    links: Sequence[Json] = field(default_factory=list)

    @property
    def uid(self) -> str:
        """What addresses it."""
        return f"{TAG}-{self.name}"


def dashboard(board: Board, boards: Mapping[str, Board]) -> Json:
    """The dashboard as Grafana reads it."""
    return {
        "uid": board.uid,
        "title": board.title,
        "description": board.description,
        "tags": [TAG],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "fiscalYearStartMonth": 0,
        "liveNow": False,
        "preload": False,
        "timezone": "browser",
        "refresh": "",
        "time": {"from": board.since, "to": "now"},
        "timepicker": {},
        "annotations": {"list": []},
        "templating": {"list": [data_source(), *board.variables]},
        "links": [_menu(), *board.links],
        "panels": list(_panels(board, boards)),
    }


def _menu() -> Json:
    return {
        "type": "dashboards",
        "title": "spanbridge",
        "tags": [TAG],
        "asDropdown": True,
        "icon": "external link",
        "includeVars": True,
        "keepTime": True,
        "targetBlank": False,
        "tooltip": "",
        "url": "",
    }


def _panels(board: Board, boards: Mapping[str, Board]) -> Iterator[Json]:
    number = top = 0
    for row in board.rows:
        number += 1
        place = {"h": 1, "w": _WIDTH, "x": 0, "y": top}
        yield {
            "id": number,
            "type": "row",
            "title": row.title,
            "collapsed": False,
            "gridPos": place,
            "panels": [],
        }
        top += 1
        left = height = 0
        for panel in row.panels:
            width, high = panel.grid
            if left + width > _WIDTH:
                top, left, height = top + height, 0, 0
            number += 1
            place = {"h": high, "w": width, "x": left, "y": top}
            yield {"id": number, "gridPos": place, **render(panel, _addresses(board, boards))}
            left, height = left + width, max(height, high)
        top += height


def _addresses(board: Board, boards: Mapping[str, Board]) -> Mapping[To, str]:
    targets = {
        to
        for row in board.rows
        for panel in row.panels
        for column in panel.columns.values()
        for to in column.links
    }
    return {to: _address(board, boards[to.board], to.variable) for to in targets}


def _address(source: Board, target: Board, variable: str) -> str:
    """The time range and the variables that both have go along."""
    here = {each["name"] for each in source.variables}
    shared = [each["name"] for each in target.variables if each["name"] in here - {variable}]
    kept = "".join(f"&${{{name}:queryparam}}" for name in ["datasource", *shared])
    return (
        f"/d/{target.uid}?${{__url_time_range}}{kept}&var-{variable}=${{__value.raw:percentencode}}"
    )
