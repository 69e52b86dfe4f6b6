"""Read back through the backends' own interfaces what they show."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.backends.install import python
from tests.backends.seen import SeenSpan, SeenTrace
from tests.backends.servers import Server

_READ_S = 180.0
_PAGE = 500

Shown = Mapping[str, SeenTrace]
"""By trace id in hex."""


def new_place(server: Server, name: str) -> str:
    """Where a run's traces go: the id of a new experiment of MLflow, the name of a project."""
    if server.name == "phoenix":
        return name
    answer = _json(f"{server.url}/api/2.0/mlflow/experiments/create", {"name": name})
    return str(answer["experiment_id"])


def read_settled(server: Server, place: str, trace_ids: set[str]) -> Shown:
    """Read until all these traces are there and nothing changes any more."""
    deadline = time.monotonic() + _READ_S
    before: Shown = {}
    while True:
        found = _READERS[server.name](server, place)
        if found == before and trace_ids <= found.keys():
            return found
        if time.monotonic() > deadline:
            return found
        before = found
        time.sleep(2.0)


def _mlflow(server: Server, experiment: str) -> Shown:
    script = Path(__file__).with_name("read_mlflow.py")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        [python("mlflow"), script, server.url, experiment],
        capture_output=True,
        text=True,
        env=environment,
        timeout=_READ_S,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return {
        trace_id: SeenTrace(
            trace["input_tokens"],
            trace["output_tokens"],
            tuple(SeenSpan(**span) for span in trace["spans"]),
        )
        for trace_id, trace in json.loads(done.stdout).items()
    }


def _phoenix(server: Server, project: str) -> Shown:
    base = f"{server.url}/v1/projects/{urllib.parse.quote(project)}"
    spans: dict[str, list[SeenSpan]] = defaultdict(list)
    try:
        for span in _pages(f"{base}/spans"):
            spans[span["context"]["trace_id"]].append(_phoenix_span(span["attributes"]))
        return {
            trace["trace_id"]: SeenTrace(
                trace["token_count_prompt"],
                trace["token_count_completion"],
                tuple(spans[trace["trace_id"]]),
            )
            for trace in _pages(f"{base}/traces")
        }
    except urllib.error.HTTPError as error:
        if error.code == 404:  # the first span makes the project
            return {}
        raise


def _phoenix_span(attributes: Mapping[str, Any]) -> SeenSpan:
    def text(*prefixes: str) -> str:
        found = [v for k, v in attributes.items() if k.startswith(prefixes) and v not in ("", None)]
        return " ".join(v if isinstance(v, str) else json.dumps(v) for v in found)

    return SeenSpan(
        str(attributes.get("llm.model_name") or attributes.get("embedding.model_name") or ""),
        text("input.value", "llm.input_messages", "embedding.embeddings", "llm.prompts"),
        text("output.value", "llm.output_messages", "embedding.embeddings", "llm.choices"),
    )


def _pages(url: str) -> Iterator[Mapping[str, Any]]:
    cursor = ""
    while True:
        query = {"limit": _PAGE, **({"cursor": cursor} if cursor else {})}
        page = _json(f"{url}?{urllib.parse.urlencode(query)}")
        yield from page["data"]
        cursor = page.get("next_cursor") or ""
        if not cursor:
            return


def _json(url: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=_READ_S) as answer:
        return json.load(answer)


_READERS: Mapping[str, Callable[[Server, str], Shown]] = {"mlflow": _mlflow, "phoenix": _phoenix}
