"""What commands of guides may need that is not on every machine.

``needs=NAME`` names one of :data:`NEEDS`, ``command:PROGRAM`` or ``python:MODULE``; several are
separated by commas.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections.abc import Callable
from typing import Final

from tests.support.docker import compose_is_there


def _docker() -> str | None:
    if shutil.which("docker") is None:
        return "there is no docker client"
    try:
        asked = subprocess.run(["docker", "info"], capture_output=True, timeout=20, check=False)
    except subprocess.TimeoutExpired:
        return "no Docker daemon answers"
    return None if asked.returncode == 0 else "no Docker daemon answers"


def _clickhouse() -> str | None:
    found = shutil.which("clickhouse") or shutil.which("clickhouse-server")
    return None if found else "there is no ClickHouse server"


NEEDS: Final[dict[str, Callable[[], str | None]]] = {
    "docker": _docker,
    "compose": lambda: None if compose_is_there() else "there is no docker client with compose",
    "clickhouse": _clickhouse,
    "account": lambda: "it needs an account and its keys",
    "cluster": lambda: "it needs a ClickHouse cluster with Keeper",
    "kafka": lambda: "it needs a Kafka broker and a ClickHouse server",
}


def missing(needs: str) -> str | None:
    """Why these needs are not met here, or None. Raises LookupError for one nobody knows."""
    for need in filter(None, needs.split(",")):
        kind, colon, name = need.partition(":")
        if colon and kind == "command":
            reason = None if shutil.which(name) else f"there is no `{name}`"
        elif colon and kind == "python":
            there = importlib.util.find_spec(name.partition(".")[0])
            reason = None if there else f"the Python package {name} is not installed"
        elif need in NEEDS:
            reason = NEEDS[need]()
        else:
            raise LookupError(f"needs={need}: nobody knows that; see needs.py")
        if reason is not None:
            return reason
    return None
