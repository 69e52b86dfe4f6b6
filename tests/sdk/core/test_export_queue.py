"""The queue in front of the exporter: what it sends when, what it drops, and that nobody waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import SpanContext, TraceFlags

from spanbridge.pipeline.export_queue import ExportQueue, QueueLimits

Queue = Callable[..., ExportQueue]
_NEVER_S = 3600.0
_SOON_S = 20.0


def span(name: str = "span", text: str = "", sampled: bool = True) -> ReadableSpan:
    context = SpanContext(1, 1, is_remote=False, trace_flags=TraceFlags(int(sampled)))
    return ReadableSpan(name=name, context=context, attributes={"text": text})


class Exporter(SpanExporter):
    """Keeps what it gets; waits while it is blocked; fails as often as it is told to."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.open = threading.Event()
        self.open.set()
        self.entered = threading.Event()
        self.failures = 0
        self.raises: Exception | None = None
        self.shut_down = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.entered.set()
        self.open.wait()
        if self.failures:
            self.failures -= 1
            if self.raises is not None:
                raise self.raises
            return SpanExportResult.FAILURE
        self.batches.append([one.name for one in spans])
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        self.shut_down += 1

    @property
    def names(self) -> list[str]:
        return [name for batch in self.batches for name in batch]


@pytest.fixture
def exporter() -> Exporter:
    return Exporter()


@pytest.fixture
def queue(exporter: Exporter) -> Iterator[Queue]:
    made: list[ExportQueue] = []

    def make(
        size: int = 2048, batch: int = 512, delay_s: float = _NEVER_S, most: int = 2**30
    ) -> ExportQueue:
        made.append(ExportQueue(lambda: exporter, QueueLimits(size, batch, delay_s, most)))
        return made[-1]

    yield make
    exporter.open.set()
    for one in made:
        one.shutdown(1000)


def test_a_flush_sends_what_waits_in_order(queue: Queue, exporter: Exporter) -> None:
    waiting = queue()
    assert waiting.force_flush(0)
    for number in range(5):
        waiting.on_end(span(str(number)))
    assert waiting.force_flush()
    assert exporter.batches == [["0", "1", "2", "3", "4"]]
    assert waiting.force_flush()
    assert len(exporter.batches) == 1


def test_what_is_not_sampled_is_not_sent(queue: Queue, exporter: Exporter) -> None:
    waiting = queue()
    waiting.on_end(span(sampled=False))
    waiting.on_end(ReadableSpan(name="no context"))
    assert waiting.force_flush()
    assert exporter.batches == []


def test_a_full_batch_is_sent_at_once(queue: Queue, exporter: Exporter) -> None:
    waiting = queue(batch=3)
    waiting.on_end(span())
    waiting.on_end(span())
    assert not exporter.entered.wait(0.05)
    waiting.on_end(span())
    assert exporter.entered.wait(_SOON_S)


def test_others_are_sent_after_the_delay(queue: Queue, exporter: Exporter) -> None:
    queue(delay_s=0.02).on_end(span())
    assert exporter.entered.wait(_SOON_S)


def test_batches_have_a_length_and_a_size(queue: Queue, exporter: Exporter) -> None:
    waiting = queue(batch=3)
    exporter.open.clear()
    waiting.on_end(span("first"))
    waiting.force_flush(0)
    exporter.entered.wait(_SOON_S)
    for number in range(4):
        waiting.on_end(span(f"small{number}"))
    for number in range(3):
        waiting.on_end(span(f"great{number}", "x" * 1_500_000))
    # Three bytes a character, so that one of them alone is more than a batch should have.
    waiting.on_end(span("greatest", "\u3042" * 3_000_000))
    exporter.open.set()
    assert waiting.force_flush()
    assert exporter.batches == [
        ["first"],
        ["small0", "small1", "small2"],
        ["small3", "great0"],
        ["great1"],
        ["great2"],
        ["greatest"],
    ]


def test_a_blocked_exporter_holds_up_nobody_and_the_newest_are_dropped(
    queue: Queue, exporter: Exporter, caplog: pytest.LogCaptureFixture
) -> None:
    waiting = queue(size=4, batch=1)
    exporter.open.clear()
    waiting.on_end(span("in flight"))
    assert exporter.entered.wait(_SOON_S)
    # Were any of these to wait, it would wait for ever.
    for number in range(10):
        waiting.on_end(span(str(number)))
    assert not waiting.force_flush(10)
    assert [record.message for record in caplog.records] == [
        "spans lost so far: 1; the queue is full"
    ]
    exporter.open.set()
    assert waiting.force_flush()
    assert exporter.names == ["in flight", "0", "1", "2", "3"]


def test_the_memory_that_waits_is_bounded(
    queue: Queue, exporter: Exporter, caplog: pytest.LogCaptureFixture
) -> None:
    waiting = queue(batch=1, most=10_000_000)
    exporter.open.clear()
    waiting.on_end(span("in flight"))
    assert exporter.entered.wait(_SOON_S)
    for number in range(30):
        waiting.on_end(span(str(number), "x" * 1_000_000))
    assert "the queue is full" in caplog.text
    exporter.open.set()
    assert waiting.force_flush()
    assert exporter.names == ["in flight", *map(str, range(10))]
    # What was taken away is free again, and one span is taken however great it is.
    waiting.on_end(span("greatest", "x" * 20_000_000))
    assert waiting.force_flush()
    assert exporter.names[-1] == "greatest"


