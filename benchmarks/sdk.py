"""What tracing costs an application: spanbridge beside other ways, in one run.

    python benchmarks/sdk.py [--rounds 5] [--only span,stream] [--json]

Prints a table, or one JSON document. Each contender has an environment of its own below
``.cache/bench-sdk``, made with pip when it is missing. Every figure is the median of the rounds;
within a round the contenders take turns, each in a process of its own, so that what else the
machine does meets all of them. Spans go by OTLP/HTTP to a process that takes and forgets them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

PARTS = Path(__file__).with_name("sdk_parts")
sys.path.insert(0, str(PARTS))

from environments import PACKAGES, install, python, versions  # noqa: E402

LIBRARIES = {
    "none": "bare",
    "bare-sdk": "bare",
    "bare-sdk-orjson": "bare",
    "spanbridge-trace": "spanbridge",
    "spanbridge-block": "spanbridge",
    "mlflow-trace": "mlflow",
    "mlflow-block": "mlflow",
    "openinference": "openinference",
}
"""The environment of each contender."""

COLLECTORS = ("sink", "blocked", "absent")
ONE_EACH = ("bare-sdk", "spanbridge-trace", "mlflow-trace", "openinference")
PLAN = (
    ("span", [name for name in LIBRARIES if name != "none"], ["sink"], [1_000, 100_000]),
    ("disabled", ONE_EACH, ["sink"], [1_000]),
    ("stream", ("none", *ONE_EACH[1:]), ["sink"], [1_000]),
    ("collector", ONE_EACH, COLLECTORS, [1_000]),
)
"""What is measured, of whom, with which collectors and payloads of how many bytes."""

IMPORTS = {
    "bare": "import opentelemetry.sdk.trace",
    "spanbridge": "import spanbridge",
    "mlflow": "import mlflow",
    "openinference": "import openinference.instrumentation",
}
_IMPORT = """
import sys, time, json
before, start = len(sys.modules), time.perf_counter()
{statement}
took = time.perf_counter() - start
heavy = [n for n in ("grpc", "pandas", "clickhouse_connect", "openai", "httpx", "pydantic")
         if n in sys.modules]
