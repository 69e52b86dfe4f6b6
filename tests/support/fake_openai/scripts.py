"""What a request asks of the server beside an answer: by the model's name or by a header."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

HEADER = "x-fake-script"
"""The fields of a :class:`Script` as a JSON object."""

_ERROR = re.compile(r"err-([45]\d\d)")
_WORDS = re.compile(r"words-(\d+)")


@dataclass(frozen=True, slots=True)
class Script:
    """How one request is answered.

    A model's name says it by a word in it, ``gpt-refusal`` or ``gpt-slow``; the header overrides.
    """

    status: int = 200
    """Model ``err-<status>``: this HTTP error."""
    delay_s: float = 0.0
    """Before anything is answered. Model ``late``: 0.5."""
    chunk_delay_s: float = 0.0
    """Between the events of a stream. Model ``slow``: 0.05."""
    break_after: int | None = None
    """Events of a stream after which the connection breaks. Model ``break``: 3."""
    error_after: int | None = None
    """Events of a stream after which an error is sent as an event. Model ``midway``: 3."""
    words: int = 0
    """Model ``words-<n>``: an answer of that many words."""
    refusal: bool = False
    """Model ``refusal``: the model refuses."""
    reasoning: bool = False
    """Model ``reasoning``: text of reasoning beside the answer."""
    audio: bool = False
    """Model ``audio``: the answer is spoken, with a transcript."""
    logprobs: bool = False
    """Set by the request's ``logprobs``."""
    usage_always: bool = False
    """Usage in the last chunk of a stream, whether it was asked for or not."""
    usage_never: bool = False
    """Model ``uncounted``: no usage at all."""
    outcome: str = "completed"
    """Of a response: models ``incomplete`` and ``failed``."""

    @classmethod
    def of(cls, body: Mapping[str, Any], headers: Mapping[str, str]) -> Script:
        """The script of a request."""
        model = str(body.get("model", ""))
        script = cls(logprobs=bool(body.get("logprobs")))
        changes: dict[str, Any] = {word: True for word in ("refusal", "reasoning") if word in model}
        for word, change in _WORDS_OF_MODELS.items():
            if word in model:
                changes |= change
        if found := _ERROR.search(model):
            changes["status"] = int(found[1])
        if found := _WORDS.search(model):
            changes["words"] = int(found[1])
        if HEADER in headers:
            changes |= json.loads(headers[HEADER])
        return replace(script, **changes)


_WORDS_OF_MODELS: dict[str, dict[str, Any]] = {
    "late": {"delay_s": 0.5},
    "slow": {"chunk_delay_s": 0.05},
    "break": {"break_after": 3},
    "midway": {"error_after": 3},
    "audio": {"audio": True},
    "uncounted": {"usage_never": True},
    "incomplete": {"outcome": "incomplete"},
    "failed": {"outcome": "failed"},
}
