from __future__ import annotations

import gzip
import random
import sys
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanbridge_ingest.errors import InvalidRequestError, TooLargeError, UnsupportedError
from spanbridge_ingest.receive.encoding import (
    Encoding,
    inflate,
    parse_content_encoding,
    sniff_grpc_encoding,
)

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def raw_deflate(data: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-15)
    return deflater.compress(data) + deflater.flush()


WAYS = [
    (Encoding.GZIP, gzip.compress),
    (Encoding.DEFLATE, zlib.compress),
    (Encoding.DEFLATE, raw_deflate),
    (Encoding.ZSTD, zstd.compress),
]
by_way = pytest.mark.parametrize(("encoding", "compress"), WAYS)
LARGE = random.Random(1).randbytes(1_500_000) + bytes(1_500_000)


@by_way
def test_what_was_compressed_comes_back(encoding, compress):
    for data in (b"", b"x", b"\x0a\x03abc" * 1000, LARGE):
        assert inflate(compress(data), encoding) == data


@by_way
@given(data=st.binary(max_size=2000))
def test_round_trip(encoding, compress, data):
    assert inflate(compress(data), encoding) == data


@by_way
def test_truncated_bodies_are_refused_wherever_they_end(encoding, compress):
    body = compress(b"some text " * 40)
    for end in range(1, len(body)):
        with pytest.raises(InvalidRequestError):
            inflate(body[:end], encoding)


@by_way
def test_trailing_garbage_is_refused(encoding, compress):
    for garbage in (b"\0", b"garbage", b"\x1f\x8b"):
        with pytest.raises(InvalidRequestError):
            inflate(compress(b"text") + garbage, encoding)


@by_way
def test_corruption_is_refused(encoding, compress):
    with pytest.raises(InvalidRequestError):
        inflate(b"\x07certainly not compressed", encoding)


@by_way
def test_the_limit_is_exact(encoding, compress):
    assert inflate(compress(bytes(5000)), encoding, 5000) == bytes(5000)
    with pytest.raises(TooLargeError):
        inflate(compress(bytes(5001)), encoding, 5000)


@by_way
def test_a_bomb_is_refused_before_it_is_inflated(encoding, compress):
    bomb = compress(bytes(100_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError):
            inflate(bomb, encoding, 1 << 20)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20


@pytest.mark.parametrize(
    ("encoding", "compress"), [(Encoding.GZIP, gzip.compress), (Encoding.ZSTD, zstd.compress)]
)
def test_several_members_are_one_body(encoding, compress):
    body = compress(b"one ") + compress(b"") + compress(LARGE) + compress(b" three")
    assert inflate(body, encoding) == b"one " + LARGE + b" three"
    with pytest.raises(TooLargeError):
        inflate(body, encoding, 2_000_000)
    with pytest.raises(InvalidRequestError):
        inflate(compress(b"") * 2000, encoding)


def test_a_zstd_window_beyond_the_limit_is_refused():
    compressor = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 30})
    body = compressor.compress(b"hello") + compressor.flush()
    with pytest.raises(InvalidRequestError):
        inflate(body, Encoding.ZSTD)


@pytest.mark.parametrize("encoding", list(Encoding))
def test_an_empty_body_is_empty_and_a_large_one_too_large_in_every_encoding(encoding):
    assert inflate(b"", encoding) == b""
    with pytest.raises(TooLargeError):
        inflate(bytes(101), encoding, 100)


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("", Encoding.IDENTITY),
        ("identity", Encoding.IDENTITY),
        (" GZip ", Encoding.GZIP),
        ("x-gzip", Encoding.GZIP),
        ("deflate", Encoding.DEFLATE),
        ("zstd", Encoding.ZSTD),
        ("identity, gzip", Encoding.GZIP),
    ],
)
def test_content_encodings(header, encoding):
    assert parse_content_encoding(header) is encoding


@pytest.mark.parametrize(
    "header", ["br", "snappy", "gzip, gzip", "zstd,gzip", "gzip;q=1", "gzip br"]
)
def test_other_and_layered_encodings_are_unsupported(header):
    with pytest.raises(UnsupportedError):
        parse_content_encoding(header)


@given(st.binary(max_size=2000))
def test_grpc_compression_is_recognised(data):
    request = b"\x0a" + data
    assert sniff_grpc_encoding(request) is Encoding.IDENTITY
    assert sniff_grpc_encoding(gzip.compress(request)) is Encoding.GZIP
    for level in (1, 6, 9):
        assert sniff_grpc_encoding(zlib.compress(request, level)) is Encoding.DEFLATE
    assert sniff_grpc_encoding(b"") is Encoding.IDENTITY
