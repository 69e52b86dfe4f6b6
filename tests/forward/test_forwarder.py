"""The queue and the worker process behind it."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from spanbridge_ingest.forward.forwarder import Forwarder
from spanbridge_ingest.forward.options import ForwardLimits, ForwardOptions
from spanbridge_ingest.store.base import Signal
from spanbridge_ingest.telemetry import Telemetry
from spanbridge_ingest.values import Headers, OtlpUrl
from tests.e2e.processes import free_port
from tests.forward.destinations import Say, grpc_destination, http_destination
from tests.support import otlp

WORKER = (sys.executable, "-m", "spanbridge_ingest.cli.forward_worker")


def until(condition: Callable[[], object], timeout_s: float = 60.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


class Running:
    def __init__(self, url: OtlpUrl, limits: ForwardLimits, command=WORKER) -> None:
        self.telemetry = Telemetry()
        options = ForwardOptions(url, headers=Headers(), limits=limits)
        self.forwarder = Forwarder(options, self.telemetry, command)

    def offer(self, *names: str) -> None:
        payload = otlp.traces(*names).SerializeToString()
        self.forwarder.offer(Signal.TRACES, payload, ())

    def value(self, name: str, **labels: str) -> float:
        return self.telemetry.registry.get_sample_value(name, labels) or 0.0

    def dropped(self, reason: str) -> float:
        name = "spanbridge_forward_dropped_requests_total"
        return self.value(name, signal="traces", reason=reason)

    @property
    def forwarded(self) -> float:
        return self.value("spanbridge_forwarded_records_total", signal="traces")

    @property
    def queued(self) -> tuple[float, float]:
        return (
            self.value("spanbridge_forward_queue_bytes"),
            self.value("spanbridge_forward_queue_requests"),
        )

    @property
    def pid(self) -> int:
        process = self.forwarder._process
        assert process is not None
        return process.pid


@contextmanager
def running(url: OtlpUrl, limits: ForwardLimits | None = None, **kwargs) -> Iterator[Running]:
    found = Running(url, limits or ForwardLimits(backoff_first_s=0.05, flush_s=2.0), **kwargs)
    found.forwarder.start()
    try:
        yield found
    finally:
        found.forwarder.close()


def test_what_is_offered_arrives_is_counted_and_leaves_the_queue() -> None:
    with http_destination() as (url, destination), running(url) as service:
        for n in range(100):
            service.offer(f"a{n}", f"b{n}")
        until(lambda: service.queued == (0, 0))
        assert len(destination.taken()) == 200
        assert service.forwarded == 200
    assert set(destination.taken().values()) == {1}


def test_the_queue_is_bounded_while_the_destination_is_away_and_delivered_later() -> None:
    port = free_port()
    away = OtlpUrl("otlp", "127.0.0.1", port)
    limits = ForwardLimits(queue_bytes=20_000, backoff_first_s=0.05, backoff_most_s=0.2)
    with running(away, limits) as service:
        most = 0.0
        for n in range(1000):
            service.offer(f"span{n}")
            most = max(most, service.queued[0])
        kept = int(1000 - service.dropped("queue_full"))
        assert 100 < kept < 400
        assert 15_000 < most <= 20_000
        # It takes no part in what the worker does with it: the numbers above are final.
        until(lambda: service.value("spanbridge_forward_retries_total") > 1)
        with grpc_destination(port=port) as (_, destination):
            until(lambda: service.queued == (0, 0))
        # What is new when the queue is full is what is not passed on.
        assert destination.taken() == {f"span{n}": 1 for n in range(kept)}


def test_requests_are_bounded_in_number_as_well() -> None:
    limits = ForwardLimits(queue_requests=5, flush_s=0.1)
    with running(OtlpUrl("otlp", "127.0.0.1", free_port()), limits) as service:
        for n in range(8):
            service.offer(f"span{n}")
        assert service.dropped("queue_full") == 3


def test_close_passes_on_what_waits() -> None:
    with grpc_destination() as (url, destination):
        with running(url) as service:
            for n in range(50):
                service.offer(f"span{n}")
        assert len(destination.taken()) == 50
        service.offer("late")
        assert service.dropped("stopped") == 1
        assert service.queued == (0, 0)


def test_close_is_bounded_when_the_destination_never_answers() -> None:
    with http_destination() as (url, destination):
        destination.always = Say(503, "60")
        with running(url, ForwardLimits(flush_s=0.5)) as service:
            service.offer("a")
            until(lambda: destination.attempts)
            started = time.monotonic()
        assert time.monotonic() - started < 5
    assert service.queued == (0, 0)
    assert service.value(
        "spanbridge_forward_dropped_records_total", signal="traces", reason="stopped"
    )


def test_a_worker_that_is_killed_is_replaced_and_what_it_had_is_counted() -> None:
    with http_destination() as (url, destination):
        destination.always = Say(503)
        with running(url) as service:
            service.offer("lost")
            until(lambda: destination.attempts)
            first = service.pid
            os.kill(first, signal.SIGKILL)
            until(lambda: service.dropped("worker_lost") == 1)
            assert service.queued == (0, 0)
            destination.always = Say()
            service.offer("next")
            until(destination.taken)
            assert service.pid != first
        assert destination.taken() == {"next": 1}


def test_half_a_report_of_a_worker_that_died_does_not_stop_the_next(caplog) -> None:
    broken = (sys.executable, "-c", "import os; os.write(1, b'{\"done\": [1'); os._exit(1)")
    with running(OtlpUrl("otlp", "127.0.0.1", 1), command=broken):
        until(lambda: "another is started in 2 s" in caplog.text)
    assert "a report cannot be read: JSONDecodeError" in caplog.text


def test_a_worker_that_hangs_delays_neither_an_offer_nor_a_stop_for_long() -> None:
    limits = ForwardLimits(queue_bytes=1 << 20, flush_s=0.1)
    with http_destination() as (url, destination):
        with running(url, limits) as service:
            service.offer("a")
            until(destination.taken)
            os.kill(service.pid, signal.SIGSTOP)
            for _ in range(100):
                # More than a pipe takes: whoever writes to it hangs as well.
                service.offer("x" * 20_000)
            assert service.dropped("queue_full") > 40
            started = time.monotonic()
        assert time.monotonic() - started < 6
        assert service.queued == (0, 0)


def test_a_worker_that_cannot_start_costs_requests_and_nothing_else(caplog) -> None:
    broken = (sys.executable, "-c", "raise SystemExit('cannot')")
    with running(OtlpUrl("otlp", "127.0.0.1", 1), command=broken) as service:
        service.offer("a")
        until(lambda: service.dropped("worker_lost") == 1 or "worker ended" in caplog.text)
    assert service.queued == (0, 0)
    assert service.dropped("worker_lost") + service.dropped("stopped") == 1


def test_the_worker_delivers_and_ends_when_the_service_is_gone() -> None:
    with http_destination(Say(503, "1")) as (url, destination):
        code = (
            "import sys, time;"
            "from tests.forward.test_forwarder import Running, ForwardLimits, OtlpUrl;"
            f"r = Running(OtlpUrl('http', '127.0.0.1', {url.port}, '/v1/traces'),"
            " ForwardLimits(flush_s=5));"
            "r.forwarder.start(); r.offer('orphan');"
            "time.sleep(1);"
            "print(r.pid, flush=True);"
            "import os; os.kill(os.getpid(), 9)"
        )
        import subprocess

        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == -signal.SIGKILL, done.stderr
        worker = int(done.stdout)
        until(destination.taken)
        until(lambda: not is_running(worker))
    assert destination.taken() == {"orphan": 1}


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_worker_that_is_not_there_is_told_in_the_log(caplog) -> None:
    with running(OtlpUrl("otlp", "127.0.0.1", 1), command=("/nowhere/python",)) as service:
        service.offer("a")
        until(lambda: "cannot be started: No such file" in caplog.text)
    assert service.dropped("stopped") == 1
    assert service.queued == (0, 0)
