"""The one place where failures of the instrumentation end: the application never sees them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from spanbridge.telling import tell_once

P = ParamSpec("P")
T = TypeVar("T")


def guarded(step: Callable[P, T]) -> Callable[P, T | None]:
    """``step``, which returns None where it would raise. Each kind of failure is told once.

    Told is what failed and the type of the error; its message may quote content.
    """

    @functools.wraps(step)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> T | None:
        try:
            return step(*args, **kwargs)
        except Exception as error:
            tell_once(
                f"A call of OpenAI is recorded in part or not at all: {type(error).__name__} in "
                f"{step.__qualname__}. The call itself is not affected. This is a fault of "
                "spanbridge; please report it."
            )
            return None

    return attempt
