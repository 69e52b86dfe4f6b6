"""The service's side of forwarding: a bounded queue before a worker process."""

from __future__ import annotations

import logging
import queue
import subprocess
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from spanbridge_ingest.forward.frames import (
    Facts,
    Report,
    Stored,
    options_frame,
    request_frame,
    stop_frame,
    write_all,
)
from spanbridge_ingest.forward.notes import Notes
from spanbridge_ingest.forward.options import ForwardOptions
from spanbridge_ingest.store.base import Signal
from spanbridge_ingest.telemetry import Telemetry

_log = logging.getLogger(__name__)

_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 30.0
"""Between a worker's end and the start of the next."""
_LAST_STEPS_S: Final = 3.0
"""What a worker gets beyond its time to pass on, until it is killed."""


class _Held(NamedTuple):
    signal: Signal
    size: int


class _Ended(NamedTuple):
    """A worker closed its end of the pipe."""

    process: subprocess.Popen[bytes]


class _Stop:
    """Nothing comes after this."""


class Forwarder:
    """Takes stored requests and has a worker process pass them on.

    :meth:`offer` only counts and appends. Two threads do the rest: one starts the worker and writes
    to it, one reads its reports. They wait in system calls, without the interpreter's lock.
    """

    def __init__(
        self, options: ForwardOptions, telemetry: Telemetry, command: Sequence[str]
    ) -> None:
        """Args are the options, the metrics to count in and the worker's command line."""
        self._options = options
        self._telemetry = telemetry
        self._command = command
        self._lock = threading.Lock()
        self._held: dict[int, _Held] = {}
        self._held_bytes = 0
        self._last_number = 0
        self._closing = threading.Event()
        self._outbox: queue.SimpleQueue[Stored | _Ended | _Stop] = queue.SimpleQueue()
        self._process: subprocess.Popen[bytes] | None = None
        self._sent: set[int] = set()
        self._notes = Notes(_log)
        self._feeder = threading.Thread(target=self._feed, name="spanbridge-forward", daemon=True)
        telemetry.watch_forwarding(
            queue_bytes=lambda: self._held_bytes, queue_requests=lambda: len(self._held)
        )

    def start(self) -> None:
        """Start the worker."""
        self._feeder.start()

    def offer(self, signal: Signal, payload: bytes, facts: Facts) -> None:
        """Pass a stored request on, or count it as dropped. Never blocks, never raises."""
        limits = self._options.limits
        size = len(payload)
        with self._lock:
            full = (
                self._held_bytes + size > limits.queue_bytes
                or len(self._held) >= limits.queue_requests
            )
            if not full and not self._closing.is_set():
                self._held_bytes += size
                self._last_number += 1
                self._held[self._last_number] = _Held(signal, size)
                self._outbox.put(Stored(self._last_number, signal, facts, payload))
                return
        self._dropped(signal, "stopped" if self._closing.is_set() else "queue_full")

    def close(self) -> None:
        """Pass on what waits, for as long as the options say, and end the worker. Blocks."""
        with self._lock:
            self._closing.set()
            self._outbox.put(_Stop())
        self._feeder.join(self._options.limits.flush_s + _LAST_STEPS_S)
        if self._feeder.is_alive() and self._process is not None:
            self._process.kill()
            self._feeder.join()
        self._drop_held(list(self._held), "stopped")

    def _feed(self) -> None:
        """Run workers, one after the other, until told to stop."""
        pause_s = _FIRST_PAUSE_S
        while True:
            started = time.monotonic()
            try:
                if self._feed_one():
                    return
            except OSError as error:
                _log.error("the forwarding worker cannot be started: %s", error.strerror)
            lived_s = time.monotonic() - started
            pause_s = _FIRST_PAUSE_S if lived_s > _LONGEST_PAUSE_S else pause_s
            _log.error("the forwarding worker ended; another is started in %g s", pause_s)
            if self._closing.wait(pause_s):
                return
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _feed_one(self) -> bool:
        """Start a worker and write to it; False when it ended by itself."""
        # A session of its own: Ctrl-C is for the service, which then tells the worker.
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._process = process
        assert process.stdin is not None
        reader = threading.Thread(
            target=self._read, args=(process,), name="spanbridge-reports", daemon=True
        )
        reader.start()
        try:
            stopped = self._write(process, process.stdin.fileno())
        except BrokenPipeError:
            stopped = False
        process.stdin.close()
        if not stopped:
            process.kill()
        process.wait()
        reader.join()
        self._drop_held(self._sent, "stopped" if stopped else "worker_lost")
        self._sent.clear()
        return stopped

    def _write(self, process: subprocess.Popen[bytes], pipe: int) -> bool:
        """Write until the stop (True) or until the worker has ended (False)."""
        write_all(pipe, options_frame(self._options))
        while True:
            item = self._outbox.get()
            if isinstance(item, _Stop):
                write_all(pipe, stop_frame(self._options.limits.flush_s))
                return True
            if isinstance(item, _Ended):
                if item.process is process:
                    return False
                continue
            self._sent.add(item.number)
            write_all(pipe, request_frame(item))

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        try:
            with process.stdout:
                for line in process.stdout:
                    self._account(Report.decode(line))
        except Exception as error:
            # A worker that was killed may leave half a line.
            _log.error("a report cannot be read: %s", type(error).__qualname__)
        finally:
            self._outbox.put(_Ended(process))

    def _account(self, report: Report) -> None:
        undecodable = set(report.undecodable)
        for number, held in self._release(report.done):
            self._sent.discard(number)
            if number in undecodable:
                self._dropped(held.signal, "undecodable")
        self._telemetry.count_forwarded(
            report.delivered, report.dropped, report.retries, report.untranslated
        )

    def _drop_held(self, numbers: Iterable[int], reason: str) -> None:
        for _, held in self._release(numbers):
            self._dropped(held.signal, reason)

    def _release(self, numbers: Iterable[int]) -> list[tuple[int, _Held]]:
        """Take requests off the queue; the lock is never held while anything is logged."""
        released = []
        with self._lock:
            for number in numbers:
                held = self._held.pop(number, None)
                if held is not None:
                    self._held_bytes -= held.size
                    released.append((number, held))
        return released

    def _dropped(self, signal: Signal, reason: str) -> None:
        self._telemetry.forward_dropped_requests.labels(signal.value, reason).inc()
        self._notes.warn(
            reason,
            "a %s request is stored but not passed on to %s: %s",
            signal.value,
            self._options.destination,
            reason,
        )
