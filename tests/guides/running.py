"""Runs the blocks of one page, one after the other, as a reader would."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.e2e.processes import environment, free_port, wait_until
from tests.guides.environments import environment_with
from tests.guides.fences import Block
from tests.support.docker import CLIENT
from tests.support.fake_openai import FakeOpenAI

ROOT: Final = Path(__file__).parents[2]

_PORTS: Final = re.compile(
    r"(?<![\d.])(3000|431[78]|1431[78]|8123|9000|9411|16685|16686|17271)(?!\d|\.\d)"
)
"""The ports of guides. Tests run beside each other: each page gets free ones in their place."""

_BLOCK_S: Final = 300.0
_READY_S: Final = 60.0
_STOP_S: Final = 30.0


class Page:
    """A directory, an environment and the processes that the blocks of a page share.

    A block finds the repository's files in its directory, ``python`` and ``spanbridge`` of this
    environment, and a home of its own.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "page"
        self._directory.mkdir()
        for entry in ("deploy", "examples", "otel-collector-config.yaml", "tests", "tools"):
            (self._directory / entry).symlink_to(ROOT / entry)
        self._home = directory / "home"
        self._home.mkdir()
        self._ports: dict[str, str] = {}
        self._llm: FakeOpenAI | None = None
        self._running: list[subprocess.Popen[bytes]] = []
        self._log = directory / "background.log"
        self._path = directory / "bin"
        self._path.mkdir()
        self._write_commands()

    def run(self, block: Block) -> str:
        """Do what a block asks for. What it printed; fails if its commands fail."""
        text = self.translated(block.text)
        if "file" in block.values:
            file = self._directory / block.values["file"]
            assert file.parent.resolve().is_relative_to(self._directory), block.name
            file.write_text(text, "utf-8")
        if not block.runs:
            return ""
        environ = self._environment(block.values.get("packages", ""))
        command = (
            ["bash", "-euo", "pipefail", "-c", text]
            if block.language == "sh"
            else ["python", "-c", text]
        )
        if "background" in block.words:
            self._start(command, environ, block)
            return ""
        done = subprocess.run(
            command,
            cwd=self._directory,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_BLOCK_S,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, f"{block.name} failed:\n{said}\n{self.logged}"
        expected = self.translated(block.values.get("expect", ""))
        assert expected in said, f"{block.name} did not print {expected!r}:\n{said}\n{self.logged}"
        return said

    def translated(self, text: str) -> str:
        """A text with this page's ports in place of the usual ones."""
        return _PORTS.sub(lambda match: self._port(match[0]), text)

    def _port(self, usual: str) -> str:
        return self._ports.setdefault(usual, str(free_port()))

    @property
    def logged(self) -> str:
        """What the processes in the background printed."""
        return self._log.read_text("utf-8", "replace") if self._log.exists() else ""

    def stop(self) -> None:
        """End what runs in the background, last begun first."""
        for process in reversed(self._running):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if self._llm is not None:
            self._llm.__exit__(None, None, None)

    def _start(self, command: list[str], environ: dict[str, str], block: Block) -> None:
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=self._directory,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._running.append(process)
        port = int(self._port(block.values["wait"]))
        wait_until(
            lambda: _listens(port) or process.poll() is not None,
            f"{block.name} to listen\n{self.logged}",
            _READY_S,
        )
        assert process.poll() is None, f"{block.name} ended:\n{self.logged}"

    def _environment(self, packages: str) -> dict[str, str]:
        if packages:
            return self._of_others(packages)
        grpc, http = self._port("4317"), self._port("4318")
        return (
            environment()
            | CLIENT
            | {
                "HOME": str(self._home),
                "XDG_DATA_HOME": str(self._home / "data"),
                "PATH": f"{self._path}:{Path(sys.executable).parent}:{os.environ['PATH']}",
                # The defaults, as they are on this page.
                "SPANBRIDGE_GRPC": f"127.0.0.1:{grpc}",
                "SPANBRIDGE_HTTP": f"127.0.0.1:{http}",
                "SPANBRIDGE_JAEGER": f"127.0.0.1:{self._port('17271')}",
                "SPANBRIDGE_TRACKING_URI": f"http://127.0.0.1:{http}",
            }
        )

    def _of_others(self, packages: str) -> dict[str, str]:
        """An environment with packages of others, and a model for them to call."""
        if self._llm is None:
            self._llm = FakeOpenAI()
            self._llm.__enter__()
        environ = environment() | {
            "HOME": str(self._home),
            "PATH": f"{environment_with(packages.split()) / 'bin'}:{os.environ['PATH']}",
            "OPENAI_BASE_URL": self._llm.url,
            "OPENAI_API_KEY": "sk-test",
        }
        environ.pop("PYTHONPATH", None)
        return environ

    def _write_commands(self) -> None:
        for name, call in (
            ("spanbridge", "-m spanbridge_ingest"),
            ("python", ""),
            ("pip", "-c 'print(\"not installed again\")'"),
        ):
            script = self._path / name
            rest = "" if name == "pip" else ' "$@"'
            script.write_text(f"#!/bin/sh\nexec {sys.executable} {call}{rest}\n", "utf-8")
            script.chmod(0o755)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
