"""``spanbridge demo``: the whole way of a trace, from an agent to the screen, in one command."""

from __future__ import annotations

import shutil
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from rich.console import Console

from spanbridge_ingest.cli import service_info
from spanbridge_ingest.cli.output import console
from spanbridge_ingest.cli.render import trace_tree
from spanbridge_ingest.demo.run import read_trace, run_agent
from spanbridge_ingest.demo.service import ServiceProcess
from spanbridge_ingest.errors import ConfigError, StoreUnavailableError
from spanbridge_ingest.settings import Settings, data_home


def run(settings: Settings, store: Path | None, *, once: bool) -> None:
    """Run the demo on the store in ``store`` (its own place unless given).

    Raises:
        ConfigError: an address is off, or a demo is running already.
        StoreError: the service did not come up, or the trace did not come back.
    """
    if settings.demo_grpc is None or settings.demo_http is None:
        raise ConfigError("The demo needs both addresses; `off` is for `spanbridge serve`.")
    settings = replace(settings, store=store or data_home() / "demo")
    _refuse_second(settings)
    signal.signal(signal.SIGTERM, _interrupt)
    output = console()
    arguments = [
        *("serve", "--store", str(settings.store)),
        *("--grpc", str(settings.demo_grpc), "--http", str(settings.demo_http)),
        *("--jaeger", "off"),
    ]
    output.print("Starting the service on an embedded ClickHouse ...")
    with ServiceProcess(arguments, lambda pid: _api_url(settings.store, pid)) as service:
        grpc, api = _endpoints(settings.store)
        ran = run_agent(grpc)
        document = read_trace(api, ran.trace_id)
        output.print(f"An agent was asked: {ran.question}\nIt answered:        {ran.answer}\n")
        output.print(trace_tree(document))
        # `make demo` runs in an environment that the shell does not know.
        command = (
            "spanbridge" if shutil.which("spanbridge") else f"{sys.executable} -m spanbridge_ingest"
        )
        listing = f"{command} traces list --store {settings.store}"
        if once:
            output.print(f"\nRead from ClickHouse. The trace is kept: {listing}", soft_wrap=True)
            return
        _print_next_steps(output, grpc, api, ran.trace_id, listing)
        try:
            service.wait()
        except KeyboardInterrupt:
            output.print("Stopping.")


def _refuse_second(settings: Settings) -> None:
    running = service_info.running(settings.store)
    if running is not None:
        raise ConfigError(
            f"A service already uses {settings.store} ({running.api_url or running.grpc}, process "
            f"{running.pid}). Stop it, or give this demo another place with --store."
        )


def _api_url(store: Path, pid: int) -> str | None:
    info = service_info.read(store)
    return info.api_url if info is not None and info.pid == pid else None


def _interrupt(number: int, frame: object) -> NoReturn:
    # A plain SIGTERM would leave the service behind.
    raise KeyboardInterrupt


def _endpoints(store: Path) -> tuple[str, str]:
    info = service_info.read(store)
    if info is None or info.grpc is None or info.api_url is None:
        raise StoreUnavailableError(f"the service left no addresses in {store}")
    return service_info.reachable(info.grpc), info.api_url


def _print_next_steps(output: Console, grpc: str, api: str, trace_id: str, listing: str) -> None:
    lines = {
        "API": f"{api}/api/traces",
        "one trace": f"curl {api}/api/traces/{trace_id}",
        "all traces": listing,
        "send yours": f"OTEL_EXPORTER_OTLP_ENDPOINT=http://{grpc} "
        "OTEL_EXPORTER_OTLP_PROTOCOL=grpc python your_app.py",
    }
    output.print("\nRead from ClickHouse. The service stays up; look around:\n")
    for title, text in lines.items():
        output.print(f"  {title:<11} {text}", soft_wrap=True)
    output.print("\nCtrl-C stops it.")
    output.file.flush()
