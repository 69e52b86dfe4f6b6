"""Ingestion, end to end over gRPC, beside two references, in one run. Prints one JSON document.

    python benchmarks/ingest.py [--seconds 10] [--sizes small,typical,large] [--concurrency 1,4,16]

``spans_per_cpu_s`` is spans per CPU second of the service (both its cores' worth of seconds), to
be compared with the same figure of the references: ``native`` inserts the same rows as a Native
block (the ceiling: no parsing, no decoding, GenAI columns computed all the same), ``python``
decodes with protobuf in Python and inserts with clickhouse-connect.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles

import grpc
from payloads import SIZES, TRACE_ID_MARK, request
from process import cpu, peak_rss_mb, rss_mb

_EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
_REQUEST_BYTES = 1 << 20
_IDLE_S = 5.0


class Service:
    """A ``spanbridge serve`` of its own, on free ports and a store that goes with it."""

    def __init__(self, *arguments: str) -> None:
        self._directory = tempfile.TemporaryDirectory()
        self._log = Path(self._directory.name) / "log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "spanbridge_ingest",
                    "serve",
                    "--store",
                    f"{self._directory.name}/store",
                    "--grpc",
                    "127.0.0.1:0",
                    "--http",
                    "127.0.0.1:0",
                    "--jaeger",
                    "off",
                    *arguments,
                ],
                stdout=log,
                stderr=log,
            )
        self.grpc, self.http = self._addresses()

    def _addresses(self) -> tuple[str, str]:
        info = Path(self._directory.name) / "store" / "service.json"
        for _ in range(600):
            if info.exists() and (found := json.loads(info.read_text())).get("grpc"):
                return str(found["grpc"]), str(found["http"])
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"the service did not start:\n{self._log.read_text()}")

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(60)
        self._directory.cleanup()


async def _drive(
    address: str, requests: list[bytes], concurrency: int, seconds: float
) -> dict[str, object]:
    latencies: list[float] = []
    sent = 0
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    options = [("grpc.max_send_message_length", 64 << 20)]

    async def worker(n: int) -> None:
        nonlocal sent
        async with grpc.aio.insecure_channel(address, options=options) as channel:
            export = channel.unary_unary(_EXPORT)
            while loop.time() < until:
                payload = _with_new_id(requests[n % len(requests)])
                started = loop.time()
                await export(payload)
                latencies.append(loop.time() - started)
                sent += 1
                n += concurrency

    started = loop.time()
    await asyncio.gather(*(worker(n) for n in range(concurrency)))
    cut = quantiles(latencies, n=100) if len(latencies) > 1 else latencies * 99
    return {
        "requests": sent,
        "seconds": loop.time() - started,
        "ack_ms": {p: round(cut[int(p[1:]) - 1] * 1000, 1) for p in ("p50", "p90", "p99")},
    }


def _with_new_id(payload: bytes) -> bytes:
    """The request with another trace id in its first span: byte-identical ones are stored once."""
    at = payload.index(TRACE_ID_MARK)
    return (
        payload[:at] + secrets.token_bytes(len(TRACE_ID_MARK)) + payload[at + len(TRACE_ID_MARK) :]
    )


def measure(size: str, concurrency: int, seconds: float) -> dict[str, object]:
    """Drive a fresh service with requests of about 1 MiB."""
    spans = max(1, _REQUEST_BYTES // SIZES[size])
    rng = random.Random(7)
    requests = [request(rng, spans, SIZES[size]) for _ in range(8)]
    service = Service()
    try:
        pid = service.process.pid
        asyncio.run(_drive(service.grpc, requests, concurrency, 2.0))
        before, idle_rss = cpu(pid), rss_mb(pid)
        driven = asyncio.run(_drive(service.grpc, requests, concurrency, seconds))
        used = cpu(pid) - before
        idle = cpu(pid)
        time.sleep(_IDLE_S)
        idle_share = (cpu(pid) - idle).total_s / _IDLE_S
        total = int(str(driven["requests"])) * spans
        took = float(str(driven["seconds"]))
        return {
            "size": size,
            "concurrency": concurrency,
            "spans_per_s": round(total / took),
            "mb_per_s": round(total * len(requests[0]) / spans / took / 1e6, 1),
            "spans_per_cpu_s": round(total / used.total_s),
            "cpu_us_per_span": {
                "python": round(used.python_s / total * 1e6, 1),
                "engine": round(used.engine_s / total * 1e6, 1),
            },
            "ack_ms": driven["ack_ms"],
            "rss_mb": {"before": round(idle_rss), "peak": round(peak_rss_mb(pid))},
            "idle_cpu_percent": round(idle_share * 100, 2),
        }
    finally:
        service.close()


def reference(name: str, size: str) -> dict[str, object]:
    """Run one reference in a process of its own."""
    script = Path(__file__).with_name("references.py")
    done = subprocess.run(
        [sys.executable, script, name, size], capture_output=True, text=True, check=True
    )
    found: dict[str, object] = json.loads(done.stdout)
    return {"reference": name, "size": size, **found}


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--sizes", default="small,typical,large")
    parser.add_argument("--concurrency", default="1,4,16")
    arguments = parser.parse_args()
    sizes = arguments.sizes.split(",")
    runs = [
        measure(size, int(concurrency), arguments.seconds)
        for size in sizes
        for concurrency in arguments.concurrency.split(",")
    ]
    references = [reference(name, size) for size in sizes for name in ("native", "python")]
    best = {s: max(float(str(r["spans_per_cpu_s"])) for r in runs if r["size"] == s) for s in sizes}
    ceiling = {
        str(r["size"]): float(str(r["spans_per_cpu_s"]))
        for r in references
        if r["reference"] == "native"
    }
    document = {
        "machine": {"cpus": len(os.sched_getaffinity(0)), "python": platform.python_version()},
        "runs": runs,
        "references": references,
        "share_of_ceiling_per_cpu_s": {s: round(best[s] / ceiling[s], 2) for s in sizes},
    }
    print(json.dumps(document, indent=2))


if __name__ == "__main__":
    main()
