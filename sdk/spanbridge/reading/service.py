"""What can be asked of the service, with entities for answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from spanbridge.entities.assessment import Assessment, Expectation, Feedback
from spanbridge.entities.session import Session
from spanbridge.entities.trace import Trace
from spanbridge.exceptions import InvalidValueError
from spanbridge.reading.ids import checked_assessment_id, checked_trace_id
from spanbridge.reading.transport import Transport, transport_to

PAGE: Final = 100
"""Traces that are asked for at once."""

_MOST_DELETED: Final = 1000
"""Traces that one request deletes."""

_LAST_NS: Final = 2**63 - 1

T = TypeVar("T")
A = TypeVar("A", Feedback, Expectation)


class PagedList(list[T], Generic[T]):
    """A page of a list.

    Attributes:
        token: pass it as ``page_token`` for the next page; None on the last one.
    """

    def __init__(self, items: Sequence[T] = (), token: str | None = None) -> None:
        super().__init__(items)
        self.token = token


@dataclass(frozen=True)
class Query:
    """What traces, or sessions with such traces, are looked for.

    Attributes:
        filter_string: an expression of the filter language; '' finds all.
        order_by: such as ``timestamp DESC``; the service's own order if empty.
        experiment_ids: only of these, if any.
        run_id: only of this run.
        include_spans: whether the spans are read as well.
    """

    filter_string: str = ""
    order_by: Sequence[str] = ()
    experiment_ids: Sequence[str] = ()
    run_id: str | None = None
    include_spans: bool = True

    def __post_init__(self) -> None:
        for name in ("order_by", "experiment_ids"):
            check_texts(name, getattr(self, name))
        if not isinstance(self.filter_string, str):
            raise InvalidValueError(f"filter_string is a text, not {self.filter_string!r}")

    def body(self, max_results: int, page_token: str | None) -> dict[str, Any]:
        """As the service wants it."""
        return {
            "filter": self.filter_string,
            "order_by": list(self.order_by),
            "max_results": max_results,
            "page_token": page_token,
            "include_spans": self.include_spans,
            "experiment_ids": list(self.experiment_ids),
            "run_id": self.run_id,
        }


class Service:
    """A service. All methods raise what :meth:`Transport.send` raises.

    Attributes:
        uri: its address.
    """

    def __init__(self, transport: Transport, uri: str) -> None:
        self._transport = transport
        self.uri = uri

    # Traces

    def trace(self, trace_id: str) -> Trace:
        """A trace with its spans. Raises NotFoundError if it has not arrived."""
        answer = self._transport.get(f"traces/{checked_trace_id(trace_id)}")
        return self._read(Trace.from_document, answer)

    def search(
        self, query: Query, max_results: int = PAGE, page_token: str | None = None
    ) -> PagedList[Trace]:
        """A page of the traces that are looked for."""
        body = query.body(_checked_count(max_results), page_token)
        answer = self._transport.send("POST", "traces/search", body)
        return self._read(lambda page: _page(page, "traces", Trace.from_document), answer)

    def search_all(self, query: Query, max_results: int | None) -> list[Trace]:
        """All traces that are looked for, or the first of them."""
        return list(_all(lambda n, token: self.search(query, n, token), max_results))

    def sessions(self, query: Query, max_results: int) -> list[Session]:
        """Sessions with traces that are looked for, the latest first."""

        def load(trace_ids: Sequence[str]) -> list[Trace]:
            found: list[Trace] = []
            for n in range(0, len(trace_ids), PAGE):
                ids = ", ".join(f"'{checked_trace_id(i)}'" for i in trace_ids[n : n + PAGE])
                wanted = Query(f"request_id IN ({ids})", include_spans=query.include_spans)
                found += self.search_all(wanted, None)
            return found

        def ask(n: int, token: str | None) -> PagedList[Session]:
            answer = self._transport.send("POST", "sessions/search", query.body(n, token))
            return self._read(
                lambda page: _page(page, "sessions", lambda one: Session(one, load)), answer
            )

        return list(_all(ask, max_results))

    def delete(self, trace_ids: Sequence[str], experiment_id: str | None) -> int:
        """Delete traces by their ids; how many there were."""
        if isinstance(trace_ids, str):
            raise InvalidValueError(f"trace_ids is a list of texts, not {trace_ids!r}")
        ids = [checked_trace_id(trace_id) for trace_id in trace_ids]
        return sum(
            self._delete({"trace_ids": ids[n : n + _MOST_DELETED]}, experiment_id)
            for n in range(0, len(ids), _MOST_DELETED)
        )

    def delete_oldest(self, before_ns: int, most: int | None, experiment_id: str | None) -> int:
        """Delete traces that began before a time, all or the oldest; how many there were."""
        before = min(max(before_ns, 0), _LAST_NS)
        left = None if most is None else _checked_count(most, "max_traces")
        deleted = 0
        while left is None or left > deleted:
            limit = _MOST_DELETED if left is None else min(left - deleted, _MOST_DELETED)
            found = self._delete({"before_unix_nano": before, "limit": limit}, experiment_id)
            deleted += found
            if not found:
                break
        return deleted

    def _delete(self, which: Mapping[str, object], experiment_id: str | None) -> int:
        within = {} if experiment_id is None else {"experiment_id": experiment_id}
        answer = self._transport.send("POST", "traces/delete", {**which, **within})
        return self._read(lambda told: int(told["deleted"]), answer)

    def set_tags(self, trace_id: str, tags: Mapping[str, str | None]) -> None:
        """Set tags, and delete those that are None."""
        self._transport.send("PATCH", f"traces/{checked_trace_id(trace_id)}/tags", dict(tags))

    # Assessments

    def assessment(self, trace_id: str, assessment_id: str) -> Feedback | Expectation:
        """An assessment."""
        answer = self._transport.get(_address(trace_id, assessment_id))
        return self._read(Assessment.from_dict, answer)

    def add_assessment(self, trace_id: str, body: Mapping[str, Any], kind: type[A]) -> A:
        """Log an assessment of a kind; as the service has it."""
        path = f"traces/{checked_trace_id(trace_id)}/assessments"
        answer = self._transport.send("POST", path, body, repeatable=False)
        return self._read(lambda told: _of_kind(kind, Assessment.from_dict(told)), answer)

    def change_assessment(
        self, trace_id: str, assessment_id: str, body: Mapping[str, Any]
    ) -> Feedback | Expectation:
        """Change an assessment; as the service has it then."""
        answer = self._transport.send("PATCH", _address(trace_id, assessment_id), body)
        return self._read(Assessment.from_dict, answer)

    def override_feedback(
        self, trace_id: str, assessment_id: str, body: Mapping[str, Any]
    ) -> Feedback:
        """Replace feedback; the new one."""
        path = f"{_address(trace_id, assessment_id)}/override"
        answer = self._transport.send("POST", path, body, repeatable=False)
        return self._read(lambda told: _of_kind(Feedback, Assessment.from_dict(told)), answer)

    def delete_assessment(self, trace_id: str, assessment_id: str) -> None:
        """Delete an assessment."""
        self._transport.send("DELETE", _address(trace_id, assessment_id))

    def _read(self, read: Callable[[Any], T], answer: Any) -> T:
        try:
            return read(answer)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            what = f"its answer lacks or has wrong {error}"
            raise self._transport.malformed(what) from error


def check_texts(name: str, given: Any) -> None:
    """Raise InvalidValueError unless an argument is a list of texts, or the like."""
    is_list = isinstance(given, Collection) and not isinstance(given, str | bytes)
    if not is_list or not all(isinstance(item, str) for item in given):
        raise InvalidValueError(f"{name} is a list of texts, not {given!r}")


def service_at(uri: str) -> Service:
    """The service at an address."""
    return Service(transport_to(uri), uri)


def current_service() -> Service:
    """The service at the tracking URI."""
    from spanbridge.tracking import get_tracking_uri

    return service_at(get_tracking_uri())


def _address(trace_id: str, assessment_id: str) -> str:
    found = checked_trace_id(trace_id)
    return f"traces/{found}/assessments/{checked_assessment_id(assessment_id)}"


def _of_kind(kind: type[A], found: Feedback | Expectation) -> A:
    if not isinstance(found, kind):
        raise TypeError(f"kind: {found.kind}")
    return found


def _page(answer: Any, name: str, read: Callable[[Any], T]) -> PagedList[T]:
    return PagedList([read(one) for one in answer[name]], answer["next_page_token"] or None)


def _all(ask: Callable[[int, str | None], PagedList[T]], most: int | None) -> Iterator[T]:
    """The items of all pages, up to ``most``."""
    left = None if most is None else _checked_count(most)
    token: str | None = None
    while left is None or left > 0:
        page = ask(PAGE if left is None else min(left, PAGE), token)
        yield from page[:left]
        left = None if left is None else left - len(page)
        token = page.token
        if token is None:
            return


def _checked_count(count: object, name: str = "max_results") -> int:
    if isinstance(count, int) and not isinstance(count, bool) and count > 0:
        return count
    raise InvalidValueError(f"{name} is a whole number of at least 1, not {count!r}")
