"""Requests to the service: JSON there and back, bounded in time, with errors that say what to do.

A connection that is refused, and a service that is busy, are asked again where that can do no harm.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult, unquote, urlsplit

import orjson
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, attach, detach, set_value

from spanbridge.exceptions import (
    InvalidValueError,
    NotFoundError,
    ServiceError,
    ServiceUnavailableError,
    SpanbridgeError,
)
from spanbridge.tracking import GRPC_PORT, LOOPBACK, SWAPPED_PORT

if TYPE_CHECKING:
    import httpx

CONNECT_TIMEOUT_S: Final = 3.0
READ_TIMEOUT_S: Final = 60.0
"""How long nothing may come; a large trace takes the service some seconds."""

ATTEMPTS: Final = 3
MAX_PAUSE_S: Final = 3.0
"""A service that asks to stay away for longer is not waited for."""

_FIRST_PAUSE_S: Final = 0.2
_IDLE_S: Final = 2.0
"""Connections that are idle for longer are not used again; services close them after some five."""

_MALFORMED: Final = "malformed_answer"


class Transport:
    """Connections to one service. Safe to share between threads."""

    def __init__(self, uri: str) -> None:
        """Connect to ``uri`` when first asked.

        Args:
            uri: the address of the service, without ``/api``.
        """
        import httpx

        from spanbridge import __version__

        try:
            parts = urlsplit(uri)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError("it names no http or https host")
            self._name = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
            self._client = httpx.Client(
                # Not in the URL, which httpx writes into the log.
                auth=_credentials(parts),
                base_url=f"{self._name}/api/",
                timeout=httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
                limits=httpx.Limits(keepalive_expiry=_IDLE_S),
                # A proxy leads out of this machine; what listens on it is no way back.
                trust_env=parts.hostname not in LOOPBACK,
                headers={"accept": "application/json", "user-agent": f"spanbridge/{__version__}"},
            )
        except (httpx.InvalidURL, ValueError) as error:
            raise InvalidValueError(
                f"the tracking URI is no address of a service ({error}); it has the form "
                "http://127.0.0.1:4318"
            ) from None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str) -> Any:
        """What the service answers to GET. Raises as :meth:`send`."""
        return self.send("GET", path)

    def send(self, method: str, path: str, body: object = None, *, repeatable: bool = True) -> Any:
        """What the service answers: any value of JSON; None to an answer without content.

        Args:
            method: the HTTP method.
            path: below ``/api/``, its parts checked.
            body: a value that JSON can spell.
            repeatable: whether the request may be made twice.

        Raises:
            InvalidValueError: the body cannot be spelled in JSON, or the service refuses it.
            NotFoundError: there is no such thing.
            ServiceUnavailableError: no answer.
            ServiceError: another refusal, or an answer that is none of the service's.
        """
        content = None if body is None else _spelled(body)
        with _untraced():
            answer = self._answer(method, path, content, repeatable)
        if answer.status_code == 204:
            return None
        if answer.is_success:
            return self._json(answer)
        raise self._refusal(answer)

    def _answer(
        self, method: str, path: str, content: bytes | None, repeatable: bool
    ) -> httpx.Response:
        import httpx

        headers = {} if content is None else {"content-type": "application/json"}
        pause = _FIRST_PAUSE_S
        for attempt in range(1, ATTEMPTS + 1):
            again = attempt < ATTEMPTS
            try:
                answer = self._client.request(method, path, content=content, headers=headers)
            except httpx.ConnectTimeout as error:
                # Where in the client it gave up says nothing that the message does not.
                raise self._unavailable(error) from None
            except httpx.ConnectError as error:
                # Nothing was sent, so nothing can happen twice.
                if not again:
                    raise self._unavailable(error) from None
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError) as error:
                if not (again and repeatable):
                    raise self._unavailable(error) from error
            except httpx.HTTPError as error:
                raise self._unavailable(error) from error
            else:
                if answer.status_code != 503 or not (again and repeatable):
                    return answer
                pause = _wanted_pause(answer.headers, pause)
                if pause > MAX_PAUSE_S:
                    return answer
            time.sleep(pause)
            pause *= 2
        raise AssertionError("the last attempt returns or raises")

    def _unavailable(self, error: Exception) -> ServiceUnavailableError:
        what = str(error) or type(error).__name__
        if self._client.base_url.port == GRPC_PORT:
            what += SWAPPED_PORT
        return ServiceUnavailableError(
            f"the spanbridge service at {self._name} does not answer ({what}): start it with "
            "`spanbridge serve`, or name its address with set_tracking_uri() or "
            "SPANBRIDGE_TRACKING_URI"
        )

    def _json(self, answer: httpx.Response) -> Any:
        try:
            return orjson.loads(answer.content)
        except ValueError:
            raise self.malformed("its answer is no JSON") from None

    def malformed(self, what: str) -> ServiceError:
        """The error for an answer that is none of the service's."""
        return ServiceError(
            f"what answers at {self._name} is no spanbridge service of this version: {what}; "
            "check the address given to set_tracking_uri() or SPANBRIDGE_TRACKING_URI",
            _MALFORMED,
        )

    def _refusal(self, answer: httpx.Response) -> SpanbridgeError:
        status = answer.status_code
        try:
            problem = orjson.loads(answer.content)["error"]
            code, message, hint = problem["code"], problem["message"], problem["hint"]
        except (ValueError, TypeError, KeyError):
            return self.malformed(f"it answers {status} {answer.reason_phrase}".rstrip())
        # A message of lines ends with the place in a filter; the hint goes below it.
        told = str(message) + (("\n" if "\n" in message else ": ") + hint if hint else "")
        if status in (400, 422):
            return InvalidValueError(told)
        if status == 404:
            return NotFoundError(told)
        if status == 503:
            return ServiceUnavailableError(f"the spanbridge service at {self._name}: {told}")
        return ServiceError(f"the spanbridge service at {self._name} refuses: {told}", str(code))


_open: dict[tuple[int, str], Transport] = {}


def transport_to(uri: str) -> Transport:
    """The connections of this process to a service; a fork has its own."""
    key = (os.getpid(), uri)
    found = _open.get(key)
    return found if found is not None else _open.setdefault(key, Transport(uri))


def close_all() -> None:
    """Close the connections of this process; the next request opens others."""
    for key in [key for key in _open if key[0] == os.getpid()]:
        _open.pop(key).close()


@contextmanager
def _untraced() -> Iterator[None]:
    """Reading traces must not make traces, however the HTTP client is instrumented."""
    token = attach(set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
    try:
        yield
    finally:
        detach(token)


def _credentials(parts: SplitResult) -> tuple[str, str] | None:
    """The name and the password that an address holds, if it does."""
    if "@" not in parts.netloc:
        return None
    return unquote(parts.username or ""), unquote(parts.password or "")


def _spelled(body: object) -> bytes:
    try:
        return json.dumps(body, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidValueError(
            f"JSON cannot spell the value ({error}); pass texts, finite numbers, true, false, "
            "None, lists and dicts of these"
        ) from None


def _wanted_pause(headers: Mapping[str, str], otherwise: float) -> float:
    wanted = headers.get("retry-after", "")
    return float(wanted) if wanted.isdecimal() else otherwise
