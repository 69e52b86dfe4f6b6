"""A trace as text and in a notebook: readable, bounded, and harmless whatever stands in it."""

from __future__ import annotations

import copy
import os
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from spanbridge.entities.notebook_view import MAX_ROWS as MAX_HTML_ROWS
from spanbridge.entities.text_view import MAX_ROWS
from spanbridge.entities.trace import Trace
from tests.sdk.reading.recordings import AGENTS, CALLS, OTHERS, Documents
from tests.sdk.reading.test_traces import ASSESSMENT

SNAPSHOTS = Path(__file__).parent / "snapshots"
EVIL = (
    "<script>alert(1)</script><img src=x onerror=alert(1)></pre></details></div>"
    "\"'><a href='javascript:alert(1)'>&lt;style>*{display:none}</style>"
    "\x1b[2J\x1b]0;owned\x07\x00\u202egnp.exe\u2066\ud800"
)


def check(name: str, text: str) -> None:
    """Compare with the file of that name; REGENERATE_SNAPSHOTS=1 writes it."""
    path = SNAPSHOTS / name
    if os.environ.get("REGENERATE_SNAPSHOTS"):
        path.write_text(text + "\n", encoding="utf-8")
    assert text + "\n" == path.read_text(encoding="utf-8")


class Page(HTMLParser):
    """What elements and attributes a fragment has, and whether they are closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.open: list[str] = []
        self.said = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= set(attrs)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += data


def page(trace: Trace) -> Page:
    found = Page(trace._repr_html_())
    assert found.open == []
    assert found.tags <= {"div", "b", "code", "details", "summary", "span", "pre"}
    assert {name for name, _ in found.attributes} <= {"style"}
    assert not any(re.search(r"url\(|import|expression|@", str(v)) for _, v in found.attributes)
    return found


def test_views_are_as_they_were(documents: Documents) -> None:
    trace = Trace.from_document(documents["mlflow/agent"])
    check("agent.txt", repr(trace))
    check("agent.html", trace._repr_html_())
    check("tree.txt", repr(Trace.from_document(documents["traceloop-langchain/agent_tool"])))


def test_a_failed_trace_with_feedback_is_as_it_was(documents: Documents) -> None:
    document = copy.deepcopy(documents["openinference-openai/error_429"])
    failed = ASSESSMENT | {
        "value": None,
        "error": {"error_code": "JUDGE", "error_message": "no answer", "stack_trace": None},
        "rationale": "because",
        "valid": False,
    }
    told = {"session_id": "s-1", "user_id": "ann", "tags": {"team": "search"}, "state": "ERROR"}
    told |= {"assessments": [ASSESSMENT, failed], "cost_usd": 0.0123}
    trace = Trace.from_document(document | told)
    check("failed.txt", repr(trace))
    check("failed.html", trace._repr_html_())


@pytest.mark.parametrize("recording", [*AGENTS, *CALLS, *OTHERS])
def test_every_recording_can_be_shown(documents: Documents, recording: str) -> None:
    trace = Trace.from_document(documents[recording])
    shown = page(trace)
    for span in trace.data.spans:
        assert span.name in repr(trace)
        assert span.name in shown.said
    assert trace._repr_mimebundle_() == {
        "text/plain": repr(trace),
        "text/html": trace._repr_html_(),
    }


def evil(value: Any) -> Any:
    """``value`` with something evil in place of every text that may be anybody's."""
    if isinstance(value, str):
        return EVIL
    if isinstance(value, list):
        return [evil(item) for item in value]
    if isinstance(value, dict):
        return {EVIL + key: evil(item) for key, item in value.items()}
    return value


