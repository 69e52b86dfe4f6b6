"""What this package raises.

Tracing itself never raises into the application it observes; these come from asking for something
that cannot be (a sampling ratio of 2) and from reading what was stored.
"""

from __future__ import annotations


class SpanbridgeError(Exception):
    """The base of all errors of this package.

    Attributes:
        error_code: a word for programs, such as ``invalid_value``.
    """

    def __init__(self, message: str, error_code: str = "internal_error") -> None:
        super().__init__(message)
        self.message = message
        self.error_code = error_code


MlflowException = SpanbridgeError
"""The name of the base that programs written for MLflow catch."""


class InvalidValueError(SpanbridgeError, ValueError):
    """An argument or a setting has a value that cannot be."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "invalid_value")


class NotFoundError(SpanbridgeError):
    """The service has nothing of this id."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "not_found")


class ServiceUnavailableError(SpanbridgeError):
    """The service could not be reached, did not answer in time, or asked to come back later."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "unavailable")


class ServiceError(SpanbridgeError):
    """The service refused, or what answered is no service.

    ``error_code`` is the service's own word, or ``malformed_answer``.
    """
