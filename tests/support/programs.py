"""Programs in processes of their own, and what of them arrived in the store."""

from __future__ import annotations

import functools
import itertools
import json
import shutil
import subprocess
import sys
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.processes import Service, environment, running
from tests.support.fake_openai import FakeOpenAI, Recorded

Document = dict[str, Any]
_TIMEOUT_S = 120.0


class Finished:
    """A program that has ended well: what it printed, sent and asked."""

    def __init__(
        self,
        done: subprocess.CompletedProcess[str],
        requests: list[Recorded],
        runner: Runner,
        service_name: str,
    ) -> None:
        self.lines = done.stdout.splitlines()
        """What it printed."""
        self.errors = done.stderr
        """What it complained of."""
        self.requests = requests
        """What it asked of the model server."""
        self._runner = runner
        self._service_name = service_name

    @property
    def printed(self) -> Document:
        """The last line, which is a JSON object."""
        found: Document = json.loads(self.lines[-1])
        return found

    @functools.cached_property
    def listed(self) -> list[Document]:
        """Its traces as the list of traces has them, in order of start."""
        return self._runner.sent_by(self._service_name)

    @functools.cached_property
    def traces(self) -> list[Document]:
        """The documents of its traces, in order of start."""
        return [self._runner.document(one["trace_id"]) for one in self.listed]

    @property
    def trace(self) -> Document:
        """The only trace."""
        [only] = self.traces
        return only


Run = Callable[..., Finished]
"""The fixture that runs a program by its name: see :meth:`Runner.__call__`."""


class Runner:
    """Runs a program to its end; whatever it traces has arrived by then."""

    def __init__(self, service: Service, llm: FakeOpenAI) -> None:
        self.service = service
        self.llm = llm
        self._runs = itertools.count(1)

    def __call__(
        self, program: Path, *arguments: str, typed: str = "", quiet: bool = True, **env: str
    ) -> Finished:
        """Run a program, which has to end well.

        Args:
            program: its file.
            arguments: for the program.
            typed: what the program reads from its standard input.
            quiet: it must complain about nothing.
            env: settings of the environment beside those that say where the servers are.
        """
        service_name = f"{program.stem}-{next(self._runs)}"
        asked_before = len(self.llm.requests)
        done = self.run(
            program, *arguments, typed=typed, env={"OTEL_SERVICE_NAME": service_name} | env
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert not quiet or done.stderr == "", done.stderr
        requests = self.llm.requests[asked_before:]
        return Finished(done, requests, self, service_name)

    def run(
        self, *arguments: str | Path, typed: str = "", env: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run Python with these arguments where it finds the servers."""
        return run_to_end(*arguments, typed=typed, env=self.addresses() | dict(env))

    def once(self, folder: Path) -> Run:
        """What runs a program of the folder by its name, and only once for the same arguments."""
        ran: dict[object, Finished | AssertionError] = {}

        def run(name: str, *arguments: str, **more: Any) -> Finished:
            asked = (name, arguments, tuple(sorted(more.items())))
            if asked not in ran:
                try:
                    ran[asked] = self(folder / f"{name}.py", *arguments, **more)
                except AssertionError as error:
                    ran[asked] = error
            found = ran[asked]
            if isinstance(found, AssertionError):
                raise found
            return found

        return run

    def addresses(self) -> dict[str, str]:
        """Where programs find the service and the model server, under every vendor's address."""
        return {
            "SPANBRIDGE_TRACKING_URI": f"http://{self.service.http}",
            "OPENAI_BASE_URL": self.llm.url,
            "OPENAI_API_KEY": "sk-test",
            "HTTP_PROXY": self.llm.root,
            "NO_PROXY": "127.0.0.1",
        }

    def sent_by(self, service_name: str) -> list[Document]:
        """All traces with a span of this service as they are listed, in order of start."""
        found: list[Document] = []
        more = {}
        while more is not None:
            query = urllib.parse.urlencode({"service": service_name, "limit": 500} | more)
            page = self.get(f"/api/traces?{query}")
            found += page["traces"]
            more = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
        return sorted(found, key=lambda one: one["start_time_unix_nano"])

    def document(self, trace_id: str) -> Document:
        """The document of a trace, by either form of its id."""
        return self.get(f"/api/traces/{trace_id.removeprefix('tr-')}")

    def get(self, path: str) -> Document:
        """What the service answers to ``GET path``."""
        status, text = self.service.get(path)
        assert status == 200, text
        found: Document = json.loads(text)
        return found


def run_to_end(
    *arguments: str | Path, typed: str = "", env: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own."""
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment() | dict(env),
        input=typed,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )


@pytest.fixture(scope="session")
def llm() -> Iterator[FakeOpenAI]:
    """A model server."""
    with FakeOpenAI() as server:
        yield server


@pytest.fixture(scope="session")
def runner(
    llm: FakeOpenAI, template_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runner]:
    """Runs programs against one service, which has seen the programs before."""
    directory = tmp_path_factory.mktemp("programs")
    store = shutil.copytree(template_store, directory / "store", symlinks=True)
    with running(directory, "--store", store) as service:
        yield Runner(service, llm)
        assert service.stop() == 0
    assert "unexpected" not in service.errors


def tree(document: Document) -> Any:
    """Names and types of a trace's spans, nested: ``{"agent AGENT": {"chat m CHAT_MODEL": {}}}``.

    Spans of equal name and type under one parent are numbered from the second on.
    """
    spans = sorted(document["spans"], key=lambda span: span["start_time_unix_nano"])
    known = {span["span_id"] for span in spans}

    def below(parent: str | None) -> Document:
        found: Document = {}
        for span in spans:
            own = span["parent_span_id"] if span["parent_span_id"] in known else None
            if own != parent:
                continue
            label = f"{span['name']} {span['span_type']}".strip()
            label += f" {again}" if (again := sum(k.startswith(label) for k in found)) else ""
            found[label] = below(span["span_id"])
        return found

    return below(None)


def span(document: Document, name: str) -> Document:
    """The only span of this name."""
    [found] = spans(document, name)
    return found


def spans(document: Document, name: str) -> list[Document]:
    """The spans of this name, in order of start."""
    named = [one for one in document["spans"] if one["name"] == name]
    return sorted(named, key=lambda one: one["start_time_unix_nano"])


def root(document: Document) -> Document:
    """The span without a parent."""
    [found] = [one for one in document["spans"] if not one["parent_span_id"]]
    return found


def inputs(of: Document) -> Any:
    """What went into a span; documents have texts and numbers as JSON spells them."""
    return _decoded(of, "input", "mlflow.spanInputs")


def outputs(of: Document) -> Any:
    """What came out of a span."""
    return _decoded(of, "output", "mlflow.spanOutputs")


def _decoded(of: Document, member: str, attribute: str) -> Any:
    if isinstance(text := of["attributes"].get(attribute), str):
        # JSON, in which a number and its text are two things.
        return json.loads(text)
    content = of[member]
    try:
        return json.loads(content) if isinstance(content, str) else content
    except ValueError:
        return content


def tokens(of: Document) -> tuple[int, int]:
    """Input and output tokens of a span or a trace."""
    usage = of["usage"]
    return usage["input_tokens"], usage["output_tokens"]
