"""Undo the compression of a request body, never inflating past a limit.

Every decompressor is asked for at most one byte more than is still allowed, so a bomb costs no more
memory or time than an honest request of the largest size.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from enum import StrEnum
from typing import Final, Protocol

from spanbridge_ingest.errors import InvalidRequestError, TooLargeError, UnsupportedError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

DEFAULT_LIMIT: Final = 64 << 20
"""Bytes of a request, compressed and inflated alike; the value OTLP 1.11 recommends."""

_WINDOW: Final = 256 << 10
"""Compressed bytes given to a decompressor at a time: what is copied when a member ends early."""
_MAX_MEMBERS: Final = 1024
"""Gzip members or zstd frames in one body: tiny ones cost time that no size limit sees."""
_ZSTD_WINDOW_LOG_MAX: Final = 27
"""128 MiB, zstd's own limit for decoders; larger windows are an attack on memory."""


class Encoding(StrEnum):
    """How a request body is compressed."""

    IDENTITY = "identity"
    GZIP = "gzip"
    DEFLATE = "deflate"
    ZSTD = "zstd"


_NAMES: Final = {
    "": Encoding.IDENTITY,
    "identity": Encoding.IDENTITY,
    "gzip": Encoding.GZIP,
    "x-gzip": Encoding.GZIP,
    "deflate": Encoding.DEFLATE,
    "zstd": Encoding.ZSTD,
}


def parse_content_encoding(header: str) -> Encoding:
    """Read a ``Content-Encoding`` header (``''`` when there is none).

    Raises:
        UnsupportedError: an encoding that is not spoken, or several on top of each other.
    """
    names = [name.strip().lower() for name in header.split(",")]
    unknown = [name for name in names if name not in _NAMES]
    if unknown:
        raise UnsupportedError("unknown Content-Encoding; supported are gzip, deflate, zstd")
    layers = [_NAMES[name] for name in names if _NAMES[name] is not Encoding.IDENTITY]
    if len(layers) > 1:
        raise UnsupportedError("layered Content-Encoding; compress a request once")
    return layers[0] if layers else Encoding.IDENTITY


def sniff_grpc_encoding(message: bytes) -> Encoding:
    """Tell from its first bytes how a gRPC message is compressed.

    gRPC core consumes the encoding header and the compressed flag, and leaves the message as it
    came. No guess is involved: 0x1f would be a field of wire type 7, which does not exist, and a
    zlib header (0x78, check sum divisible by 31) would be field 15 of a request that has one field.
    """
    if message[:2] == b"\x1f\x8b":
        return Encoding.GZIP
    if _is_zlib(message):
        return Encoding.DEFLATE
    return Encoding.IDENTITY


def inflate(
    body: bytes,
    encoding: Encoding,
    limit: int = DEFAULT_LIMIT,
    grew: Callable[[int], None] = lambda _size: None,
) -> bytes:
    """The body as it was before compression; an empty body is empty in every encoding.

    ``grew`` hears of every piece that was inflated, in bytes; what it raises ends the work.

    Raises:
        TooLargeError: more than ``limit`` bytes, before or after.
        InvalidRequestError: corrupt, truncated, or followed by something else.
    """
    if len(body) > limit:
        raise TooLargeError(f"the request is larger than {limit} bytes")
    if encoding is Encoding.IDENTITY or not body:
        return body
    if encoding is Encoding.GZIP:
        return _inflate(body, encoding, lambda: zlib.decompressobj(31), limit, grew)
    if encoding is Encoding.ZSTD:
        return _inflate(body, encoding, _zstd_decompressor, limit, grew)
    # RFC 9110 means zlib by "deflate"; some clients send the bare stream.
    bits = 15 if _is_zlib(body) else -15
    return _inflate(body, encoding, lambda: zlib.decompressobj(bits), limit, grew)


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: memoryview, max_length: int = ..., /) -> bytes: ...


def _zstd_decompressor() -> _Decompressor:
    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG_MAX}
    return zstd.ZstdDecompressor(options=options)


def _inflate(
    body: bytes,
    encoding: Encoding,
    open_member: Callable[[], _Decompressor],
    limit: int,
    grew: Callable[[int], None],
) -> bytes:
    max_members = 1 if encoding is Encoding.DEFLATE else _MAX_MEMBERS
    view = memoryview(body)
    out: list[bytes] = []
    total = position = members = 0
    member: _Decompressor | None = None
    while position < len(view):
        if member is None:
            members += 1
            if members > max_members:
                raise InvalidRequestError(f"the {encoding} body does not end where it should")
            member = open_member()
        window = view[position : position + _WINDOW]
        try:
            chunk = member.decompress(window, limit - total + 1)
        except (zlib.error, zstd.ZstdError):
            raise InvalidRequestError(f"the body is not valid {encoding}") from None
        total += len(chunk)
        if total > limit:
            raise TooLargeError(f"the request inflates to more than {limit} bytes")
        grew(len(chunk))
        out.append(chunk)
        position += len(window)
        if member.eof:
            position -= len(member.unused_data)
            member = None
    if member is not None:
        raise InvalidRequestError(f"the {encoding} body is truncated")
    return out[0] if len(out) == 1 else b"".join(out)


def _is_zlib(body: bytes) -> bool:
    return len(body) > 1 and body[0] == 0x78 and (body[0] << 8 | body[1]) % 31 == 0
