"""Bodies compressed the HTTP way (``Content-Encoding``) and ClickHouse's own (``compress=1``)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

import lz4.block
import lz4.frame
import zstandard

from spanbridge_ingest.clickhouse_http.cityhash import cityhash128
from spanbridge_ingest.clickhouse_http.failures import (
    CANNOT_DECOMPRESS,
    NOT_IMPLEMENTED,
    QUERY_TOO_LARGE,
    FrontError,
)

_LZ4: Final = 0x82
_NONE: Final = 0x02
_BLOCK_HEADER: Final = struct.Struct("<BII")
_CHECKSUM_BYTES: Final = 16
_NATIVE_BLOCK_BYTES: Final = 1 << 20
_GZIP_WBITS: Final = 31
_ZSTD_PIECE_BYTES: Final = 1 << 10


class Encoder:
    """Compresses a body piece by piece; ``content_encoding`` is the header, or None."""

    content_encoding: str | None = None

    def add(self, data: bytes) -> bytes:
        """More of the body."""
        return data

    def end(self) -> bytes:
        """What is left at the end of the body."""
        return b""


class _Stream(Encoder):
    """An HTTP content encoding."""

    def __init__(self, name: str, begin: bytes, compress: Callable[[bytes], bytes], end: Any):
        self.content_encoding = name
        self._begin = begin
        self._compress = compress
        self._end = end

    def add(self, data: bytes) -> bytes:
        begin, self._begin = self._begin, b""
        return begin + self._compress(data)

    def end(self) -> bytes:
        begin, self._begin = self._begin, b""
        rest: bytes = self._end()
        return begin + rest


class NativeBlocks(Encoder):
    """ClickHouse's own compression: blocks of LZ4, each with a checksum."""

    def add(self, data: bytes) -> bytes:
        """The data as whole blocks."""
        return b"".join(_native_blocks(data))


def _native_blocks(data: bytes) -> Iterator[bytes]:
    for at in range(0, len(data), _NATIVE_BLOCK_BYTES):
        piece = data[at : at + _NATIVE_BLOCK_BYTES]
        packed = lz4.block.compress(piece, store_size=False)
        size = _BLOCK_HEADER.size + len(packed)
        body = _BLOCK_HEADER.pack(_LZ4, size, len(piece)) + packed
        yield cityhash128(body) + body


def _gzip() -> Encoder:
    packer = zlib.compressobj(3, zlib.DEFLATED, _GZIP_WBITS)
    return _Stream("gzip", b"", packer.compress, packer.flush)


def _deflate() -> Encoder:
    packer = zlib.compressobj(3)
    return _Stream("deflate", b"", packer.compress, packer.flush)


def _zstd() -> Encoder:
    packer = zstandard.ZstdCompressor(level=1).compressobj()
    return _Stream("zstd", b"", packer.compress, packer.flush)


def _lz4() -> Encoder:
    packer = lz4.frame.LZ4FrameCompressor()
    return _Stream("lz4", packer.begin(), packer.compress, packer.flush)


_ENCODERS: Final = {"zstd": _zstd, "lz4": _lz4, "gzip": _gzip, "deflate": _deflate}


def encoder(accept_encoding: str, native: bool) -> Encoder:
    """The encoder for what a client accepts; the first of ours that it names."""
    if native:
        return NativeBlocks()
    accepted = set()
    for offer in accept_encoding.split(","):
        name, _, quality = offer.strip().partition(";")
        if quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            accepted.add(name.strip().lower())
    chosen = next((name for name in _ENCODERS if name in accepted), None)
    return _ENCODERS[chosen]() if chosen else Encoder()


def decoded(body: bytes, content_encoding: str, native: bool, limit: int) -> bytes:
    """A request body without its compression.

    Raises:
        FrontError: it is malformed, compressed in a way we do not read, or over ``limit`` bytes.
    """
    try:
        for name in reversed([e.strip().lower() for e in content_encoding.split(",") if e.strip()]):
            body = _inflated(name, body, limit)
        return _from_native(body, limit) if native and body else body
    except (zlib.error, zstandard.ZstdError, lz4.block.LZ4BlockError, RuntimeError, struct.error):
        raise FrontError(CANNOT_DECOMPRESS, "Cannot decompress the body of the request") from None


def _inflated(name: str, body: bytes, limit: int) -> bytes:
    if name == "identity":
        return body
    if name == "zstd":
        return _unzstd(body, limit)
    unpackers: dict[str, Callable[[], Any]] = {
        "gzip": lambda: zlib.decompressobj(_GZIP_WBITS),
        "x-gzip": lambda: zlib.decompressobj(_GZIP_WBITS),
        "deflate": zlib.decompressobj,
        "lz4": lz4.frame.LZ4FrameDecompressor,
    }
    if name not in unpackers:
        raise FrontError(NOT_IMPLEMENTED, f"Content-Encoding {name[:20]!r} is not supported")
    unpacker = unpackers[name]()
    out = _within(unpacker.decompress(body, limit + 1), limit)
    if not unpacker.eof:
        raise zlib.error("incomplete")
    return out


def _unzstd(body: bytes, limit: int) -> bytes:
    # Its decompressor takes no limit, but a piece this small cannot become more than some MiB.
    unpacker = zstandard.ZstdDecompressor().decompressobj()
    out: list[bytes] = []
    size = 0
    for at in range(0, len(body), _ZSTD_PIECE_BYTES):
        out.append(unpacker.decompress(body[at : at + _ZSTD_PIECE_BYTES]))
        size += len(out[-1])
        _check(size, limit)
    if not unpacker.eof:
        raise zlib.error("incomplete")
    return b"".join(out)


def _within(out: bytes, limit: int) -> bytes:
    _check(len(out), limit)
    return out


def _check(size: int, limit: int) -> None:
    if size > limit:
        raise FrontError(QUERY_TOO_LARGE, f"The request is larger than {limit} bytes")


def _from_native(body: bytes, limit: int) -> bytes:
    out: list[bytes] = []
    size = at = 0
    while at < len(body):
        checksum = body[at : at + _CHECKSUM_BYTES]
        start = at + _CHECKSUM_BYTES
        method, packed, plain = _BLOCK_HEADER.unpack_from(body, start)
        block = body[start : start + packed]
        size += plain
        _check(size, limit)
        if packed < _BLOCK_HEADER.size or cityhash128(block) != checksum:
            raise FrontError(CANNOT_DECOMPRESS, "Checksum doesn't match: corrupted data")
        out.append(_block_content(method, block[_BLOCK_HEADER.size :], plain))
        at = start + packed
    return b"".join(out)


def _block_content(method: int, packed: bytes, plain: int) -> bytes:
    if method == _LZ4:
        content: bytes = lz4.block.decompress(packed, uncompressed_size=plain)
        return content
    if method == _NONE:
        return packed
    raise FrontError(NOT_IMPLEMENTED, f"Compression method {method:#x} is not supported")
