"""Commands on an embedded store, and while a service holds it."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.outages import proxied
from tests.support import otlp
from tests.support.command import CORPUS, serving, spanbridge

AGENT = CORPUS / "openinference-openai-agents"


@pytest.fixture(scope="module")
def store(template_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a few recorded traces and two that differ only in their id's end."""
    folder = tmp_path_factory.mktemp("loaded")
    store = Path(shutil.copytree(template_store, folder / "store", symlinks=True))
    lines = folder / "made.jsonl"
    made = [
        otlp.traces("checkout", "pay", trace_id=0xAB << 120 | number, service="made")
        for number in (1, 2)
    ]
    lines.write_text("".join(json.dumps(otlp.as_json(r)) + "\n" for r in made))
    compressed = folder / "log.logs.binpb.gz"
    compressed.write_bytes(gzip.compress(otlp.logs("one", "two").SerializeToString()))
    loaded = spanbridge(
        *("load", "--store", store, lines, compressed),
        *sorted(AGENT.glob("*.binpb")),
    )
    assert loaded.returncode == 0, loaded.stderr
    assert loaded.stderr == ""
    assert re.match(r"Loaded \d+ requests \(\d+ spans, 2 log records\) from", loaded.stdout)
    return store


def listed(store: Path, *arguments: str) -> list[dict[str, Any]]:
    result = spanbridge("traces", "list", "--store", store, "--json", *arguments)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert isinstance(found, list)
    return found


def test_traces_are_listed_newest_first_and_filtered(store: Path) -> None:
    everything = listed(store, "--limit", "100")
    starts = [trace["start_time_unix_nano"] for trace in everything]
    assert starts == sorted(starts, reverse=True)
    made = listed(store, "--service", "made")
    assert {trace["name"] for trace in made} == {"checkout"}
    assert len(made) == 2
    assert listed(store, "--limit", "1") == everything[:1]
    assert listed(store, "--since", "2999-01-01") == []


def test_a_list_for_people_has_no_colours_in_a_pipe(store: Path) -> None:
    result = spanbridge("traces", "list", "--store", store)
    assert result.returncode == 0
    assert "\x1b" not in result.stdout
    assert result.stdout.splitlines()[0].split()[0] == "trace"


def test_a_trace_is_shown_by_the_beginning_of_its_id(store: Path) -> None:
    agent = next(t for t in listed(store, "--limit", "100") if t["model_calls"] == 2)
    result = spanbridge("traces", "show", agent["trace_id"][:12].upper(), "--store", store)
    assert result.returncode == 0, result.stderr
    assert agent["trace_id"] in result.stdout
    for word in ("AGENT", "CHAT_MODEL", "TOOL", "model calls"):
        assert word in result.stdout
    document = spanbridge("traces", "show", agent["trace_id"], "--store", store, "--json")
    assert json.loads(document.stdout)["usage"] == agent["usage"]


def test_an_ambiguous_or_unknown_id_is_not_guessed(store: Path) -> None:
    several = spanbridge("traces", "show", "ab00", "--store", store)
    assert several.returncode == 1
    assert several.stderr.startswith("error: More than one trace id begins with ab00: ab0")
    none = spanbridge("traces", "show", "0123456789", "--store", store)
    assert none.returncode == 1
    assert "No trace id begins with 0123456789" in none.stderr


