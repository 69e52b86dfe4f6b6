"""The spans of a trace that was read back."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from spanbridge.entities.span import Span

INTERMEDIATE_OUTPUTS: Final = "mlflow.trace.intermediate_outputs"


@dataclass(frozen=True)
class TraceData:
    """The spans of a trace, in order of their start; empty if they were not asked for."""

    spans: Sequence[Span] = ()

    @property
    def root(self) -> Span | None:
        """The span that stands for the trace.

        The first without a parent; else the first whose parent is not there; else the first.
        """
        known = {span.span_id for span in self.spans}
        roots = (span for span in self.spans if span.parent_id is None)
        orphans = (span for span in self.spans if span.parent_id not in known)
        return next(itertools.chain(roots, orphans, self.spans), None)

    @property
    def request(self) -> str | None:
        """The inputs of the root, as JSON."""
        return None if self.root is None else _json_text(self.root.inputs)

    @property
    def response(self) -> str | None:
        """The outputs of the root, as JSON."""
        return None if self.root is None else _json_text(self.root.outputs)

    @property
    def intermediate_outputs(self) -> dict[str, Any] | None:
        """What :func:`spanbridge.log_trace` was told of them; None if nothing."""
        found = None if self.root is None else self.root.get_attribute(INTERMEDIATE_OUTPUTS)
        return found if isinstance(found, dict) else None

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"spans": [span.to_dict() for span in self.spans]}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> TraceData:
        """The spans of a document that :meth:`to_dict` made."""
        return cls([Span.from_dict(span) for span in document["spans"]])


def _json_text(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()
