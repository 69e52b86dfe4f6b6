"""The service of a demonstration: ``spanbridge serve`` in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from types import TracebackType
from typing import Self

from spanbridge_ingest.errors import StoreUnavailableError

_START_DEADLINE_S = 60.0
_STOP_DEADLINE_S = 30.0
_POLL_S = 0.05
_PROBE_TIMEOUT_S = 1.0
_LOG_TAIL_LINES = 20


class ServiceProcess:
    """Runs the service while the context is open.

    Args:
        arguments: the command line after ``spanbridge``.
        locate: given the process id, returns the service's base URL; None before it listens.
    """

    def __init__(self, arguments: list[str], locate: Callable[[int], str | None]) -> None:
        self._arguments = arguments
        self._locate = locate
        self._process: subprocess.Popen[bytes] | None = None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed in _stop

    def __enter__(self) -> Self:
        """Start the service and wait until it is ready.

        Raises:
            StoreUnavailableError: it stopped or did not come up in time; holds the log's end.
        """
        self._process = subprocess.Popen(
            [sys.executable, "-m", "spanbridge_ingest", *self._arguments],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            # Ctrl-C at the terminal is for the demo, which then stops the service in order.
            start_new_session=True,
            env=_environment(),
        )
        try:
            self._wait_until_ready()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def wait(self) -> None:
        """Return only when the service has stopped by itself.

        Raises:
            StoreUnavailableError: always; holds the log's end.
        """
        assert self._process is not None
        self._process.wait()
        raise self._failure("the service stopped")

    def log_tail(self) -> str:
        """The last lines the service wrote."""
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").splitlines()
        return "\n".join(lines[-_LOG_TAIL_LINES:])

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + _START_DEADLINE_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise self._failure("the service did not start")
            url = self._locate(self._process.pid)
            if url is not None and _is_ready(url):
                return
            time.sleep(_POLL_S)
        raise self._failure(f"the service was not ready within {_START_DEADLINE_S:.0f} s")

    def _failure(self, what: str) -> StoreUnavailableError:
        return StoreUnavailableError(f"{what}; the end of its log:\n{self.log_tail()}")

    def _stop(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)  # does nothing when it has ended
        try:
            self._process.wait(_STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()


def _environment() -> dict[str, str]:
    # What the demo needs of the settings is in the arguments; a SPANBRIDGE_CLICKHOUSE meant for
    # the real service must not turn up here.
    return {name: value for name, value in os.environ.items() if not name.startswith("SPANBRIDGE_")}


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=_PROBE_TIMEOUT_S) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
