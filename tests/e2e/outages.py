"""A store whose network can fail: a ClickHouse server behind a proxy of our own."""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.processes import environment, free_port, wait_until
from tests.support.command import ROOT

_CHUNK = 1 << 16


class Proxy:
    """Passes TCP on to a port of this machine, until told otherwise."""

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self._target = target
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._to_lose: re.Pattern[bytes] | None = None
        self._times = 0
        self.lost = 0
        """Answers that were not passed on."""

    def start(self) -> None:
        """Take connections."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections and cut those that are open."""
        assert self._listener is not None
        # Closing alone leaves a thread that waits in accept() holding the port.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._cut()

    def lose_answers(self, request: bytes, times: int) -> None:
        """Pass on the next requests that match the pattern, and cut instead of their answers."""
        self._times = times
        self._to_lose = re.compile(request, re.DOTALL)

    def _cut(self) -> None:
        with self._lock:
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=self._pass, args=(client,), daemon=True).start()

    def _pass(self, client: socket.socket) -> None:
        with (
            client,
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self._target)) as server,
        ):
            with self._lock:
                self._open |= {client, server}
            losing = threading.Event()
            back = threading.Thread(target=self._answer, args=(server, client, losing))
            back.start()
            self._forward(client, server, losing)
            back.join()
            with self._lock:
                self._open -= {client, server}

    def _forward(
        self, client: socket.socket, server: socket.socket, losing: threading.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(_CHUNK):
                if self._times and self._to_lose and self._to_lose.search(data):
                    self._times -= 1
                    losing.set()
                server.sendall(data)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def _answer(
        self, server: socket.socket, client: socket.socket, losing: threading.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(_CHUNK):
                if losing.is_set():
                    self.lost += 1
                    break
                client.sendall(data)
        for one in (client, server):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


class ClickHouse:
    """The server; it keeps its data and its port when it is killed and started again."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self._command = [sys.executable, "-m", "tests.e2e.clickhouse_server"]
        self._command += [str(directory / "clickhouse"), str(self.port)]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is reached without the proxy."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = subprocess.Popen(self._command, cwd=ROOT, env=environment())
        wait_until(self._answers, "the ClickHouse server", 60)

    def kill(self) -> None:
        """``kill -9``."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None
        try:
            with urllib.request.urlopen(f"{self.url}/ping", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@contextmanager
def proxied(directory: Path) -> Iterator[tuple[ClickHouse, Proxy]]:
    """A server and the way to it."""
    server = ClickHouse(directory)
    proxy = Proxy(server.port)
    try:
        server.start()
        proxy.start()
        yield server, proxy
        proxy.stop()
    finally:
        server.kill()
