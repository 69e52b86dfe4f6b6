"""Threads that go on with the trace of the thread that started them."""

from __future__ import annotations

import contextvars
import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def copy_context_to_thread(function: Callable[P, R]) -> Callable[P, R]:
    """``function``, which when called in any thread has the trace that is current now.

    Threads and executors begin without context, so their spans would be traces of their own::

        executor.submit(copy_context_to_thread(work), item)
    """
    here = contextvars.copy_context()

    @functools.wraps(function)
    def in_context(*args: P.args, **kwargs: P.kwargs) -> R:
        # A context can be entered by one thread at a time.
        return here.copy().run(function, *args, **kwargs)

    return in_context