def test_whatever_stands_in_a_trace_is_only_shown(documents: Documents) -> None:
    document = copy.deepcopy(documents["openinference-openai/error_429"])
    anybody = {"name": EVIL, "session_id": EVIL, "user_id": EVIL, "tags": {EVIL: EVIL}}
    for span in document["spans"]:
        span |= {"name": EVIL, "span_type": EVIL, "input": EVIL, "output": evil(span["output"])}
        span["attributes"] = evil(span["attributes"])
        span["status"]["message"] = EVIL
        span["events"] = [
            event | {"name": EVIL, "attributes": evil(event["attributes"])}
            for event in span["events"]
        ]
    feedback = ASSESSMENT | {"name": EVIL, "value": evil({"a": "b"}), "rationale": EVIL}
    trace = Trace.from_document(document | anybody | {"assessments": [feedback]})

    shown = page(trace)

    assert "<script>alert(1)</script>" in shown.said
    for text in (shown.said, repr(trace), trace._repr_html_()):
        text.encode()
        assert not re.search("[\x00\x07\x1b\u202e\u2066]", text)
    assert len(repr(trace).splitlines()) == 2


def many(documents: Documents, count: int, parent_of: Any) -> Trace:
    document = copy.deepcopy(documents["mlflow/agent"])
    pattern = document["spans"][0]
    document["spans"] = [
        pattern | {"span_id": f"{n + 1:016x}", "parent_span_id": parent_of(n), "name": f"span {n}"}
        for n in range(count)
    ]
    return Trace.from_document(document)


@pytest.mark.parametrize(
    ("shape", "parent_of"),
    [
        ("wide", lambda n: f"{1:016x}" if n else ""),
        ("deep", lambda n: f"{n:016x}" if n else ""),
        ("lost", lambda n: "f" * 16),
        ("circle", lambda n: f"{(n + 1) % 10_000 + 1:016x}"),
        ("own parent", lambda n: f"{n + 1:016x}"),
    ],
)
def test_large_and_odd_traces_are_shown_in_part(
    documents: Documents, shape: str, parent_of: Any
) -> None:
    trace = many(documents, 10_000, parent_of)
    began = time.process_time()

    text, shown = repr(trace), page(trace)

    assert time.process_time() - began < 3
    assert len(text.splitlines()) == MAX_ROWS + 2
    assert f"… {10_000 - MAX_ROWS} more spans" in text
    assert f"… {10_000 - MAX_HTML_ROWS} more spans" in shown.said
    assert len(text) < 20_000
    assert len(trace._repr_html_()) < 1_000_000
    assert "span 0" in text


def test_large_values_are_shown_in_part(documents: Documents) -> None:
    document = copy.deepcopy(documents["mlflow/agent"])
    for span in document["spans"]:
        span["attributes"] = {"mlflow.spanInputs": "x" * 5_000_000}
    shown = Trace.from_document(document)._repr_html_()
    assert len(shown) < 60_000
    assert "…" in shown


def test_bars_stay_within_the_trace(documents: Documents) -> None:
    document = copy.deepcopy(documents["mlflow/agent"])
    start, end = document["start_time_unix_nano"], document["end_time_unix_nano"]
    for n, span in enumerate(document["spans"]):
        span["start_time_unix_nano"] = (start - 10**9, end + 10**9, start, end)[n]
        span["end_time_unix_nano"] = (end + 10**9, end, start, start)[n]
    html = Trace.from_document(document)._repr_html_()
    for left, width in re.findall(r"left:([\d.-]+)%;width:([\d.-]+)%", html):
        assert 0 <= float(left) <= 100
        assert 0 <= float(width) <= 100
        assert float(left) + float(width) <= 100.1


def test_notebooks_show_text_only_if_they_are_told(documents: Documents) -> None:
    from spanbridge import tracing

    trace = Trace.from_document(documents["mlflow/agent"])
    assert trace._repr_mimebundle_().keys() == {"text/plain", "text/html"}
    tracing.disable_notebook_display()
    try:
        assert trace._repr_html_() is None
        assert trace._repr_mimebundle_() == {"text/plain": repr(trace)}
    finally:
        tracing.enable_notebook_display()
    assert trace._repr_html_()
