"""The client: traces by their ids, recorded, read, changed and deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from spanbridge import ended_roots, experiments
from spanbridge.elsewhere import missing
from spanbridge.entities.assessment import Assessment, Expectation, Feedback
from spanbridge.entities.event import Link
from spanbridge.entities.experiment import Experiment
from spanbridge.entities.session import Session
from spanbridge.entities.span_type import SpanType
from spanbridge.entities.status import SpanStatus, SpanStatusCode
from spanbridge.entities.trace import Trace
from spanbridge.exceptions import InvalidValueError, NotFoundError
from spanbridge.fluent import get_current_active_span
from spanbridge.reading import assessments, traces
from spanbridge.reading.flushing import flush_own
from spanbridge.reading.open_spans import OpenSpans
from spanbridge.reading.service import PAGE, A, PagedList, Service, service_at
from spanbridge.reading.wanted import Wanted
from spanbridge.spans.live_span import LiveSpan, NoOpSpan
from spanbridge.spans.trace_state import RUN_METADATA, as_text
from spanbridge.starting import start_span_no_context
from spanbridge.tracing.display import show
from spanbridge.tracking import checked_uri, get_tracking_uri

_MS: Final = 1_000_000
_open: Final = OpenSpans()


class SpanbridgeClient:
    """Records, reads, changes and deletes traces by their ids.

    Spans that one client starts can be ended by another one of the same process. They are sent
    where all spans of the process go; ``tracking_uri`` is about everything else.

    Args:
        tracking_uri: the address of the service; that of :func:`set_tracking_uri` if not given.
    """

    def __init__(self, tracking_uri: str | None = None) -> None:
        self._uri = None if tracking_uri is None else checked_uri(tracking_uri)

    @property
    def tracking_uri(self) -> str:
        """The address of the service."""
        return self._uri or get_tracking_uri()

    @property
    def _service(self) -> Service:
        return service_at(self.tracking_uri)

    # Recording

    def start_trace(
        self,
        name: str,
        span_type: str = SpanType.UNKNOWN,
        inputs: Any = None,
        attributes: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        experiment_id: str | None = None,
        start_time_ns: int | None = None,
        run_id: str | None = None,
        links: Sequence[Link] | None = None,
    ) -> LiveSpan:
        """Start a trace; end it with :meth:`end_trace`.

        Args:
            name: what happens.
            span_type: one of :class:`SpanType`, or a type of your own.
            inputs: what goes in.
            attributes: of the root span.
            tags: of the trace.
            experiment_id: what the trace is grouped under.
            start_time_ns: nanoseconds since the epoch; now if not given.
            run_id: the run that the trace belongs to.
            links: relations to other spans.

        Returns:
            the root span, which does not become the current one.

        Raises:
            InvalidValueError: a span is open here, so what starts would be no trace of its own.
        """
        current = get_current_active_span()
        if current is not None:
            raise InvalidValueError(
                f"the span {current.name!r} is open here: start a span in its trace with "
                "start_span(), or call start_trace() outside of it"
            )
        span = start_span_no_context(
            name,
            span_type,
            inputs=inputs,
            attributes=attributes,
            tags=tags,
            metadata=None if run_id is None else {RUN_METADATA: run_id},
            experiment_id=experiment_id,
            start_time_ns=start_time_ns,
            links=links,
        )
        if _has_ids(span):
            _open.add(span, root=True)
        return span

    def start_span(
        self,
        name: str,
        trace_id: str,
        parent_id: str,
        span_type: str = SpanType.UNKNOWN,
        inputs: Any = None,
        attributes: Mapping[str, Any] | None = None,
        start_time_ns: int | None = None,
        links: Sequence[Link] | None = None,
    ) -> LiveSpan:
        """Start a span below another one; end it with :meth:`end_span`.

        Args:
            name: what happens.
            trace_id: the trace.
            parent_id: the span above: one that a client started, or the current one.
            span_type: one of :class:`SpanType`, or a type of your own.
            inputs: what goes in.
            attributes: as for :meth:`LiveSpan.set_attributes`.
            start_time_ns: nanoseconds since the epoch; now if not given.
            links: relations to other spans.

        Raises:
            NotFoundError: there is no such span above.
        """
        span = start_span_no_context(
            name,
            span_type,
            parent_span=_found(trace_id, parent_id),
            inputs=inputs,
            attributes=attributes,
            start_time_ns=start_time_ns,
            links=links,
        )
        if _has_ids(span):
            _open.add(span)
        return span

    def end_span(
        self,
        trace_id: str,
        span_id: str,
        outputs: Any = None,
        attributes: Mapping[str, Any] | None = None,
        status: SpanStatus | SpanStatusCode | str | None = None,
        end_time_ns: int | None = None,
    ) -> None:
        """End a span. Without a status it ends OK, unless an error was recorded.

        Raises:
            NotFoundError: there is no such span.
            InvalidValueError: there is no such status.
        """
        _found(trace_id, span_id).end(outputs, attributes, _known(status), end_time_ns)
        _open.discard_ended(_bare(trace_id))

    def end_trace(
        self,
        trace_id: str,
        outputs: Any = None,
        attributes: Mapping[str, Any] | None = None,
        status: SpanStatus | SpanStatusCode | str | None = None,
        end_time_ns: int | None = None,
    ) -> None:
        """End the root span of a trace; spans of it that are still open can end later.

        Raises:
            NotFoundError: there is no such trace.
            InvalidValueError: there is no such status.
        """
        if _is_none(trace_id):
            return
        _open.root(_bare(trace_id)).end(outputs, attributes, _known(status), end_time_ns)
        _open.discard_ended(_bare(trace_id))

    # Reading

    def get_trace(self, trace_id: str, display: bool = False, flush: bool = True) -> Trace:
        """Read a trace, as :func:`spanbridge.get_trace`.

        Args:
            trace_id: 32 hexadecimal digits, with or without ``tr-``.
            display: show it in the notebook at once; what a cell ends with is shown anyway.
            flush: send the spans of this process that have ended first.

        Raises:
            NotFoundError: there is none of this id.
        """
        try:
            found = traces.read_trace(self._service, trace_id, flush)
        except NotFoundError as error:
            told = f"there is no trace {trace_id} at {self.tracking_uri}"
            raise NotFoundError(told) from error
        if display:
            show(found)
        return found

    def search_traces(
        self,
        experiment_ids: Sequence[str] | None = None,
        filter_string: str | None = None,
        max_results: int = PAGE,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
        run_id: str | None = None,
        include_spans: bool = True,
        model_id: str | None = None,
        locations: Sequence[str] | None = None,
        flush: bool = True,
    ) -> PagedList[Trace]:
        """One page of what :func:`spanbridge.search_traces` finds, with its arguments.

        Found are traces of all experiments unless some are named.

        Its ``token`` is the ``page_token`` of the next page, and None on the last one.
        """
        wanted = Wanted(filter_string, order_by, run_id, model_id, include_spans)
        query = wanted.query(experiment_ids, locations)
        if flush:
            flush_own(self.tracking_uri)
        return self._service.search(query, max_results, page_token)

    def search_sessions(
        self,
        max_results: int = PAGE,
        run_id: str | None = None,
        model_id: str | None = None,
        include_spans: bool = True,
        locations: Sequence[str] | None = None,
        *,
        filter_string: str | None = None,
        experiment_ids: Sequence[str] | None = None,
        flush: bool = True,
    ) -> list[Session]:
        """As :func:`spanbridge.search_sessions`, but in all experiments unless some are named."""
        wanted = Wanted(filter_string, None, run_id, model_id, include_spans)
        query = wanted.query(experiment_ids, locations)
        if flush:
            flush_own(self.tracking_uri)
        return self._service.sessions(query, max_results)

    # Experiments, which are names

    def create_experiment(
        self,
        name: str,
        artifact_location: str | None = None,
        tags: Mapping[str, Any] | None = None,
    ) -> str:
        """As :func:`spanbridge.create_experiment`."""
        return experiments.create_experiment(name, artifact_location, tags)

    def get_experiment(self, experiment_id: str) -> Experiment:
        """As :func:`spanbridge.get_experiment`."""
        return experiments.get_experiment(experiment_id)

    def get_experiment_by_name(self, name: str) -> Experiment:
        """As :func:`spanbridge.get_experiment_by_name`."""
        return experiments.get_experiment_by_name(name)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            raise missing("MlflowClient", name, self)

    # Changing

    def set_trace_tag(self, trace_id: str, key: str, value: Any) -> None:
        """As :func:`spanbridge.set_trace_tag`."""
        self._service.set_tags(trace_id, {key: as_text(value)})

    def delete_trace_tag(self, trace_id: str, key: str) -> None:
        """As :func:`spanbridge.delete_trace_tag`."""
        self._service.set_tags(trace_id, {key: None})

    def delete_traces(
        self,
        experiment_id: str | None = None,
        max_timestamp_millis: int | None = None,
        max_traces: int | None = None,
        trace_ids: Sequence[str] | None = None,
    ) -> int:
        """Delete traces for good, with their tags and assessments.

        Args:
            experiment_id: only of this experiment.
            max_timestamp_millis: those that began then or before, in milliseconds since the epoch.
            max_traces: of these, the oldest so many; all if not given.
            trace_ids: these.

        Returns:
            how many there were.

        Raises:
            InvalidValueError: not exactly one of ``max_timestamp_millis`` and ``trace_ids``.
        """
        if (max_timestamp_millis is None) == (trace_ids is None):
            raise InvalidValueError(
                "delete_traces takes either max_timestamp_millis or trace_ids, and one of them"
            )
        if trace_ids is not None and max_traces is not None:
            raise InvalidValueError("max_traces is for max_timestamp_millis, not for trace_ids")
        try:
            before = (int(max_timestamp_millis or 0) + 1) * _MS
        except (ValueError, TypeError, OverflowError):
            raise InvalidValueError(
                f"max_timestamp_millis is a whole number, not {max_timestamp_millis!r}"
            ) from None
        flush_own(self.tracking_uri)
        # Readers must not wait for what is deleted.
        ended_roots.forget()
        if trace_ids is not None:
            return self._service.delete(trace_ids, experiment_id)
        return self._service.delete_oldest(before, max_traces, experiment_id)

    def log_assessment(self, trace_id: str, assessment: A) -> A:
        """As :func:`spanbridge.log_assessment`."""
        return assessments.add_to(self._service, trace_id, assessment)

    def get_assessment(self, trace_id: str, assessment_id: str) -> Feedback | Expectation:
        """As :func:`spanbridge.get_assessment`."""
        return self._service.assessment(trace_id, assessment_id)

    def update_assessment(
        self, trace_id: str, assessment_id: str, assessment: Assessment
    ) -> Feedback | Expectation:
        """As :func:`spanbridge.update_assessment`."""
        return assessments.change_in(self._service, trace_id, assessment_id, assessment)

    def delete_assessment(self, trace_id: str, assessment_id: str) -> None:
        """As :func:`spanbridge.delete_assessment`."""
        self._service.delete_assessment(trace_id, assessment_id)


MlflowClient = SpanbridgeClient


def _known(status: SpanStatus | SpanStatusCode | str | None) -> SpanStatus | None:
    """Before the span ends, because one that has ended cannot be told another status."""
    return None if status is None else SpanStatus.of(status)


def _bare(trace_id: str) -> str:
    return str(trace_id).removeprefix("tr-")


def _is_none(identity: str) -> bool:
    """Whether an id is that of a span that is not recorded, because tracing is off."""
    return set(_bare(identity)) == {"0"}


def _has_ids(span: LiveSpan) -> bool:
    return not _is_none(span.trace_id)


def _found(trace_id: str, span_id: str) -> LiveSpan:
    if _is_none(trace_id):
        return NoOpSpan()
    current = get_current_active_span()
    if current is not None and (current.trace_id, current.span_id) == (_bare(trace_id), span_id):
        return current
    return _open.span(_bare(trace_id), span_id)
