"""What a retriever found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Document:
    """A document; outputs of spans of type ``RETRIEVER`` are lists of these.

    Attributes:
        page_content: its text.
        metadata: what is known about it, such as where it came from.
        id: what it is called in its store.
    """

    page_content: str
    metadata: dict[str, Any] = field(default_factory=dict)
    id: str | None = None
