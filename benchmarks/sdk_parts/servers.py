"""What the measured processes talk to: collectors that forget, or never answer, and a model.

    python servers.py sink|blocked|model

Prints its port and serves until its standard input is closed.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable

CHUNKS = 200
"""Chunks with content of the answer of the model."""

Answer = Callable[[bytes], bytes]
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def _response(body: bytes, kind: str) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _stream() -> bytes:
    """A streamed chat completion, as the API spells it."""
    common = {
        "id": "chatcmpl-benchmark",
        "object": "chat.completion.chunk",
        "created": 1_770_000_000,
        "model": "gpt-5-2026-01-01",
    }
    deltas = [{"role": "assistant", "content": ""}, *[{"content": " word"}] * CHUNKS, {}]
    chunks = [
        {**common, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        for delta in deltas
    ]
    chunks[-1]["choices"][0]["finish_reason"] = "stop"
    usage = {"prompt_tokens": 12, "completion_tokens": CHUNKS, "total_tokens": 12 + CHUNKS}
    chunks.append({**common, "choices": [], "usage": usage})
    texts = [json.dumps(chunk) for chunk in chunks]
    return "".join(f"data: {text}\n\n" for text in [*texts, "[DONE]"]).encode()


def _answering(answer: bytes) -> Serve:
    """Serves HTTP/1.1 with connections that stay open, with always the same answer."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = head.partition(b"content-length:")[2].split(b"\r\n")[0]
                await reader.readexactly(int(length or 0))
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    return serve


async def _swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take everything, answer nothing."""
    try:
        while await reader.read(1 << 20):
            pass
    except ConnectionError:
        pass
    writer.close()


_KINDS: dict[str, Serve] = {
    "sink": _answering(_response(b"", "application/x-protobuf")),
    "blocked": _swallow,
    "model": _answering(_response(_stream(), "text/event-stream")),
}


async def main() -> None:
    server = await asyncio.start_server(_KINDS[sys.argv[1]], "127.0.0.1", 0, limit=1 << 24)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
