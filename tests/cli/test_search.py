"""``spanbridge traces list --filter``, from a store and from a running service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import otlp
from tests.support.command import serving, spanbridge


@pytest.fixture
def store(empty_store: Path, tmp_path: Path) -> Path:
    lines = tmp_path / "made.jsonl"
    requests = [
        otlp.traces("checkout", f"step {n}", trace_id=n, service="bank" if n == 3 else "shop")
        for n in (1, 2, 3)
    ]
    lines.write_text("".join(json.dumps(otlp.as_json(r)) + "\n" for r in requests))
    loaded = spanbridge("load", "--store", empty_store, lines)
    assert loaded.returncode == 0, loaded.stderr
    return empty_store


def numbers(*arguments: object) -> list[int]:
    result = spanbridge("traces", "list", "--json", *arguments)
    assert result.returncode == 0, result.stderr
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return [int(trace["trace_id"], 16) for trace in found]


def test_traces_are_searched_in_a_store_and_over_the_api(store: Path) -> None:
    def ask(*place: object) -> None:
        two = ("--filter", "span.name IN ('step 1', 'step 3')")
        assert numbers(*place, *two) == [1, 3]
        assert numbers(*place, *two, "--order-by", "request_id DESC") == [3, 1]
        assert numbers(*place, *two, "--service", "bank") == [3]
        assert numbers(*place, *two, "--since", "2999-01-01") == []
        assert numbers(*place, "--order-by", "name", "--limit", "2") == [1, 2]
        # What the other options ask stands beside the whole filter.
        either = ("--filter", "span.name = 'step 1' OR span.name = 'step 2'")
        assert numbers(*place, *either, "--service", "bank") == []

    ask("--store", store)
    with serving(store) as (_, info):
        api = ("--api", info.api_url)
        ask(*api)
        pattern = spanbridge("traces", "list", *api, "--filter", "name RLIKE '('")
        order = spanbridge("traces", "list", *api, "--order-by", "text")
    assert pattern.returncode == 1
    assert pattern.stderr.splitlines()[1:3] == ["name RLIKE '('", "           ^"]
    assert order.returncode == 1
    assert order.stderr.startswith("error: traces have no one text\ntext\n^\naccepted: trace_id, ")


def test_people_see_a_table_and_what_was_asked(store: Path) -> None:
    found = spanbridge("traces", "list", "--store", store, "--filter", "span.name = 'step 2'")
    assert found.returncode == 0
    assert len(found.stdout.splitlines()) == 2
    none = spanbridge("traces", "list", "--store", store, "--filter", "name = 'x'")
    assert (none.stdout, none.stderr) == ("", "No traces that satisfy the filter.\n")


def test_an_error_points_at_the_place(store: Path) -> None:
    result = spanbridge(
        "traces", "list", "--store", store, "--filter", "status = 'OK' AND nome = 1"
    )
    assert result.returncode == 1
    assert result.stderr.startswith(
        "error: nothing is called nome\nstatus = 'OK' AND nome = 1\n                  ^\naccepted: "
    )
