"""The SQL in ``sql/``, and where a condition is put into it."""

from __future__ import annotations

import functools
from importlib.resources import files
from string import Template
from typing import Any, Final

from spanbridge_ingest.query.reading import Reader

_FOLDER: Final = "spanbridge_ingest.jaeger"


@functools.cache
def _sql(name: str) -> Template:
    return Template((files(_FOLDER) / "sql" / f"{name}.sql").read_text("utf-8"))


def ask(
    store: Reader, name: str, condition: str = "true", **parameters: object
) -> list[tuple[Any, ...]]:
    """The rows of ``sql/<name>.sql``; ``condition`` has placeholders for its values, no values."""
    database = getattr(store, "database", "default")
    return store.query(
        _sql(name).substitute(condition=condition), {"database": database, **parameters}
    )
