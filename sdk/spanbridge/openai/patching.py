"""Putting the instrumentation into the ``openai`` package, and taking it out again.

Every request of every client, helper and version since 1.0 goes through ``request`` of
``SyncAPIClient`` or ``AsyncAPIClient``, with what is really sent, and every response through
``_process_response`` of the same, as httpx has it. These four methods are wrapped.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import logging
import os
import threading
from collections.abc import Callable
from contextvars import ContextVar, Token
from typing import Any, Final

from spanbridge.integration import active
from spanbridge.openai.beginning import Options, begin, sent
from spanbridge.openai.call import Call
from spanbridge.openai.guard import guarded
from spanbridge.openai.recorder import BodyRecorder, StreamRecorder
from spanbridge.openai.watching import watch

_logger: Final = logging.getLogger("spanbridge")
_MODULE: Final = "openai._base_client"
_CLASSES: Final = ("SyncAPIClient", "AsyncAPIClient")
_METHODS: Final = ("request", "_process_response")

_current: ContextVar[Call | None] = ContextVar("spanbridge_openai_call", default=None)
"""The call whose request is under way here."""

Method = Callable[..., Any]


class Patch:
    """The wrapped methods of the ``openai`` package; at most one is in force."""

    def __init__(self) -> None:
        self._unlock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._unlock)
        self._originals: list[tuple[type, str, Method]] = []
        self.options = Options()

    def _unlock(self) -> None:
        """Also in a forked child, where nobody is left to release what another thread held."""
        self._lock = threading.Lock()

    def install(self, options: Options, *, silent: bool = False) -> bool:
        """Wrap the methods, or change the options if that has been done.

        Returns:
            Whether calls are recorded now. If the installed version is not what is known here,
            nothing is changed, which is told as a warning unless ``silent``.
        """
        with self._lock:
            self.options = options
            if self._originals:
                return True
            try:
                module = importlib.import_module(_MODULE)
                found = [
                    (cls := getattr(module, name), method, getattr(cls, method))
                    for name in _CLASSES
                    for method in _METHODS
                ]
            except (ImportError, AttributeError) as error:
                if not silent:
                    _logger.warning(
                        "Calls of OpenAI are not recorded: the installed package openai is not of "
                        "a kind known here (%s). Versions since 1.40 are; see "
                        "spanbridge.openai.autolog.",
                        error,
                    )
                return False
            for cls, name, method in found:
                setattr(cls, name, self._wrapped(cls.__name__, name, method))
            self._originals = found
            return True

    def remove(self) -> None:
        """Put the original methods back. Calls that are under way are recorded to their end."""
        with self._lock:
            for cls, name, method in self._originals:
                setattr(cls, name, method)
            self._originals = []

    def _wrapped(self, cls: str, name: str, method: Method) -> Method:
        is_async = cls.startswith("Async")
        if name == "request":
            return self._async_request(method) if is_async else self._request(method)
        return _process_async(method) if is_async else _process(method)

    def _request(self, original: Method) -> Method:
        @functools.wraps(original)
        def request(client: Any, cast_to: Any, options: Any, *args: Any, **kwargs: Any) -> Any:
            call = begin(client, options, self.options)
            token = _current.set(call)
            try:
                if call is None:
                    return original(client, cast_to, options, *args, **kwargs)
                with active(call.span):
                    options = sent(call, options, self.options)
                    result = original(client, cast_to, options, *args, **kwargs)
            except BaseException as error:
                if call is not None:
                    call.failed(error)
                raise
            finally:
                _leave(token)
            call.returned()
            return result

        return request

    def _async_request(self, original: Method) -> Method:
        @functools.wraps(original)
        async def request(
            client: Any, cast_to: Any, options: Any, *args: Any, **kwargs: Any
        ) -> Any:
            call = begin(client, options, self.options)
            token = _current.set(call)
            try:
                if call is None:
                    return await original(client, cast_to, options, *args, **kwargs)
                with active(call.span):
                    options = sent(call, options, self.options)
                    result = await original(client, cast_to, options, *args, **kwargs)
            except BaseException as error:
                if call is not None:
                    call.failed(error)
                raise
            finally:
                _leave(token)
            call.returned()
            return result

        return request


def _leave(token: Token[Call | None]) -> None:
    # A coroutine may be closed in another context than it ran in, which is then left as it is.
    with contextlib.suppress(ValueError):
        _current.reset(token)


def _process(original: Method) -> Method:
    @functools.wraps(original)
    def process(client: Any, *args: Any, **kwargs: Any) -> Any:
        _received(kwargs.get("response"))
        return original(client, *args, **kwargs)

    return process


def _process_async(original: Method) -> Method:
    @functools.wraps(original)
    async def process(client: Any, *args: Any, **kwargs: Any) -> Any:
        _received(kwargs.get("response"))
        return await original(client, *args, **kwargs)

    return process


@guarded
def _received(response: Any) -> None:
    call = _current.get()
    if call is None or response is None or not call.span.is_recording:
        return
    call.received(response)
    content_type = response.headers.get("content-type", "")
    if call.request.streams and "json" not in content_type:
        call.is_streamed = True
        watch(response, StreamRecorder(call, hides_usage=call.hides_usage))
    elif not response.is_closed:
        call.is_streamed = True
        watch(response, BodyRecorder(call))


PATCH: Final = Patch()
