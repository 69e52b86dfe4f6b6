"""What forwarding costs the ingest: the same load without it, passed on as is, and translated.

    python benchmarks/forwarding.py [--seconds 10] [--rounds 3] [--rate 4]

Prints one JSON document. ``steady`` sends a fixed number of requests a second, whatever the answers
take; ``full`` has four clients that each send as soon as they are answered. Each round starts every
kind of service anew, one after the other, so that what else the machine does meets all of them. The
destination takes everything and does nothing, in a process of its own on the same cores.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import re
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from statistics import median, quantiles

import grpc
from payloads import request
from process import cpu

from ingest import Service

_EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
_SPANS, _SPAN_BYTES = 64, 3_000
_KINDS = {"off": [], "none": ["none"], "mlflow": ["mlflow"], "openinference": ["openinference"]}
_CLIENTS = 4
_WARM_UP = 8
_FLUSH_S = "0"


def sink() -> None:
    """Take OTLP/gRPC and forget it; prints the port."""
    server = grpc.server(ThreadPoolExecutor(2))
    handler = grpc.unary_unary_rpc_method_handler(lambda body, context: b"")
    service = _EXPORT.split("/")[1]
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(service, {"Export": handler}),)
    )
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    server.wait_for_termination()


async def drive(
    address: str, requests: list[bytes], rate: float | None, seconds: float
) -> dict[str, float]:
    """Send, at a fixed rate or with clients that wait for answers; latencies in ms."""
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    numbers = count()
    options = [("grpc.max_send_message_length", 64 << 20)]
    async with grpc.aio.insecure_channel(address, options=options) as channel:
        export = channel.unary_unary(_EXPORT)

        async def send() -> None:
            started = loop.time()
            await export(requests[next(numbers)])
            latencies.append((loop.time() - started) * 1000)

        async def client() -> None:
            while loop.time() < until:
                await send()

        for _ in range(_WARM_UP):
            await send()
        latencies.clear()
        begun = loop.time()
        until = begun + seconds
        if rate is None:
            await asyncio.gather(*(client() for _ in range(_CLIENTS)))
        else:
            sending = []
            for n in range(int(rate * seconds)):
                await asyncio.sleep(max(0.0, begun + n / rate - loop.time()))
                sending.append(asyncio.create_task(send()))
            await asyncio.gather(*sending)
        took = loop.time() - begun
    cut = quantiles(latencies, n=100)
    spans_per_s = len(latencies) * _SPANS / took
    return {"spans_per_s": spans_per_s, "p50_ms": cut[49], "p99_ms": cut[98]}


def measure(
    kind: str, port: int, requests: list[bytes], rate: float | None, seconds: float
) -> dict[str, float]:
    """One service under one load."""
    arguments = ["--forward-flush-s", _FLUSH_S, "--forward-settle-s", "1"]
    for dialect in _KINDS[kind]:
        arguments += ["--forward", f"otlp://127.0.0.1:{port}", "--forward-dialect", dialect]
    service = Service(*arguments)
    try:
        before = cpu(service.process.pid)
        found = asyncio.run(drive(service.grpc, requests, rate, seconds))
        used = cpu(service.process.pid) - before
        spans = found["spans_per_s"] * seconds
        found["service_cpu_us_per_span"] = used.total_s / spans * 1e6
        text = urllib.request.urlopen(f"http://{service.http}/metrics").read().decode()
        found["forwarded_spans_by_then"] = _metric(text, "spanbridge_forwarded_records_total")
        found["dropped_requests"] = _metric(text, "spanbridge_forward_dropped_requests_total")
        return found
    finally:
        service.close()


def _metric(text: str, name: str) -> float:
    return sum(float(value) for value in re.findall(rf"^{name}\S* (\S+)$", text, re.MULTILINE))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rate", type=float, default=4.0, help="requests a second when steady")
    parser.add_argument("--kinds", default=",".join(_KINDS))
    parser.add_argument("--sink", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.sink:
        sink()
        return
    rng = random.Random(7)
    most = 2_000
    requests = [request(rng, _SPANS, _SPAN_BYTES) for _ in range(most // 10)]
    requests = [_renewed(requests[n % len(requests)], rng) for n in range(most)]
    destination = subprocess.Popen(
        [sys.executable, Path(__file__), "--sink"], stdout=subprocess.PIPE, text=True
    )
    assert destination.stdout is not None
    port = int(destination.stdout.readline())
    results: dict[str, dict[str, object]] = {}
    try:
        for load, rate in (("steady", arguments.rate), ("full", None)):
            rounds: dict[str, list[dict[str, float]]] = {}
            for _ in range(arguments.rounds):
                for kind in arguments.kinds.split(","):
                    found = measure(kind, port, requests, rate, arguments.seconds)
                    rounds.setdefault(kind, []).append(found)
                    print(load, kind, found, file=sys.stderr, flush=True)
            results[load] = {
                kind: {name: round(median(each[name] for each in found), 1) for name in found[0]}
                for kind, found in rounds.items()
            }
    finally:
        destination.kill()
        destination.wait()
    machine = {"cpus": len(os.sched_getaffinity(0)), "python": platform.python_version()}
    print(json.dumps({"machine": machine, "medians": results}, indent=2))


def _renewed(payload: bytes, rng: random.Random) -> bytes:
    """The request with new trace ids: an id is the first field of a span, of 16 bytes."""
    return re.sub(
        rb"\x0a\x10.{16}\x12\x08",
        lambda _: b"\x0a\x10" + rng.randbytes(16) + b"\x12\x08",
        payload,
        flags=re.DOTALL,
    )


if __name__ == "__main__":
    main()
