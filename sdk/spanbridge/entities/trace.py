"""A trace that was read back: what is known of it as a whole, and its spans."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from spanbridge.entities.assessment import Expectation, Feedback, Kind
from spanbridge.entities.span import Span
from spanbridge.entities.trace_data import TraceData
from spanbridge.entities.trace_info import TraceInfo
from spanbridge.exceptions import InvalidValueError
from spanbridge.tracing import display

__all__ = ["Trace", "TraceData"]


@dataclass(frozen=True, repr=False)
class Trace:
    """A trace. Its ``repr`` is the tree of its spans; notebooks show it with inputs and outputs.

    Attributes:
        info: what is known of it as a whole.
        data: its spans.
    """

    info: TraceInfo
    data: TraceData

    @property
    def trace_id(self) -> str:
        """32 hexadecimal digits."""
        return self.info.trace_id

    def search_spans(
        self,
        span_type: str | None = None,
        name: str | re.Pattern[str] | None = None,
        span_id: str | None = None,
    ) -> list[Span]:
        """The spans that are all of what is asked, in order of their start.

        Args:
            span_type: one of :class:`SpanType` or a type of your own.
            name: the whole name, or a pattern that is found in it.
            span_id: 16 hexadecimal digits.

        Raises:
            InvalidValueError: ``name`` is neither a text nor a pattern, another no text.
        """
        for what, text in (("span_type", span_type), ("span_id", span_id)):
            if text is not None and not isinstance(text, str):
                raise InvalidValueError(f"{what} is a text, not {text!r}")
        if name is not None and not isinstance(name, str | re.Pattern):
            raise InvalidValueError(f"name is a text or a compiled pattern, not {name!r}")
        return [
            span
            for span in self.data.spans
            if (span_type is None or span.span_type == span_type)
            and (span_id is None or span.span_id == span_id)
            and (name is None or _is_named(span, name))
        ]

    def search_assessments(
        self,
        name: str | None = None,
        *,
        span_id: str | None = None,
        all: bool = False,
        type: Kind | None = None,
    ) -> list[Feedback | Expectation]:
        """The assessments that are all of what is asked.

        Args:
            name: what they assess.
            span_id: the span they are about.
            all: also those that another has replaced.
            type: ``feedback`` or ``expectation``.
        """
        return [
            found
            for found in self.info.assessments
            if (name is None or found.name == name)
            and (span_id is None or found.span_id == span_id)
            and (all or found.valid)
            and (type is None or found.kind == type)
        ]

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Trace:
        """The trace of a document of the service.

        Raises:
            KeyError, TypeError, ValueError: it is no trace document.
        """
        trace_id = document["trace_id"]
        spans = [Span(span, trace_id) for span in document["spans"]]
        return cls(TraceInfo.from_document(document), TraceData(spans))

    def to_dict(self) -> dict[str, Any]:
        """``{"info": ..., "data": {"spans": [...]}}``, the caller's own copy."""
        return {"info": self.info.to_dict(), "data": self.data.to_dict()}

    @classmethod
    def from_dict(cls, trace_dict: Mapping[str, Any]) -> Trace:
        """The trace of a document that :meth:`to_dict` made.

        Raises:
            InvalidValueError: it is no such document.
        """
        try:
            info = TraceInfo.from_dict(trace_dict["info"])
            return cls(info, TraceData.from_dict(trace_dict["data"]))
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidValueError(
                f"not a document of Trace.to_dict(): {type(error).__name__}: {error}"
            ) from error

    def to_json(self, pretty: bool = False) -> str:
        """:meth:`to_dict` as a text of JSON."""
        return orjson.dumps(self.to_dict(), option=orjson.OPT_INDENT_2 if pretty else 0).decode()

    @classmethod
    def from_json(cls, trace_json: str | bytes) -> Trace:
        """The trace of a text that :meth:`to_json` made.

        Raises:
            InvalidValueError: it is no JSON, or no such document.
        """
        try:
            document = orjson.loads(trace_json)
        except ValueError as error:
            raise InvalidValueError(f"not a text of Trace.to_json(): {error}") from error
        return cls.from_dict(document)

    def to_pandas_dataframe_row(self) -> dict[str, Any]:
        """The trace as a row of what :func:`spanbridge.search_traces` answers, by column."""
        root = self.data.root
        info = self.info
        return {
            "trace_id": info.trace_id,
            "trace": self.to_json(),
            "client_request_id": info.client_request_id,
            "state": str(info.state),
            "request_time": info.request_time,
            "execution_duration": info.execution_duration,
            "request": None if root is None else root.inputs,
            "response": None if root is None else root.outputs,
            "trace_metadata": dict(info.trace_metadata),
            "tags": dict(info.tags),
            "spans": [span.to_dict() for span in self.data.spans],
            "assessments": [assessment.to_dict() for assessment in info.assessments],
        }

    @staticmethod
    def pandas_dataframe_columns() -> list[str]:
        """The columns of what :func:`spanbridge.search_traces` answers."""
        return list(_COLUMNS)

    def __repr__(self) -> str:
        from spanbridge.entities.text_view import trace_text

        return trace_text(self.info, self.data.spans)

    def _repr_html_(self) -> str | None:
        if not display.is_enabled():
            return None
        from spanbridge.entities.notebook_view import trace_html

        return trace_html(self.info, self.data.spans)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        html = self._repr_html_()
        return {"text/plain": repr(self), **({} if html is None else {"text/html": html})}


_COLUMNS: Final = (
    *("trace_id", "trace", "client_request_id", "state", "request_time", "execution_duration"),
    *("request", "response", "trace_metadata", "tags", "spans", "assessments"),
)


def _is_named(span: Span, name: str | re.Pattern[str]) -> bool:
    return span.name == name if isinstance(name, str) else name.search(span.name) is not None
