"""What a source's transform makes of the text it has found."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from spanbridge_semconv import jsontext
from spanbridge_semconv.model import Source
from spanbridge_semconv.patterns import ERROR_NAME, MODEL_PREFIX, member_pattern

_URL: Final = re.compile(
    r"[a-z][a-z0-9+.-]*://(?:[^/@]*@)?(\[[^\]/]+\]|[^/:?#]+)(?::([0-9]{1,5}))?"
)


def _json_scalar(text: str, _: Source) -> str:
    if text == "null":
        return ""
    if not text.startswith('"'):
        return text
    value = jsontext.parse(text)
    return value if isinstance(value, str) else text


def _before_slash(text: str, _: Source) -> str:
    head, slash, _tail = text.partition("/")
    return head if slash else ""


def _after_slash(text: str, _: Source) -> str:
    head, slash, tail = text.partition("/")
    return tail if slash else head


def _matched(pattern: str) -> Callable[[str, Source], str]:
    compiled = re.compile(pattern)

    def transform(text: str, _: Source) -> str:
        return hit[1] if (hit := compiled.search(text)) else ""

    return transform


def _member(text: str, source: Source) -> str:
    return hit[1] if (hit := re.search(member_pattern(source.member), text)) else ""


def _url_host(text: str, _: Source) -> str:
    return host[1] if (host := _URL.match(text)) else text


def _url_port(text: str, _: Source) -> str:
    return (host[2] or "") if (host := _URL.match(text)) else ""


def _as_it_is(text: str, _: Source) -> str:
    return text


TRANSFORMS: Final[Mapping[str, Callable[[str, Source], str]]] = {
    "text": _as_it_is,
    "seconds": _as_it_is,
    "milliseconds": _as_it_is,
    "timestamp": _as_it_is,
    "comma_list": _as_it_is,
    "url_host": _url_host,
    "url_port": _url_port,
    "json_scalar": _json_scalar,
    "before_dot": lambda text, _: text.partition(".")[0],
    "before_slash": _before_slash,
    "after_slash": _after_slash,
    "after_space": lambda text, _: text.partition(" ")[2],
    "first_word": lambda text, _: text.partition(" ")[0],
    "error_name": _matched(ERROR_NAME),
    "model_prefix": _matched(MODEL_PREFIX),
    "member": _member,
}
"""By their names in the registry; what a text is not fit for gives ''."""
