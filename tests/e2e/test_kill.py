"""``kill -9`` under load: what was acknowledged is there once, and so is what was sent again."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.e2e.accounts import assert_exactly_once
from tests.e2e.load import Ledger, load
from tests.e2e.processes import Service, running, wait_until

_LONGEST_LIFE_S = 1.5


def kill_under_load(service: Service, kills: int, chance: random.Random) -> Ledger:
    with load(service.grpc, service.http, senders=6) as (ledger, finish):
        for number in range(kills):
            before = len(ledger)
            wait_until(lambda before=before: len(ledger) > before, "an acknowledgement")
            time.sleep(chance.uniform(0, _LONGEST_LIFE_S))
            service.kill()
            if number % 3 == 2:
                # And while it starts, which is when it repairs what the last kill left.
                service.launch()
                time.sleep(chance.uniform(1, 4))
                service.kill()
            service.start()
        finish()
    attempts = ledger.attempts()
    print(f"{len(ledger)} requests, {sum(ledger.keys('traces').values())} spans, {attempts=}")
    assert attempts["UNAVAILABLE"] > 0
    assert attempts["connection"] > 0
    assert service.stop() == 0
    return ledger


@pytest.mark.parametrize(
    "kills", [1, pytest.param(10, marks=[pytest.mark.slow, pytest.mark.chaos])]
)
def test_nothing_is_lost_or_stored_twice(empty_store: Path, tmp_path: Path, kills: int) -> None:
    seed = random.randrange(1 << 32)
    print(f"{seed=}")
    with running(tmp_path, "--store", empty_store) as service:
        ledger = kill_under_load(service, kills, random.Random(seed))
    assert_exactly_once(empty_store, ledger)
    assert "Traceback" not in service.errors
    print(service.errors)
