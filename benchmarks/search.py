"""Searching a large store. Prints a table per size of the store.

    python benchmarks/search.py [--traces 100000,1000000] [--store DIRECTORY] [--rounds 10]

The stores are those of ``benchmarks/listing.py``, with tags and feedback on some traces. What is
measured is finding the trace ids of a page of 100, which is what grows with the store; reading the
documents costs what they hold. Values vary from round to round: the engine remembers which rows
satisfied a condition. CPU time is that of all threads.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.listing import store_with
from spanbridge_ingest.query.errors import TooMuchError
from spanbridge_ingest.query.search.question import Question
from spanbridge_ingest.query.search.run import find
from spanbridge_ingest.query.search.sessions import find_sessions
from spanbridge_ingest.store import ClickHouseStore

_EDITS = Path(__file__).parent / "sql" / "generate_edits.sql"
_DAY_MS = 86_400_000

Filter = Callable[[int], str]


def fill_edits(store: ClickHouseStore, traces: int) -> None:
    """Tags and assessments, if there are none."""
    [(rows,)] = store.query("SELECT count() FROM trace_tags")
    if not rows:
        for statement in _EDITS.read_text("utf-8").split(";\n"):
            text = re.sub(r"\{traces:\w+\}", str(traces), statement)
            store.engine.command(text)


def questions(last_ms: int, traces: int) -> dict[str, Callable[[int], Question]]:
    """Questions by name; the round makes their values differ."""

    def asked(text: str, order: str = "") -> Callable[[int], Question]:
        def question(number: int) -> Question:
            values = {
                "n": number,
                "other": f"NOT tag.k{number} = 'x'",
                "day": last_ms - _DAY_MS - number,
                "session": (number * 7919) % (traces // 10),
                "word": f"{number * 2654435761 % 2**32:08x}"[:7],
            }
            return Question(filter=text.format(**values), order_by=[order] if order else [])

        return question

    return {
        "everything, newest first": asked(""),
        "status = 'ERROR', last day (1 in 50)": asked("status = 'ERROR' AND timestamp_ms > {day}"),
        "status = 'ERROR'": asked("status = 'ERROR'"),
        "status = 'IN_PROGRESS' (none)": asked("status = 'IN_PROGRESS' AND {other}"),
        "tag.env = 'production' (1 in 20)": asked("tag.env = 'production' AND {other}"),
        "tag.env = a value of none": asked("tag.env = 'env-{n}'"),
        "tag.reviewed = 'yes' (API, 1 in 40)": asked("tag.reviewed = 'yes' AND {other}"),
        "span.attributes = 'model-3' (1 in 7)": asked(
            "span.attributes.gen_ai.request.model = 'model-3' AND {other}"
        ),
        "span.attributes = a value of none": asked(
            "span.attributes.gen_ai.request.model = 'no-{n}'"
        ),
        "span.attributes, a key of none": asked("span.attributes.key{n} = 'x'"),
        "text LIKE '%word%', last day": asked("text LIKE '%{word}%' AND timestamp_ms > {day}"),
        "text LIKE '%word%'": asked("text LIKE '%{word}%'"),
        "feedback.quality < 0.1 (1 in 100)": asked("feedback.quality < 0.1 AND {other}"),
        "session_id = one of 10 traces": asked("session_id = '{session}'"),
        "user_id LIKE (1 in 50)": asked("user_id LIKE '%{n}7' AND status = 'ERROR'"),
        "span.type AND span.model AND status": asked(
            "span.type = 'TOOL' AND span.model = 'model-5' AND status = 'ERROR' AND {other}"
        ),
        "name != one (all)": asked("name != '{n}'"),
        "name = one of none": asked("name = '{n}'"),
        "execution_time_ms > more than any": asked("execution_time_ms > 9000{n}"),
        "NOT span.type = 'CHAT_MODEL' (none)": asked("NOT span.type = 'CHAT_MODEL' AND {other}"),
        "status = 'ERROR' ORDER BY execution_time": asked(
            "status = 'ERROR' AND {other}", "execution_time_ms DESC"
        ),
        "total_tokens > n, last day": asked("total_tokens > 20000 AND timestamp_ms > {day}"),
    }


def measure(store: ClickHouseStore, rounds: int) -> None:
    """Print what each question takes."""
    [(traces, last)] = store.query(
        "SELECT uniqExact(TraceId), toUnixTimestamp(max(Start)) FROM otel_traces_trace_id_ts"
    )
    [(spans,)] = store.query("SELECT count() FROM otel_traces")
    assert isinstance(traces, int)
    assert isinstance(last, int)
    print(f"\n{traces} traces, {spans} spans            found  ms: p50    p95    CPU")
    asked = questions(last * 1000, traces)
    works: dict[str, Callable[[int], int]] = {
        name: lambda n, q=question: len(find(store, q(n)).traces)  # type: ignore[misc]
        for name, question in asked.items()
    }
    works["sessions, newest first"] = lambda n: len(
        find_sessions(store, Question(max_results=100 - n % 7)).sessions
    )
    works["sessions with an ERROR"] = lambda n: len(
        find_sessions(store, Question(filter=f"status = 'ERROR' AND NOT tag.k{n} = 'x'")).sessions
    )
    for name, work in works.items():
        try:
            took = _measured(rounds, work)
        except TooMuchError as error:
            took = str(error)
        print(f"{name:44s} {took}", flush=True)


def _measured(rounds: int, work: Callable[[int], int]) -> str:
    found = work(10**6)
    took, cpu = [], []
    for number in range(rounds):
        started, used = time.perf_counter(), time.process_time()
        work(number)
        took.append((time.perf_counter() - started) * 1000)
        cpu.append((time.process_time() - used) * 1000)
    took.sort()
    late = took[min(int(rounds * 0.95), rounds - 1)]
    return f"{found:5d} {median(took):9.0f} {late:6.0f} {median(cpu):6.0f}"


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--traces", default="100000,1000000")
    parser.add_argument("--store", type=Path)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    for traces in map(int, options.traces.split(",")):
        with tempfile.TemporaryDirectory() as directory:
            base = options.store or Path(directory)
            with store_with(traces, base / str(traces)) as store:
                fill_edits(store, traces)
                measure(store, options.rounds)


if __name__ == "__main__":
    main()
