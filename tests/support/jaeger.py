"""A real Jaeger v2, built from its Go modules and run on loopback.

It reads from spanbridge by the project's configuration, or has a store of its own.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.support.collector import ROOT, free_port
from tests.support.go import built, go, module

CONFIGURATION: Final = ROOT / "deploy" / "jaeger" / "config.yaml"
_MODULE: Final = "github.com/jaegertracing/jaeger"
_VERSION: Final = "v1.76.0"
"""The newest that a module proxy can have: the module's path has no ``/v2``, so its tags from
v2.14 on are none to Go. This one is v2.13.0 as well, from the same commit, and its ``cmd/jaeger``
is Jaeger v2."""
_GO_MOD: Final = f"""\
module spanbridge.test/jaeger

go 1.25

require {_MODULE} {_VERSION}

// What its own go.mod replaces; a module that requires it has to say it again.
replace github.com/Shopify/sarama => github.com/Shopify/sarama v1.33.0
"""
_STORING: Final = """\
service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines:
    traces: {receivers: [otlp], exporters: [jaeger_storage_exporter]}
  telemetry:
    metrics: {level: none}
    logs: {level: warn}
extensions:
  jaeger_storage:
    backends:
      own: {memory: {max_traces: 10000}}
  jaeger_query:
    storage: {traces: own}
    enable_tracing: false
    http: {endpoint: "127.0.0.1:${env:QUERY}"}
    grpc: {endpoint: "127.0.0.1:${env:QUERY_GRPC}"}
receivers:
  otlp:
    protocols:
      grpc: {endpoint: "127.0.0.1:${env:OTLP}"}
exporters:
  jaeger_storage_exporter: {trace_storage: own}
"""
_START_SECONDS: Final = 120


def build() -> Path:
    """The path of a Jaeger; the first build takes many minutes. Without ``go`` it skips."""
    return built("jaeger", _GO_MOD.encode(), "jaeger", _compile)


def _compile(folder: Path) -> Path:
    (folder / "go.mod").write_text(_GO_MOD, encoding="utf-8")
    source = module(f"{_MODULE}@{_VERSION}", folder)
    # The checksums that the module was released with: the public database need not be asked.
    (folder / "go.sum").write_bytes((source / "go.sum").read_bytes())
    go(folder, "build", "-trimpath", "-ldflags=-s -w", "-o", "building", f"{_MODULE}/cmd/jaeger")
    return folder / "building"


@contextlib.contextmanager
def running(binary: Path, storage: str, log: Path) -> Iterator[str]:
    """Run Jaeger until the block ends; yields the URL of its query service.

    Args:
        binary: what :func:`build` gave.
        storage: where the storage API is served.
        log: where the output goes.
    """
    query, others = free_port(), (free_port(), free_port())
    settings = {
        "extensions.jaeger_query.http.endpoint": query,
        "extensions.jaeger_query.grpc.endpoint": others[0],
        "extensions.healthcheckv2.http.endpoint": others[1],
    }
    arguments = [f"--set={name}=127.0.0.1:{port}" for name, port in settings.items()]
    with _process(
        [str(binary), f"--config={CONFIGURATION}", *arguments],
        log,
        f"http://127.0.0.1:{query}",
        SPANBRIDGE_JAEGER_ENDPOINT=storage,
    ) as url:
        yield url


@contextlib.contextmanager
def storing(binary: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """Run a Jaeger that keeps what it is sent, in memory.

    Yields:
        Where it takes OTLP over gRPC, and the URL of its query service.
    """
    ports = {"OTLP": free_port(), "QUERY": free_port(), "QUERY_GRPC": free_port()}
    configuration = folder / "jaeger.yaml"
    configuration.write_text(_STORING, encoding="utf-8")
    with _process(
        [str(binary), f"--config={configuration}"],
        folder / "log",
        f"http://127.0.0.1:{ports['QUERY']}",
        **{name: str(port) for name, port in ports.items()},
    ) as url:
        yield f"127.0.0.1:{ports['OTLP']}", url


@contextlib.contextmanager
def _process(command: list[str], log: Path, url: str, **environment: str) -> Iterator[str]:
    with log.open("w") as output:
        process = subprocess.Popen(
            command, env=os.environ | environment, stdout=output, stderr=output
        )
    try:
        _wait(process, f"{url}/api/v3/services", log)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with (
            contextlib.suppress(OSError, urllib.error.HTTPError),
            urllib.request.urlopen(url, timeout=10),
        ):
            return
        time.sleep(0.1)
    raise RuntimeError(f"Jaeger did not start:\n{log.read_text()[-4000:]}")
