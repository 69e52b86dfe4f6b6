"""ClickHouse's Go driver over HTTP, opened as Grafana's data source 4.20 opens it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.support.go import built, go

_SOURCES: Final = Path(__file__).parent / "go_driver_program"
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z")


def build() -> Path:
    """The path of the program; the first build takes a minute. Without ``go`` it skips."""
    sources = b"".join(path.read_bytes() for path in sorted(_SOURCES.iterdir()))
    return built("go_driver", sources, "driver", _compile)


def _compile(folder: Path) -> Path:
    output = folder / "building"
    go(_SOURCES, "build", "-trimpath", "-o", output, ".", flags="")
    return output


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
