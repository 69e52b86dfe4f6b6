"""Identifiers that go into SQL text. Nothing else ever does: values are bound parameters."""

from __future__ import annotations

import re

from spanbridge_ingest.errors import ConfigError

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,126}")


def identifier(name: str) -> str:
    """``name`` itself, if it is a plain identifier. Raises ConfigError otherwise."""
    if not _IDENTIFIER.fullmatch(name):
        raise ConfigError(
            f"{name!r} is not a plain ClickHouse identifier "
            "(letters, digits and _, not first a digit)"
        )
    return name


def qualified(database: str, table: str) -> str:
    """``database.table``, both checked and quoted."""
    return f"`{identifier(database)}`.`{identifier(table)}`"
