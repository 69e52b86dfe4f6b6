"""``spanbridge demo``: the whole way of a trace, from an agent to the screen, in one command."""

from __future__ import annotations

import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from rich.console import Console

from spanbridge_ingest.cli import service_info
from spanbridge_ingest.cli.output import console
from spanbridge_ingest.cli.render import trace_tree
from spanbridge_ingest.demo.run import Ran, read_trace, run_agent
from spanbridge_ingest.demo.service import ServiceProcess
from spanbridge_ingest.errors import ConfigError
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
    ]
    output.print("Starting the service on an embedded ClickHouse ...")
    with ServiceProcess(arguments, lambda pid: _api_url(settings.store, pid)) as service:
        info = service_info.read(settings.store)
        assert info is not None
        assert info.grpc is not None
        assert info.api_url is not None
        ran = run_agent(service_info.reachable(info.grpc))
        document = read_trace(info.api_url, ran.trace_id)
        output.print(f"An agent was asked: {ran.question}\nIt answered:        {ran.answer}\n")
        output.print(trace_tree(document))
        _print_next_steps(output, settings.store, info, ran, once=once)
        sys.stdout.flush()
        if not once:
            service.wait()


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


def _print_next_steps(
    output: Console, store: Path, info: service_info.ServiceInfo, ran: Ran, *, once: bool
) -> None:
    listing = f"spanbridge traces list --store {store}"
    if once:
        output.print(f"\nRead from ClickHouse. The trace is kept: {listing}")
        return
    grpc = service_info.reachable(info.grpc or "")
    lines = {
        "API": f"{info.api_url}/api/traces",
        "one trace": f"curl {info.api_url}/api/traces/{ran.trace_id}",
        "all traces": listing,
        "send yours": f"OTEL_EXPORTER_OTLP_ENDPOINT=http://{grpc} python your_app.py",
    }
    output.print("\nRead from ClickHouse. The service stays up; look around:\n")
    for title, text in lines.items():
        output.print(f"  {title:<11} {text}", soft_wrap=True)
    output.print("\nCtrl-C stops it.")
