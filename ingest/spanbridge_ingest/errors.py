"""What went wrong, in terms of what the caller must do about it.

    SpanbridgeError
    |-- ConfigError          fix the settings, then start again
    |-- StoreError
    |   |-- StoreDataError         the batch itself is at fault: split it, refuse the guilty part
    |   |   `-- StoreTooExpensiveError     it needs more memory than one insert may take
    |   |-- StoreUnavailableError  the store is at fault: keep the data, try again later
    |   |   `-- StoreUndecidedError    an error that could be either's; treated as the store's
    |   `-- StoreSchemaError       the store is too old or not migrated: an operator must act
    `-- RequestError         one OTLP request is refused; never affects its neighbours
        |-- InvalidRequestError      malformed: do not send it again (INVALID_ARGUMENT / 400)
        |-- TooLargeError            over a size limit (RESOURCE_EXHAUSTED / 413)
        |-- UnsupportedError         an encoding or media type we do not speak (UNIMPLEMENTED / 415)
        |-- BusyError                the queue is full: slow down (... + RetryInfo / 429)
        `-- UnavailableError         cannot store now: try again (UNAVAILABLE + RetryInfo / 503)

Messages name the cause and the remedy. They never contain the content of a span.
"""

from __future__ import annotations


class SpanbridgeError(Exception):
    """Base of every error this package raises on purpose."""


class ConfigError(SpanbridgeError):
    """A setting is unknown, malformed, or contradicts another."""


class StoreError(SpanbridgeError):
    """The store did not do what it was asked. ``code`` is the engine's number of the error."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class StoreDataError(StoreError):
    """The engine refused the data of a batch; the same data will be refused again."""


class StoreTooExpensiveError(StoreDataError):
    """The insert of a batch needs more memory than one insert may take."""


class StoreUnavailableError(StoreError):
    """The store cannot be reached or cannot write now; the same data may succeed later."""


class StoreUndecidedError(StoreUnavailableError):
    """The engine gave an error that neither the data nor the store alone can cause."""


class StoreSchemaError(StoreError):
    """The store's version or schema does not fit this release."""


class UnreachableError(SpanbridgeError):
    """Nothing answers where requests are to be sent."""


class RequestError(SpanbridgeError):
    """An OTLP request is refused."""


class InvalidRequestError(RequestError):
    """The request is malformed and must not be sent again."""


class TooLargeError(RequestError):
    """The request is over a size limit, compressed or inflated."""


class UnsupportedError(RequestError):
    """The request uses a compression, media type or signal that is not supported."""


class RetryableRequestError(RequestError):
    """The request is fine; the caller should send it again after ``retry_after_s`` seconds."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class BusyError(RetryableRequestError):
    """The bounded queue is full."""


class UnavailableError(RetryableRequestError):
    """The store is away or the service is stopping."""
