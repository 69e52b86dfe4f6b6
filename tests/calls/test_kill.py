"""Whatever moment it is killed at, the table becomes right."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks import week
from spanbridge_ingest.store import open_store
from spanbridge_ingest.store.calls import CallKeeper
from tests.calls.comparing import judged, kept
from tests.query.loading import embedded_store

pytestmark = pytest.mark.slow

KEEPING = Path(__file__).with_name("keeping.py")


def test_kill_9_in_the_middle(tmp_path: Path) -> None:
    rng = random.Random(1)
    directory = tmp_path / "store"
    with embedded_store(directory) as store:
        week.fill(store.engine, 3_000)
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, str(KEEPING), str(directory)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if line == "done\n" or rng.random() < 0.5:
                    break
            time.sleep(rng.random())
            process.kill()

    with closing(open_store(directory=directory)) as store:
        CallKeeper(store.engine, store.database).run()
        assert kept(store) == judged(store) != []
