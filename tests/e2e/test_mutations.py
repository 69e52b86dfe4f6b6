"""Recorded requests with damage: whatever comes of them, it is a clear answer."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.e2e import raw
from tests.e2e.processes import Service
from tests.e2e.sending import LOGS, TRACES, GrpcSender
from tests.support.command import CORPUS

_FILES = sorted(CORPUS.glob("*/*.binpb"))
_TOGETHER = 6
_FINAL = {"OK", "INVALID_ARGUMENT"}

seeds = st.integers(0, 2**32 - 1)
damage = st.lists(
    st.tuples(st.sampled_from(_FILES), seeds, st.integers(1, 4)),
    min_size=1,
    max_size=_TOGETHER,
)


def bounded(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )


def send_damaged(service: Service, chosen: list[tuple]) -> None:
    """Send damaged requests and a good one together."""
    good = raw.fresh_id()
    sent = [(TRACES, raw.one_span(trace_id=good))]
    for file, seed, hits in chosen:
        signal = LOGS if file.name.endswith(".logs.binpb") else TRACES
        sent.append((signal, raw.damaged(file.read_bytes(), random.Random(seed), hits)))
    sender = GrpcSender(service.grpc)
    with ThreadPoolExecutor(len(sent)) as pool:
        answers = [answer.status for answer in pool.map(lambda s: sender(*s), sent)]
    sender.close()
    assert answers[0] == "OK"
    assert set(answers) <= _FINAL
    assert service.get(f"/api/traces/{good:032x}")[0] == 200
    assert service.get("/api/traces?limit=200")[0] == 200


@pytest.mark.slow
def test_damage_inside(service: Service) -> None:
    bounded(4)(given(chosen=damage)(lambda chosen: send_damaged(service, chosen)))()


@pytest.mark.slow
def test_much_damage_inside(service: Service) -> None:
    bounded(60)(given(chosen=damage)(lambda chosen: send_damaged(service, chosen)))()


@pytest.mark.parametrize("examples", [40, pytest.param(1000, marks=pytest.mark.slow)])
def test_damage_to_the_frame(service: Service, examples: int) -> None:
    """Cuts and foreign bytes at the top level are refused before the store sees them."""
    sender = GrpcSender(service.grpc)

    @bounded(examples)
    @given(st.sampled_from(_FILES), st.floats(0, 1, exclude_max=True), st.binary(max_size=3))
    def check(file, where, foreign) -> None:
        content = file.read_bytes()
        # The tag and length of the first frame stay: a few bytes alone can be a legal request.
        cut = 5 + int(where * (len(content) - 5))
        bad = content[:cut] + foreign if len(foreign) < len(content) - cut else content[:cut]
        assert sender(TRACES, bad).status == "INVALID_ARGUMENT"

    check()
    sender.close()
