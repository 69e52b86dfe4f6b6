from __future__ import annotations

from spanbridge_ingest.forward.hold import Hold
from spanbridge_ingest.forward.options import ForwardLimits
from spanbridge_ingest.forward.records import whole
from spanbridge_ingest.store.base import Signal
from tests.support import otlp

LIMITS = ForwardLimits(settle_most_s=5.0)


def add(hold: Hold, key: str, now: float, number: int = 1, facts=(), pad: int = 0) -> None:
    hold.add(key, number, Signal.TRACES, facts, whole(otlp.traces(key + "." * pad)), now)


def keys(hold: Hold, now: float) -> list[str]:
    parts = hold.take(now)
    return [
        p.pieces[0].source.resource_spans[0].scope_spans[0].spans[0].name.rstrip(".") for p in parts
    ]


def test_a_part_is_due_when_nothing_was_added_for_the_settling_time() -> None:
    hold = Hold(LIMITS, 2.0)
    assert hold.due_in(0.0) is None
    add(hold, "a", 0.0)
    assert hold.due_in(0.5) == 1.5
    assert keys(hold, 1.9) == []
    add(hold, "a", 1.5, number=2)
    assert keys(hold, 2.5) == []
    (part,) = hold.take(3.5)
    assert part.requests == [1, 2]
    assert len(part.pieces) == 2
    assert len(hold) == 0


def test_additions_do_not_put_it_off_for_ever_and_order_stays_that_of_what_is_due() -> None:
    hold = Hold(LIMITS, 2.0)
    for now in range(6):
        add(hold, "busy", float(now))
    add(hold, "quiet", 4.5)
    # 5.0 was the last time that could be reached: added at 3, due at 5.
    assert keys(hold, 4.9) == []
    assert keys(hold, 5.0) == ["busy"]
    assert hold.due_in(5.0) == 1.5
    assert keys(hold, 6.5) == ["quiet"]


def test_batches_are_bounded_in_bytes_but_one_part_always_goes() -> None:
    hold = Hold(ForwardLimits(batch_bytes=1000), 0.0)
    for number, (key, pad) in enumerate([("a", 400), ("b", 400), ("c", 400), ("d", 5000)]):
        add(hold, key, 0.0, number, pad=pad)
    assert [keys(hold, 0.0) for _ in range(4)] == [["a", "b"], ["c"], ["d"], []]


def test_different_facts_do_not_share_a_batch() -> None:
    hold = Hold(LIMITS, 0.0)
    add(hold, "a", 0.0)
    add(hold, "b", 0.0, facts=(("x", "1"),))
    add(hold, "c", 0.0, facts=(("x", "1"),))
    assert [keys(hold, 0.0) for _ in range(2)] == [["a"], ["b", "c"]]


def test_half_a_queue_does_not_wait_any_longer() -> None:
    hold = Hold(ForwardLimits(queue_bytes=2000), 60.0)
    add(hold, "a", 0.0, pad=600)
    assert hold.due_in(0.0) == 60.0
    add(hold, "b", 0.0, pad=600)
    assert hold.due_in(0.0) == 0.0
    assert keys(hold, 0.0) == ["a"]
    assert keys(hold, 0.0) == []