def test_several_threads_flush_and_end_at_once(queue: Queue, exporter: Exporter) -> None:
    waiting = queue(size=100_000, batch=7)
    flushed: list[bool] = []

    def work(name: str) -> None:
        for number in range(100):
            waiting.on_end(span(f"{name}{number}"))
            if number % 10 == 0:
                flushed.append(waiting.force_flush())

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert waiting.force_flush()
    assert flushed == [True] * 40
    assert sorted(exporter.names) == sorted(f"{name}{n}" for name in "abcd" for n in range(100))
    assert [n for n in exporter.names if n[0] == "a"] == [f"a{n}" for n in range(100)]


@pytest.mark.parametrize("raises", [None, OSError("down")])
def test_what_failed_is_tried_again_in_its_place(
    queue: Queue, exporter: Exporter, raises: Exception | None
) -> None:
    waiting = queue(batch=2)
    exporter.failures, exporter.raises = 2, raises
    waiting.on_end(span("0"))
    assert not waiting.force_flush()
    waiting.on_end(span("1"))
    assert not waiting.force_flush()
    waiting.on_end(span("2"))
    assert waiting.force_flush()
    assert exporter.names == ["0", "1", "2"]


def test_what_fails_for_ever_is_dropped_and_does_not_stand_in_the_way(
    queue: Queue, exporter: Exporter, caplog: pytest.LogCaptureFixture
) -> None:
    waiting = queue(batch=1)
    exporter.open.clear()
    for name in ("poison", "good"):
        waiting.on_end(span(name))
    exporter.failures = 5
    exporter.open.set()
    results = [waiting.force_flush() for _ in range(6)]
    assert results[-1] is True
    assert not results[0]
    assert exporter.names == ["good"]
    assert "spans lost so far: 1; they could not be sent" in caplog.text


def test_an_exporter_that_cannot_be_made_is_tried_again(
    exporter: Exporter, caplog: pytest.LogCaptureFixture
) -> None:
    attempts: list[int] = []

    def make() -> SpanExporter:
        attempts.append(1)
        if len(attempts) == 1:
            raise ValueError("private")
        return exporter

    waiting = ExportQueue(make, QueueLimits(schedule_delay_s=_NEVER_S))
    waiting.on_end(span())
    assert not waiting.force_flush()
    assert waiting.force_flush()
    assert exporter.names == ["span"]
    assert "private" not in caplog.text
    waiting.shutdown()


def test_shut_down_it_sends_the_rest_and_takes_no_more(
    queue: Queue, exporter: Exporter, caplog: pytest.LogCaptureFixture
) -> None:
    waiting = queue()
    waiting.on_end(span("last"))
    thread = next(t for t in threading.enumerate() if t.name == "spanbridge-export")
    waiting.shutdown()
    waiting.shutdown()
    thread.join(_SOON_S)
    assert not thread.is_alive()
    assert (exporter.names, exporter.shut_down) == (["last"], 1)
    waiting.on_end(span("too late"))
    assert waiting.force_flush()
    assert exporter.names == ["last"]
    assert "tracing has shut down" in caplog.text


def test_shut_down_ends_in_time_and_tells_what_is_lost(
    queue: Queue, exporter: Exporter, caplog: pytest.LogCaptureFixture
) -> None:
    waiting = queue(batch=1)
    exporter.open.clear()
    waiting.on_end(span("in flight"))
    assert exporter.entered.wait(_SOON_S)
    for _ in range(3):
        waiting.on_end(span())
    waiting.shutdown(20)
    assert "spans lost so far: 4; they could not be sent before the process ended" in caplog.text


def test_a_slow_exporter_is_waited_for_longer_than_one_that_hangs(
    queue: Queue, exporter: Exporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = queue(batch=1)
    export = exporter.export

    def slowly(spans: Sequence[ReadableSpan]) -> SpanExportResult:
        time.sleep(0.4)
        return export(spans)

    monkeypatch.setattr(exporter, "export", slowly)
    for number in range(4):
        waiting.on_end(span(str(number)))
    waiting.shutdown(1000)
    assert exporter.names == ["0", "1", "2", "3"]


def test_a_failing_exporter_is_not_asked_for_every_batch_at_the_end(
    queue: Queue, exporter: Exporter, caplog: pytest.LogCaptureFixture
) -> None:
    waiting = queue(batch=1)
    exporter.open.clear()
    for _ in range(4):
        waiting.on_end(span())
    assert exporter.entered.wait(_SOON_S)
    exporter.failures = 100
    exporter.open.set()
    waiting.shutdown(10_000)
    assert exporter.failures >= 97
    assert exporter.names == []


def test_a_thread_that_has_died_is_replaced(queue: Queue, exporter: Exporter) -> None:
    waiting = queue()
    died: list[object] = []
    hook, threading.excepthook = threading.excepthook, lambda args: died.append(args.exc_type)
    try:
        exporter.failures, exporter.raises = 1, SystemExit()  # type: ignore[assignment]
        waiting.on_end(span("lost"))
        assert not waiting.force_flush(200)
    finally:
        threading.excepthook = hook
    waiting.on_end(span("next"))
    assert waiting.force_flush()
    assert exporter.names == ["next"]


def test_exporting_does_not_record_itself(queue: Queue, exporter: Exporter) -> None:
    from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, get_value

    seen: list[object] = []
    exporter.export = lambda spans: (  # type: ignore[method-assign]
        seen.append(get_value(_SUPPRESS_INSTRUMENTATION_KEY)) or SpanExportResult.SUCCESS  # type: ignore[func-returns-value]
    )
    waiting = queue()
    waiting.on_end(span())
    assert waiting.force_flush()
    assert seen == [True]


def test_a_destructor_that_ends_a_span_while_a_thread_is_started_does_not_lock(
    queue: Queue, exporter: Exporter
) -> None:
    waiting = queue(batch=1)
    with waiting._starting:
        waiting.on_end(span("ended inside"))
    waiting.on_end(span("next"))
    assert waiting.force_flush()
    assert exporter.names == ["ended inside", "next"]
