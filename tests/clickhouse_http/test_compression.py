"""Compressed questions and answers."""

from __future__ import annotations

import gzip
import struct
import zlib

import httpx
import lz4.block
import lz4.frame
import pytest
import zstandard

from spanbridge_ingest.clickhouse_http.cityhash import cityhash128
from tests.clickhouse_http.asking import OPTIONS, ask, refused


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd", "lz4"])
def test_compressed_answers(http: httpx.Client, encoding: str) -> None:
    query = "SELECT n FROM numbers_table ORDER BY n"
    plain = ask(http, query).content
    with http.stream(
        "GET", "/", params={"query": query}, headers={"Accept-Encoding": encoding}
    ) as answer:
        packed = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == encoding
    unpack = {
        "gzip": gzip.decompress,
        "deflate": zlib.decompress,
        "zstd": lambda b: zstandard.ZstdDecompressor().decompressobj().decompress(b),
        "lz4": lz4.frame.decompress,
    }[encoding]
    assert unpack(packed) == plain
    assert len(packed) < len(plain) * 0.8


def blocks(data: bytes) -> bytes:
    out = b""
    while data:
        checksum, (method, packed, plain) = data[:16], struct.unpack_from("<BII", data, 16)
        block, data = data[16 : 16 + packed], data[16 + packed :]
        assert cityhash128(block) == checksum
        assert method == 0x82
        out += lz4.block.decompress(block[9:], uncompressed_size=plain)
    return out


def test_native_blocks(http: httpx.Client) -> None:
    query = "SELECT n FROM numbers_table ORDER BY n"
    answer = ask(http, query, compress="1", default_format="RowBinaryWithNamesAndTypes")
    plain = ask(http, query, default_format="RowBinaryWithNamesAndTypes")
    assert blocks(answer.content) == plain.content


def test_failures_of_queries_are_native_blocks_too(http: httpx.Client) -> None:
    answer = ask(http, "SELECT nope", compress="1")
    assert answer.status_code == 404
    assert blocks(answer.content).startswith(b"Code: 47. DB::Exception: ")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd", "lz4", "native"])
def test_compressed_questions(http: httpx.Client, encoding: str) -> None:
    question = b"SELECT 1000 + /* " + b"word " * 1000 + b" */ 1"
    packed = lz4.block.compress(question, store_size=False)
    native = struct.pack("<BII", 0x82, len(packed) + 9, len(question)) + packed
    body = {
        "gzip": gzip.compress(question),
        "deflate": zlib.compress(question),
        "zstd": zstandard.ZstdCompressor().compress(question),
        "lz4": lz4.frame.compress(question),
        "native": cityhash128(native) + native,
    }[encoding]
    own = encoding == "native"
    headers = {} if own else {"Content-Encoding": encoding}
    parameters = {"decompress": "1"} if own else {}

    answer = http.post("/", content=body, headers=headers, params=parameters)
    assert answer.text == "1001\n"

    broken = http.post("/", content=body[:-3], headers=headers, params=parameters)
    assert broken.status_code == 400


def test_bombs_are_refused(http: httpx.Client) -> None:
    bomb = zlib.compress(b" " * (OPTIONS.max_request_bytes + 10))
    answer = http.post("/", content=bomb, headers={"Content-Encoding": "deflate"})
    assert answer.status_code == 413
    refused(http.post("/", content=b"x", headers={"Content-Encoding": "br"}), 501, 48)