print(json.dumps({{"ms": took * 1e3, "modules": len(sys.modules) - before, "heavy": heavy}}))
"""
_LIMIT_S = 180.0


@contextmanager
def serving(kind: str) -> Iterator[int]:
    """A server of that kind in a process of its own; its port."""
    with subprocess.Popen(
        [sys.executable, PARTS / "servers.py", kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        yield int(server.stdout.readline())
        assert server.stdin is not None
        server.stdin.close()


class Bench:
    """Runs measurements and keeps what they found."""

    def __init__(self, ports: Mapping[str, int], skipped: Mapping[str, str]) -> None:
        self._ports = ports
        self._skipped = skipped
        self.found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.failed: dict[str, str] = {}

    def round(self, only: set[str], first: bool) -> None:
        """Every measurement once; those that take long only in the first round."""
        if "import" in only:
            for library in IMPORTS:
                self._import(library)
        for what, names, collectors, sizes in PLAN:
            if what not in only or (what == "collector" and not first):
                continue
            for collector in collectors:
                for size in sizes:
                    for name in names:
                        self._measure(what, name, collector, size)

    def _import(self, library: str) -> None:
        if library in self._skipped:
            return
        code = _IMPORT.format(statement=IMPORTS[library])
        done = subprocess.run(
            [python(library), "-c", code], capture_output=True, text=True, env=_environment({})
        )
        self._keep(f"import {library}", done.stdout, done.stderr)

    def _measure(self, what: str, name: str, collector: str, size: int) -> None:
        key = f"{what} {name} {collector if what == 'collector' else size}"
        if LIBRARIES[name] in self._skipped or key in self.failed:
            return
        endpoint = f"http://127.0.0.1:{self._ports[collector]}/v1/traces"
        environment = _environment(
            {
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": endpoint,
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
                # Without one, mlflow-tracing looks for a store in files and fails to start.
                "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{self._ports['sink']}",
                "BENCHMARK_MODEL": f"http://127.0.0.1:{self._ports['model']}/v1",
            }
        )
        command = [python(LIBRARIES[name]), PARTS / "measure.py", what, name, str(size)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, env=environment, timeout=_LIMIT_S
            )
        except subprocess.TimeoutExpired as expired:
            ended, output = float("inf"), expired.stdout or b""
            self._keep(key, output.decode(), "it did not end", ended)
            return
        self._keep(key, done.stdout, done.stderr, time.monotonic())

    def _keep(self, key: str, output: str, errors: str, ended: float = 0.0) -> None:
        lines = [line for line in output.splitlines() if line.startswith("{")]
        if not lines:
            self.failed[key] = errors.strip()[-300:]
            return
        found = json.loads(lines[-1])
        if "ended_at" in found:
            # Of the same clock: how long the process took to end after its work was done.
            found["exit_s"] = ended - found.pop("ended_at")
        self.found[key].append(found)

    def medians(self) -> dict[str, dict[str, Any]]:
        """By measurement, the median of every figure."""
        return {
            key: {
                name: round(median(one[name] for one in runs), 2)
                if isinstance(value, int | float)
                else value
                for name, value in runs[0].items()
            }
            for key, runs in self.found.items()
        }


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "OTEL_", "MLFLOW_"))}
    return {**kept, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", **more}


Medians = Mapping[str, Mapping[str, Any]]


def table(medians: Medians) -> str:
    """What was found, for people: Markdown."""

    def cell(key: str, *names: str) -> str:
        found = medians.get(key)
        return " / ".join(f"{found[name]:.3g}" for name in names) if found else "-"

    spans, imports, collectors = [], [], []
    for name, library in LIBRARIES.items():
        disabled = cell(f"disabled {name} 1000", "added_us")
        stream = cell(f"stream {name} 1000", "caller_cpu_us", "cpu_us")
        sizes = [cell(f"span {name} {n}", "caller_cpu_us", "cpu_us") for n in (1_000, 100_000)]
        spans.append([name, *sizes, disabled, stream])
        waits = [cell(f"collector {name} {how}", "median_us", "p99_us") for how in COLLECTORS]
        if any(one != "-" for one in waits):
            ends = [cell(f"collector {name} {how}", "exit_s") for how in COLLECTORS]
            collectors.append([name, *waits, " / ".join(ends)])
        if medians.get(f"import {library}") and library not in [row[0] for row in imports]:
            imports.append([library, cell(f"import {library}", "ms"), medians[f"import {library}"]])
    for row in imports:
        row[2:] = [f"{row[2]['modules']:.0f}", ", ".join(row[2]["heavy"]) or "none"]
    return "\n".join(
        [
            *_rows(
                ["us: caller / CPU with export", "span of 1 kB", "100 kB", "disabled", "chunk"],
                spans,
            ),
            *_rows(["import", "ms", "modules", "heavy ones"], imports),
            *_rows(
                ["us of a call: median / p99", *COLLECTORS, "seconds to exit, of each"],
                collectors,
            ),
        ]
    )


def _rows(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows] if rows else []
    return [*("| " + " | ".join(map(str, line)) + " |" for line in lines), ""]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="import,span,disabled,stream,collector")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    skipped = {name: reason for name in PACKAGES if (reason := install(name))}
    with ExitStack() as stack:
        ports = {k: stack.enter_context(serving(k)) for k in ("sink", "blocked", "model")}
        ports["absent"] = 9  # the port of "discard", where nobody listens
        bench = Bench(ports, skipped)
        for number in range(arguments.rounds):
            bench.round(set(arguments.only.split(",")), first=number == 0)
    report = {
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "rounds": arguments.rounds,
        "versions": {name: versions(name) for name in PACKAGES if name not in skipped},
        "skipped": skipped,
        "failed": bench.failed,
        "medians": bench.medians(),
    }
    if arguments.json:
        print(json.dumps(report, indent=2))
        return
    print(table(report.pop("medians")))
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
