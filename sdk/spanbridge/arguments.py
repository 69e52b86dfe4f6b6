"""The arguments of a call, by their names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final

_BY_NAME: Final = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)

Binder = Callable[[tuple[Any, ...], Mapping[str, Any]], dict[str, Any]]


def binder(function: Callable[..., Any]) -> Binder:
    """What turns the arguments of a call of ``function`` into a dictionary by name.

    Defaults are filled in; the object or class of a method is left out.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return _unnamed
    parameters = list(signature.parameters.values())
    names = [parameter.name for parameter in parameters]
    left_out = names[0] if names and names[0] in ("self", "cls") else None
    if any(parameter.kind not in _BY_NAME for parameter in parameters):
        return _bound_by(signature, left_out)
    return _quick(parameters, left_out)


def _quick(parameters: list[inspect.Parameter], left_out: str | None) -> Binder:
    """Without ``Signature.bind``, which takes as long as all the rest of a span."""
    positional = [p.name for p in parameters if p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    defaults = {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}
    names = [p.name for p in parameters]

    def bind(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        given = dict(zip(positional, args, strict=False))
        if kwargs:
            given.update(kwargs)
        if left_out is not None:
            _leave_out(given, left_out)
        if len(given) < len(names) and defaults:
            given = {**defaults, **given}
            given = {name: given[name] for name in names if name in given}
            if left_out is not None:
                _leave_out(given, left_out)
        return given

    return bind


def _bound_by(signature: inspect.Signature, left_out: str | None) -> Binder:
    def bind(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:
            # The call itself will say so.
            return _unnamed(args, kwargs)
        bound.apply_defaults()
        if left_out is not None:
            _leave_out(bound.arguments, left_out)
        return dict(bound.arguments)

    return bind


def _leave_out(given: dict[str, Any], name: str) -> None:
    """Drop the object of a method; a ``cls`` that is no class is an argument like another."""
    if name in given and (name == "self" or isinstance(given[name], type)):
        del given[name]


def _unnamed(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    return {"args": list(args), "kwargs": dict(kwargs)}
