"""What a request and a response say, whichever endpoint they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from spanbridge.openai.token_usage import TokenUsage

Body = Mapping[str, Any]
"""A request or response body, as JSON has it."""

NOTHING: Final[Body] = {}


@dataclass(frozen=True, slots=True)
class Failure:
    """What a response says went wrong.

    Attributes:
        type: a word of the provider's for the kind of failure.
        message: what it says about it.
    """

    type: str
    message: str


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What a request asks for.

    Attributes:
        model: the model's name; empty if the request names none.
        parameters: what else it asks for, by keys of the GenAI conventions.
        streams: the answer is to be streamed.
        tools: definitions of tools as the body has them.
    """

    model: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    streams: bool = False
    tools: tuple[Body, ...] = ()


@dataclass(frozen=True, slots=True)
class ResponseFacts:
    """What a response says of itself.

    Attributes:
        model: the model that answered.
        response_id: the provider's id.
        finish_reasons: one per choice, in the provider's words.
        usage: token counts; None if there are none.
        failure: the provider says that it failed.
        properties: what else it says, by keys of the GenAI conventions.
    """

    model: str = ""
    response_id: str = ""
    finish_reasons: tuple[str, ...] = ()
    usage: TokenUsage | None = None
    failure: Failure | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)


def member(body: object, *path: str) -> Any:
    """What stands at a path of member names; None if it is not there."""
    for name in path:
        if not isinstance(body, Mapping):
            return None
        body = body.get(name)
    return body


def text(value: object) -> str:
    """``value`` if it is a text, else an empty one."""
    return value if isinstance(value, str) else ""


def objects(value: object) -> list[Body]:
    """The objects of a list, without what is none."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