def test_refused_parts_are_named_and_the_rest_is_loaded(empty_store: Path, tmp_path: Path) -> None:
    good = json.dumps(otlp.as_json(otlp.traces("good")))
    (tmp_path / "some.jsonl").write_text(f"{good}\n{{oops\n")
    no_id = otlp.traces("bad")
    no_id.resource_spans[0].scope_spans[0].spans[0].trace_id = b""
    (tmp_path / "bad.binpb").write_bytes(no_id.SerializeToString())
    (tmp_path / "damaged.binpb").write_bytes(b"\x0a\x03\xff\xff\xff")
    files = [tmp_path / name for name in ("some.jsonl", "bad.binpb", "damaged.binpb")]
    result = spanbridge("load", "--store", empty_store, *files)
    assert result.returncode == 1
    assert result.stdout.startswith("Loaded 2 requests (1 span, 0 log records) from 3 files")
    assert result.stderr.startswith("3 refused:\n")
    assert "some.jsonl:2: not valid JSON" in result.stderr
    assert re.search(r"bad\.binpb: 1 record rejected: \w+", result.stderr)
    assert re.search(r"damaged\.binpb: \w+", result.stderr)


def test_schema_is_applied_once_and_printed_without_a_store(tmp_path: Path) -> None:
    printed = spanbridge("schema", "print")
    assert printed.returncode == 0, printed.stderr
    assert "CREATE TABLE IF NOT EXISTS" in printed.stdout
    assert "GenAIInputTokens" in printed.stdout
    first = spanbridge("schema", "apply", "--store", tmp_path / "store")
    assert first.returncode == 0, first.stderr
    assert "migration 0001" in first.stdout
    second = spanbridge("schema", "apply", "--store", tmp_path / "store")
    assert second.stdout == "The schema is up to date.\n"
    attach = ("schema", "attach", "--store", tmp_path / "store", "--table")
    missing = spanbridge(*attach, "nowhere")
    assert missing.returncode == 1
    assert "there is no table default.nowhere" in missing.stderr
    attached = spanbridge(*attach, "otel_traces", "--backfill")
    assert attached.returncode == 0, attached.stderr
    assert attached.stdout.endswith("otel_traces has the GenAI columns.\n")


def test_while_a_service_holds_the_store_commands_go_through_its_api(
    empty_store: Path, tmp_path: Path
) -> None:
    recorded = tmp_path / "a.binpb"
    recorded.write_bytes(otlp.traces("checkout", trace_id=0xCD << 120).SerializeToString())
    with serving(empty_store) as (_, info):
        assert info.api_url is not None
        loaded = spanbridge("load", "--store", empty_store, recorded)
        assert loaded.returncode == 0, loaded.stderr
        assert f"sending to its service at {info.api_url}" in loaded.stderr
        (summary,) = listed(empty_store)
        assert summary["name"] == "checkout"
        by_address = spanbridge("traces", "show", "cd", "--api", info.api_url, "--json")
        assert json.loads(by_address.stdout)["trace_id"] == summary["trace_id"]
        missing = spanbridge("traces", "show", "0" * 32, "--api", info.api_url)
        assert missing.returncode == 1
        assert missing.stderr.startswith("error: ")
        assert spanbridge("schema", "apply", "--store", empty_store).returncode == 2
    (summary,) = listed(empty_store)
    assert summary["name"] == "checkout"


@pytest.mark.slow
def test_a_service_without_http_holds_its_store_and_says_so(empty_store: Path) -> None:
    with serving(empty_store, http="off") as (process, _):
        for arguments in (("traces", "list"), ("load", AGENT / "agent_tool.binpb")):
            result = spanbridge(*arguments, "--store", empty_store)
            assert result.returncode == 2
            assert f"is in use by process {process.pid}" in result.stderr


def test_who_reads_makes_no_store_on_a_server(tmp_path: Path) -> None:
    with proxied(tmp_path) as (server, _):
        place = ("--clickhouse", f"{server.url}/mistyped")
        refused = spanbridge("traces", "list", *place)
        databases = urllib.request.urlopen(f"{server.url}/?query=SHOW+DATABASES").read().decode()
        assert spanbridge("schema", "apply", *place).returncode == 0
        listed = spanbridge("traces", "list", *place)
    assert refused.returncode == 2
    assert refused.stderr.startswith("error: There is no store in the database mistyped")
    assert "spanbridge schema apply" in refused.stderr
    assert "mistyped" not in databases.split()
    assert listed.returncode == 0
