"""ClickHouse's Go driver over HTTP, opened as Grafana's data source 4.20 opens it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.collector import CACHE

_SOURCES: Final = Path(__file__).parent / "go_driver_program"
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z")


def build() -> Path:
    """The path of the program, built if it is not cached; the first time that takes a minute.

    It is kept under ``$XDG_CACHE_HOME/spanbridge/go_driver``, by the hash of its sources. Without
    ``go`` the test is skipped.
    """
    if shutil.which("go") is None:
        pytest.skip("no `go` here to build the driver with")
    sources = b"".join(path.read_bytes() for path in sorted(_SOURCES.iterdir()))
    folder = CACHE / "go_driver" / hashlib.sha256(sources).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    binary = folder / "driver"
    # Test processes side by side build once.
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not binary.exists():
            _compile(folder / "building")
            (folder / "building").rename(binary)
    return binary


def _compile(output: Path) -> None:
    result = subprocess.run(
        ["nice", "-n", "10", "go", "build", "-trimpath", "-o", output, "."],
        cwd=_SOURCES,
        env=os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "-p=2"},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise RuntimeError(f"building the driver failed:\n{result.stderr[-4000:]}")


class Driver:
    """A connection of the driver; its ping has succeeded when it answers."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def ask(self, sql: str) -> dict[str, Any]:
        """``columns``, ``types`` and ``rows`` of a query, and its ``error``."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(sql).encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the driver ended: see its standard error"
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def connected(
    binary: Path, address: str, database: str = "default", compression: str = "gzip"
) -> Iterator[Driver]:
    """Until the block ends; ``compression`` is gzip, as the data source has it, lz4 or none."""
    # Its end closes the pipes, and waits.
    with subprocess.Popen(
        [binary, address, database, compression], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            yield Driver(process)
        finally:
            process.kill()


AS_THE_DRIVER: Final = {
    "date_time_output_format": "iso",
    "output_format_json_quote_decimals": "1",
}
"""Settings with which ClickHouse's JSON says values as the driver does."""


def comparable(value: Any) -> Any:
    """A value of the driver or of JSON, without what is no part of it.

    The last digits of a sum depend on the order in which threads end.
    """
    if isinstance(value, dict):
        return {name: comparable(member) for name, member in value.items()}
    if isinstance(value, list):
        return [comparable(member) for member in value]
    if isinstance(value, float):
        return float(f"{value:.10g}")
    if isinstance(value, str) and _TIME.fullmatch(value):
        return value.removesuffix("Z").rstrip("0").removesuffix(".") + "Z"
    return value
