"""How exactly recorded traces are read, field by field, against what really happened.

    python -m benchmarks.fidelity [--corpus PATH] [--emitter NAME ...] [--json] [--check]

Every recording goes into a store of its own kind, and what is judged is what a user gets: the
trace document. A fact counts as applicable when the recording contains it in any form
(`benchmarks.fidelity.recorded`), or when the document says something the recording does not.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from rich.console import Console

from benchmarks.fidelity import leaves, report
from benchmarks.fidelity.fields import Case, findings
from benchmarks.fidelity.report import Measured
from spanbridge_ingest.query.traces import trace_documents
from tests.query.loading import embedded_store, write

HERE = Path(__file__).parent
CORPUS = HERE.parents[1] / "tests" / "corpus"
_TABLE_WIDTH = 250
_READ_AT_ONCE = 50


def main() -> int:
    """Measure, print, and say with ``--check`` whether all misses are declared."""
    arguments = _arguments()
    index = _index(arguments.corpus, arguments.emitter)
    measured = list(measure(arguments.corpus, index))
    declared = report.read_declarations(HERE / "misses.yaml")
    missed = report.misses(measured, declared)
    no_longer = report.outdated(measured, missed, declared)
    if arguments.json:
        print(json.dumps(report.as_json(measured, missed, no_longer), indent=1))
    else:
        width = None if sys.stdout.isatty() else _TABLE_WIDTH
        report.show(Console(width=width), measured, missed, no_longer)
    return int(arguments.check and not report.holds(missed, no_longer))


def measure(corpus: Path, index: list[dict[str, Any]]) -> Iterator[Measured]:
    """Load the cases into an empty store and judge each one's documents."""
    with (
        tempfile.TemporaryDirectory() as directory,
        embedded_store(Path(directory) / "store") as store,
    ):
        traces = [corpus / entry["file"] for entry in index]
        logs = [corpus / entry["logs"] for entry in index if entry.get("logs")]
        write(store, *(ExportTraceServiceRequest.FromString(p.read_bytes()) for p in traces))
        if logs:
            write(store, *(ExportLogsServiceRequest.FromString(p.read_bytes()) for p in logs))
        for begin in range(0, len(index), _READ_AT_ONCE):
            some = [(e, _recording(corpus, e)) for e in index[begin : begin + _READ_AT_ONCE]]
            read = trace_documents(store, sorted({i for _, own in some for i in _ids(own)}))
            for entry, recording in some:
                documents = [read[trace_id] for trace_id in _ids(recording)]
                name = f"{entry['dialect']}/{entry['case']}"
                case = Case(name, entry["expected"], recording, documents)
                yield Measured(entry["dialect"], entry["case"], findings(case))


def _recording(corpus: Path, entry: dict[str, Any]) -> leaves.Recording:
    logs = corpus / entry["logs"] if entry.get("logs") else None
    return leaves.read(corpus / entry["file"], logs)


def _ids(recording: leaves.Recording) -> list[str]:
    return list(dict.fromkeys(span.trace_id for span in recording.spans))


def _index(corpus: Path, dialects: list[str]) -> list[dict[str, Any]]:
    path = corpus / "index.json"
    if not path.is_file():
        raise SystemExit(f"{path} is not there: --corpus takes a folder with an index.json")
    index: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    chosen = [entry for entry in index if not dialects or entry["dialect"] in dialects]
    if not chosen:
        known = ", ".join(sorted({entry["dialect"] for entry in index}))
        raise SystemExit(f"no case of {', '.join(dialects)} in {path}; there are: {known}")
    return chosen


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="fidelity", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="folder with an index.json")
    parser.add_argument("--emitter", action="append", default=[], help="a folder; repeatable")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument(
        "--check",
        action="store_true",
        help="exit with 1 if a miss is undeclared, or a declared one is missed no longer",
    )
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
