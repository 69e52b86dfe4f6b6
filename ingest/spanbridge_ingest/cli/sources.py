"""Where traces and prices are read: a store, or the API of a running service."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any, Protocol, cast

from spanbridge_ingest.cli import service_info
from spanbridge_ingest.cli.wiring import open_settings_store, require_remote_store
from spanbridge_ingest.errors import ConfigError, SpanbridgeError, StoreUnavailableError
from spanbridge_ingest.query import traces
from spanbridge_ingest.query.search.documents import search_traces
from spanbridge_ingest.query.search.nodes import literal
from spanbridge_ingest.query.search.parse import parse_filter
from spanbridge_ingest.query.search.question import Question
from spanbridge_ingest.query.unmapped import unmapped_keys
from spanbridge_ingest.settings import Settings
from spanbridge_ingest.store import ClickHouseStore

Document = dict[str, Any]
Documents = list[Document]

_ID_CHARS = 32
_SHOWN_IDS = 5
_TIMEOUT_S = 60.0
_NS_PER_MS = 1_000_000
_PAGE = 500
_SEARCHED_PAGES = 10
"""An API finds whole ids only; the beginning of one is looked for among this many pages."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which traces are wanted: at most ``limit``, begun at or after ``since``, of ``service``.

    ``text`` is of the filter language; ``order_by`` is as the search takes it.
    """

    limit: int
    since: datetime | None = None
    service: str | None = None
    text: str = ""
    order_by: Sequence[str] = ()

    @property
    def searches(self) -> bool:
        """Whether it takes a search to find them."""
        return bool(self.text.strip() or self.order_by)

    def as_text(self) -> str:
        """All that traces have to satisfy, in the filter language.

        Raises:
            BadQueryError: ``text`` is not of it.
        """
        given = parse_filter(self.text)
        parts: list[str] = []
        if self.start_ns is not None:
            parts.append(f"timestamp_ms >= {self.start_ns // _NS_PER_MS}")
        if self.service is not None:
            parts.append(f"service = {literal(self.service)}")
        if not parts:
            return self.text
        return " AND ".join(parts if given is None else [f"({given})", *parts])

    @property
    def start_ns(self) -> int | None:
        """``since`` in nanoseconds since the epoch."""
        return None if self.since is None else nanoseconds(self.since)


def nanoseconds(moment: datetime) -> int:
    """Whole seconds since the epoch, in nanoseconds."""
    return int(moment.timestamp()) * 1_000_000_000


class Source(Protocol):
    """Something traces can be read from. Methods raise SpanbridgeError."""

    def list(self, wanted: Filter) -> list[Document]:
        """Summaries of the newest traces."""

    def search(self, wanted: Filter) -> Documents:
        """Traces without their spans, in the order that is wanted."""

    def get(self, prefix: str) -> Document:
        """The document of the one trace whose id begins with ``prefix``."""

    def unmapped(self, since: datetime | None, limit: int) -> Documents:
        """Attribute keys that look like GenAI and that no rule reads."""


@contextmanager
def open_source(settings: Settings, api: str | None) -> Iterator[Source]:
    """Open the API at ``api``, or that of the service which holds the store, or the store.

    Raises:
        ConfigError: there is no such store, or its service has no API.
        StoreError: the store cannot be opened.
    """
    if api is None and settings.clickhouse is None:
        running = service_info.running(settings.store)
        if running is not None and running.api_url is None:
            raise ConfigError(
                f"The store {settings.store} is in use by process {running.pid}, which serves no "
                "API. Stop it, or start it with --http."
            )
        api = None if running is None else running.api_url
    if api is not None:
        yield ApiSource(api)
        return
    if settings.clickhouse is None and not settings.store.is_dir():
        raise ConfigError(
            f"There is no store at {settings.store}. `spanbridge serve` makes it; --store, "
            "--clickhouse and --api name another place to read."
        )
    if settings.clickhouse is not None:
        require_remote_store(settings)
    with closing(open_settings_store(settings)) as store:
        yield StoreSource(store)


class StoreSource:
    """Reads a store that no service holds."""

    def __init__(self, store: ClickHouseStore) -> None:
        self.store = store

    def list(self, wanted: Filter) -> list[Document]:
        """Summaries of the newest traces, page by page."""
        found: list[Document] = []
        cursor: str | None = None
        while len(found) < wanted.limit:
            page = traces.list_traces(
                self.store,
                start=wanted.start_ns,
                limit=min(wanted.limit - len(found), traces.MAX_PAGE),
                cursor=cursor,
                service=wanted.service,
            )
            found += page.traces
            cursor = page.next_cursor
            if cursor is None:
                break
        return found

    def search(self, wanted: Filter) -> Documents:
        """Traces without their spans, in the order that is wanted, page by page."""

        def ask(body: Document) -> Document:
            question = Question(**body)
            return cast(Document, json.loads(search_traces(self.store, question, False)))

        return _searched(wanted, ask)

    def get(self, prefix: str) -> Document:
        """The document of the one trace whose id begins with ``prefix``."""
        if len(prefix) < _ID_CHARS:
            sql = (files("spanbridge_ingest.cli") / "sql" / "trace_ids.sql").read_text("utf-8")
            parameters = {"prefix": prefix, "count": _SHOWN_IDS + 1}
            rows = self.store.query(sql, {"database": self.store.database, **parameters})
            prefix = only_one(prefix, [str(trace_id) for (trace_id,) in rows])
        return traces.trace_document(self.store, prefix)

    def unmapped(self, since: datetime | None, limit: int) -> Documents:
        """Attribute keys that look like GenAI and that no rule reads."""
        return unmapped_keys(self.store, 0 if since is None else nanoseconds(since), limit)


class ApiSource:
    """Reads the HTTP API of a running service."""

    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ConfigError(f"--api {url}: not a URL. Example: http://127.0.0.1:4318")
        self._base = f"{url.rstrip('/')}/api"

    def list(self, wanted: Filter) -> list[Document]:
        """Summaries of the newest traces, page by page."""
        found: list[Document] = []
        for page in self._pages(wanted.limit, start=wanted.start_ns, service=wanted.service):
            found += page
        return found

    def search(self, wanted: Filter) -> Documents:
        """Traces without their spans, in the order that is wanted, page by page."""

        def ask(body: Document) -> Document:
            text = json.dumps({**body, "include_spans": False})
            return cast(Document, self._ask("traces/search", text.encode()))

        return _searched(wanted, ask)

    def get(self, prefix: str) -> Document:
        """The document of the one trace whose id begins with ``prefix``."""
        if len(prefix) < _ID_CHARS:
            ids = [
                str(summary["trace_id"])
                for page in self._pages(_PAGE * _SEARCHED_PAGES)
                for summary in page
                if str(summary["trace_id"]).startswith(prefix)
            ]
            prefix = only_one(prefix, ids)
        return cast(Document, self._get(f"traces/{prefix}", {}))

    def unmapped(self, since: datetime | None, limit: int) -> Documents:
        """Attribute keys that look like GenAI and that no rule reads."""
        start = None if since is None else nanoseconds(since)
        answer = self._get("unmapped", {"start": start, "limit": limit})
        return cast(Documents, answer["keys"])

    def ask(self, path: str, **parameters: object) -> Document:
        """The answer to ``GET <path>``; parameters that are None are not sent."""
        return cast(Document, self._get(path, parameters))

    def _pages(self, limit: int, **parameters: object) -> Iterator[Sequence[Document]]:
        cursor: object = None
        while limit > 0:
            query = {**parameters, "limit": min(limit, _PAGE), "cursor": cursor}
            answer = self._get("traces", query)
            yield answer["traces"]
            limit -= len(answer["traces"])
            cursor = answer.get("next_cursor")
            if cursor is None:
                return

    def _get(self, path: str, parameters: Mapping[str, object]) -> Any:
        given = {name: value for name, value in parameters.items() if value is not None}
        return self._ask(f"{path}?{urllib.parse.urlencode(given)}")

    def _ask(self, path: str, body: bytes | None = None) -> Any:
        headers = {} if body is None else {"content-type": "application/json"}
        request = urllib.request.Request(f"{self._base}/{path}", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:
                return json.load(response)
        except urllib.error.HTTPError as refusal:
            raise SpanbridgeError(_problem_text(refusal)) from None
        except (OSError, ValueError) as problem:
            raise StoreUnavailableError(
                f"{self._base} does not answer as the API of a spanbridge service: {problem}"
            ) from None


def _searched(wanted: Filter, ask: Callable[[Document], Document]) -> Documents:
    """What a search finds, page by page; ``ask`` gives the answer to the body of a request."""
    found: Documents = []
    body: Document = {"filter": wanted.as_text(), "order_by": list(wanted.order_by)}
    while len(found) < wanted.limit:
        answer = ask({**body, "max_results": min(wanted.limit - len(found), _PAGE)})
        found += answer["traces"]
        body["page_token"] = answer["next_page_token"]
        if body["page_token"] is None:
            break
    return found


def only_one(prefix: str, ids: Sequence[str]) -> str:
    """The one id among those found.

    Raises:
        SpanbridgeError: there is none, or more than one.
    """
    if not ids:
        raise SpanbridgeError(
            f"No trace id begins with {prefix}. `spanbridge traces list` shows some."
        )
    if len(ids) > 1:
        some = ", ".join(ids[:_SHOWN_IDS])
        more = ", ..." if len(ids) > _SHOWN_IDS else ""
        raise SpanbridgeError(f"More than one trace id begins with {prefix}: {some}{more}.")
    return ids[0]


def _problem_text(refusal: urllib.error.HTTPError) -> str:
    try:
        problem = json.loads(refusal.read())["error"]
        parts = [str(problem[key]) for key in ("message", "hint") if problem.get(key)]
    except (ValueError, AttributeError, KeyError, TypeError):
        parts = []
    between = "\n" if parts and "\n" in parts[0] else "; "
    return between.join(parts) or f"HTTP {refusal.code} from {refusal.url}"
