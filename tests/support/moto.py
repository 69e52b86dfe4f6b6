"""Moto's server, which stands in for AWS, in an environment of its own."""

from __future__ import annotations

import contextlib
import fcntl
import json
import socket
import subprocess
import time
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.request import Request, urlopen

from tests.support.cache import CACHE
from tests.support.collector import free_port

_PACKAGES: Final = ("moto[xray]==5.1.14", "flask", "flask-cors")
_SIGNED: Final = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/xray/aws4_request, Signature=x"
"""Moto reads the service and the region from it, and checks nothing."""


def _environment() -> Path:
    """The folder of an environment with moto, made if it is not cached."""
    folder = CACHE / _PACKAGES[0].replace("[", "-").replace("]", "")
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / "done"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            venv.create(folder / "venv", with_pip=True, clear=True)
            pip = [folder / "venv" / "bin" / "python", "-m", "pip", "install", "-q", *_PACKAGES]
            subprocess.run(pip, check=True, timeout=600)
            done.touch()
    return folder / "venv"


@contextlib.contextmanager
def xray(log: Path) -> Iterator[str]:
    """The address of a server with the API of X-Ray, until the block ends."""
    program, port = _environment() / "bin" / "moto_server", free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, "-H", "127.0.0.1", "-p", str(port)], stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            gone = process.poll() is not None or time.monotonic() > deadline
            assert not gone, log.read_text("utf-8")[-4000:]
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(30)


def documents(address: str, trace_ids: Sequence[str]) -> list[str]:
    """The segment documents of traces, as they were put (``BatchGetTraces``)."""
    request = Request(
        f"{address}/Traces",
        data=json.dumps({"TraceIds": list(trace_ids)}).encode(),
        headers={"Content-Type": "application/json", "Authorization": _SIGNED},
    )
    with urlopen(request, timeout=30) as answer:
        found: dict[str, Any] = json.load(answer)
    return [segment["Document"] for trace in found["Traces"] for segment in trace["Segments"]]
