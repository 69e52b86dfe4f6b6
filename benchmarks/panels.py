"""How long the queries of the Grafana dashboards take over a generated week. Prints a table.

    python -m benchmarks.panels [--spans 1000000] [--store DIRECTORY] [--rounds 5] [--json]

Every query is asked as Grafana asks it, over the whole week at once, with All chosen everywhere
and, where one is shown, the session with the most traces. The first round is left out. CPU time, of
all threads, is there for machines that do other work meanwhile. With ``--store`` the store stays,
and is used again if it is there.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.week import fill
from spanbridge_ingest.store import open_store
from spanbridge_ingest.store.calls import CallKeeper
from tests.grafana.questions import QUESTIONS, Reader, handle


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spans", type=int, default=1_000_000)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        directory = options.store or Path(folder) / "store"
        begin, end = made(directory, options.spans)
        with closing(Reader(handle(directory), begin, end)) as reader:
            rows = list(measured(reader, options.rounds))
    rows.sort(key=lambda row: row["cpu_s"], reverse=True)
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    print(f"{'query':<52}{'median wall, s':>16}{'least':>8}{'CPU':>8}{'rows':>8}")
    for row in rows:
        print(
            f"{row['query']:<52}{row['wall_s']:>16.2f}{row['least_wall_s']:>8.2f}"
            f"{row['cpu_s']:>8.2f}{row['rows']:>8}"
        )


def made(directory: Path, spans: int) -> tuple[int, int]:
    """Make the week unless it is there; its begin and end."""
    with closing(open_store(directory=directory)) as store:
        [(there,)] = store.query("SELECT count() FROM otel_traces")
        if not there:
            fill(store.engine, spans=spans)
        CallKeeper(store.engine, store.database).run()
        [(begin, end)] = store.query(
            "SELECT toUnixTimestamp(min(Timestamp)), toUnixTimestamp(max(Timestamp)) + 1 "
            "FROM otel_traces"
        )
    return int(str(begin)), int(str(end))


def measured(reader: Reader, rounds: int) -> Iterator[dict[str, Any]]:
    for question in QUESTIONS:
        took = []
        for _ in range(rounds + 1):
            wall, cpu = time.perf_counter(), time.process_time()
            answer = reader.ask(question.sql)
            took.append((time.perf_counter() - wall, time.process_time() - cpu))
        walls, cpus = zip(*took[1:], strict=True)
        yield {
            "query": question.place,
            "wall_s": round(median(walls), 3),
            "least_wall_s": round(min(walls), 3),
            "cpu_s": round(median(cpus), 3),
            "rows": len(answer.result_rows),
        }


if __name__ == "__main__":
    main()
