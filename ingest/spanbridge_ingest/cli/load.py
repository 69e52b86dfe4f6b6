"""``spanbridge load``: recorded OTLP into a store, or to a running service."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from spanbridge_ingest.cli import recordings
from spanbridge_ingest.cli.output import console, counted
from spanbridge_ingest.cli.recordings import Recorded, Unreadable
from spanbridge_ingest.cli.targets import Target, open_target
from spanbridge_ingest.errors import RequestError, UnreachableError
from spanbridge_ingest.settings import Settings
from spanbridge_ingest.store.base import Signal

_IN_FLIGHT = 16
"""Requests on their way at one time: enough for the committer to make batches of."""
_SHOWN_PROBLEMS = 50


@dataclass(slots=True)
class Summary:
    """What became of the files."""

    requests: int = 0
    records: dict[Signal, int] = field(default_factory=lambda: dict.fromkeys(Signal, 0))
    problems: list[str] = field(default_factory=list)
    """One line per refused place, in the form ``file:line: reason``."""


def run(files: Sequence[Path], to: str | None, settings: Settings) -> None:
    """Load the files and print a summary; exits with 1 when something was refused."""
    for path in files:
        recordings.check_name(path)
    output, errors = console(), console(stderr=True)
    started = time.monotonic()
    summary = Summary()
    try:
        with _progress(errors, files) as advance:
            asyncio.run(_load(files, to, settings, advance, summary))
    except UnreachableError as away:
        told = (
            f"Stored until then: {counted(summary.requests, 'request')}."
            if summary.requests
            else ""
        )
        raise UnreachableError(f"{away} {told}".strip()) from None
    elapsed = time.monotonic() - started
    spans, logs = (summary.records[signal] for signal in (Signal.TRACES, Signal.LOGS))
    output.print(
        f"Loaded {counted(summary.requests, 'request')} ({counted(spans, 'span')}, "
        f"{counted(logs, 'log record')}) from {counted(len(files), 'file')} in {elapsed:.1f} s."
    )
    if summary.problems:
        errors.print(f"{len(summary.problems):,} refused:", style="red")
        for problem in summary.problems[:_SHOWN_PROBLEMS]:
            errors.print(f"  {problem}", soft_wrap=True)
        if len(summary.problems) > _SHOWN_PROBLEMS:
            errors.print(f"  and {len(summary.problems) - _SHOWN_PROBLEMS:,} more")
        raise typer.Exit(1)


async def _load(
    files: Sequence[Path],
    to: str | None,
    settings: Settings,
    advance: Callable[[int], None],
    summary: Summary,
) -> None:
    async with open_target(settings, to) as target, _Window(_IN_FLIGHT) as window:
        for path in files:
            done = 0

            def progress(position: int) -> None:
                nonlocal done
                advance(position - done)
                done = position

            for request in recordings.read(path, settings.max_request_bytes, progress):
                if isinstance(request, Unreadable):
                    summary.problems.append(f"{_place(request)}: {request.reason}")
                else:
                    await window.start(_send(target, request, summary))
            progress(path.stat().st_size)


async def _send(target: Target, request: Recorded, summary: Summary) -> None:
    try:
        rejected = await target(request)
    except RequestError as problem:
        summary.problems.append(f"{_place(request)}: {problem}")
        return
    summary.requests += 1
    records = recordings.count_records(request)
    summary.records[request.signal] += records - sum(rejected.values())
    if rejected:
        summary.problems.append(f"{_place(request)}: {_rejected_text(rejected)}")


def _rejected_text(rejected: Mapping[str, int]) -> str:
    parts = (f"{counted(count, 'record')} rejected: {reason}" for reason, count in rejected.items())
    return ", ".join(parts)


def _place(request: Recorded | Unreadable) -> str:
    return f"{request.file}:{request.line}" if request.line else str(request.file)


class _Window:
    """Runs a bounded number of tasks at one time; the first error stops the block."""

    def __init__(self, size: int) -> None:
        self._free = asyncio.Semaphore(size)
        self._tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> _Window:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(self, *exception: object) -> None:
        try:
            await self._tasks.__aexit__(*exception)  # type: ignore[arg-type]
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None

    async def start(self, work: Awaitable[None]) -> None:
        """Run ``work`` as soon as there is room."""
        await self._free.acquire()

        async def run() -> None:
            try:
                await work
            finally:
                self._free.release()

        self._tasks.create_task(run())


@contextmanager
def _progress(errors: Console, files: Sequence[Path]) -> Iterator[Callable[[int], None]]:
    """A bar on stderr over the bytes of all files, where a person can see it."""
    total = sum(path.stat().st_size for path in files)
    share = "{task.percentage:>3.0f}%"
    columns = (TextColumn("Loading"), BarColumn(), share, TimeRemainingColumn())
    hidden = not errors.is_terminal
    with Progress(*columns, console=errors, transient=True, disable=hidden) as progress:
        task = progress.add_task("load", total=total)
        yield lambda count: progress.advance(task, count)
