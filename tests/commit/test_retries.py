from __future__ import annotations

from spanbridge_ingest.commit.entry import GroupKey
from spanbridge_ingest.commit.retries import RetryWindow, request_hash
from spanbridge_ingest.store.base import Signal


def window(now: list[float], entries: int = 100) -> RetryWindow:
    return RetryWindow(10.0, entries, lambda: now[0])


def test_the_hash_covers_signal_facts_and_content():
    keys = [
        GroupKey(Signal.TRACES, ()),
        GroupKey(Signal.LOGS, ()),
        GroupKey(Signal.TRACES, (("a", "bc"),)),
        GroupKey(Signal.TRACES, (("ab", "c"),)),
        GroupKey(Signal.TRACES, (("a", "b"), ("c", ""))),
    ]
    hashes = {request_hash(key, payload) for key in keys for payload in (b"", b"x", b"abc")}
    assert len(hashes) == 15
    assert {len(digest) for digest in hashes} == {16}
    assert request_hash(keys[0], b"x") == request_hash(GroupKey(Signal.TRACES, ()), b"x")


def test_a_committed_request_is_known_until_the_window_ends():
    now = [0.0]
    known = window(now)
    known.commit(b"1", {"bad_id": 2})
    now[0] = 9.9
    assert known.committed(b"1") == {"bad_id": 2}
    now[0] = 10.0
    assert known.committed(b"1") is None
    assert len(known) == 0


def test_the_oldest_are_forgotten_when_there_are_too_many():
    known = window([0.0], entries=3)
    for name in (b"1", b"2", b"3", b"4"):
        known.commit(name, {})
    assert known.committed(b"1") is None
    assert known.committed(b"4") == {}
    assert len(known) == 3


def test_what_the_store_remembers_is_loaded_and_does_not_replace_what_is_known():
    known = window([0.0])
    known.commit(b"1", {"bad_id": 1})
    known.load({b"1": None, b"2": None, b"3": [{"a": 1}, {"a": 2, "b": 1}]})
    assert known.committed(b"1") == {"bad_id": 1}
    assert known.committed(b"2") == {}
    assert known.committed(b"3") == {"a": 3, "b": 1}
