"""``spanbridge settings``: every setting with the value it has here, and where that came from."""

from __future__ import annotations

import os

from rich.table import Table

from spanbridge_ingest import settings as s
from spanbridge_ingest.cli.output import console


def run() -> None:
    """Print the settings as a table."""
    resolved = s.resolve()
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("variable", "flag", "value", "from"):
        table.add_column(title, no_wrap=True)
    for name in s.table():
        value = getattr(resolved, name)
        shown = "off" if value is None else s.meta(name).kind.show(value)
        unit = s.meta(name).unit
        source = "environment" if os.environ.get(s.env_name(name)) else "default"
        suffix = f" {unit}" if unit not in ("", "bytes") else ""
        table.add_row(s.env_name(name), s.flag_name(name), f"{shown}{suffix}", source)
    console().print(table)
