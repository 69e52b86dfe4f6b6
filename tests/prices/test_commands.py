"""``spanbridge prices``, on a store, and while a service holds it."""

from __future__ import annotations

import json
import shutil
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from spanbridge_ingest.query.schema import PriceList, UnknownPrices
from tests.prices.spans import Call, trace
from tests.support.command import serving, spanbridge

_PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def store(template_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a call whose model has no price, and one whose model has."""
    folder = tmp_path_factory.mktemp("loaded")
    store = Path(shutil.copytree(template_store, folder / "store", symlinks=True))
    recorded = folder / "calls.binpb"
    _, request = trace(Call(model="nobody", input=1_000_000, output=0), Call())
    recorded.write_bytes(request.SerializeToString())
    assert spanbridge("load", recorded, "--store", store).returncode == 0
    return store


def answer(*arguments: object) -> Any:
    result = spanbridge("prices", *arguments, "--json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def refusal(*arguments: object) -> str:
    result = spanbridge("prices", *arguments)
    assert (result.returncode, result.stdout) in ((1, ""), (2, ""))
    return result.stderr


@pytest.mark.slow
def test_a_price_from_unknown_to_known_and_back(store: Path) -> None:
    [unknown] = answer("unknown", "--store", store)
    assert (unknown["request_model"], unknown["input_tokens"]) == ("nobody", 1_000_000)
    given = ("--provider", "OpenAI", "--model", "nobody")
    [added] = answer("add", *given, "--input", "2.5", "--from", "2026-01-01", "--store", store)
    assert (added["provider"], added["usd"]["input"], added["source"]) == ("openai", 2.5, "own")
    assert answer("unknown", "--store", store) == []
    shown = spanbridge("traces", "list", "--store", store)
    assert "$2.50" in shown.stdout
    [removed] = answer("remove", *given, "--store", store)
    assert removed == added
    assert len(answer("unknown", "--store", store)) == 1
    assert "There is no own price of nobody" in refusal("remove", *given, "--store", store)


def test_prices_are_listed_by_provider_model_and_time(store: Path) -> None:
    place = ("--store", store)
    [price] = answer("list", "--provider", "openai", "--model", "gpt-4o-2024-08-06", *place)
    assert price["model"] == "gpt-4o"
    assert (price["usd"]["input"], price["usd"]["cache_read"]) == (2.5, 1.25)
    assert price["source"].startswith("genai-prices ")
    changing = ("list", "--provider", "deepseek", "--model", "deepseek-v4-pro", *place)
    early, late = (answer(*changing, "--at", day) for day in ("2026-08-01", "2026-09-01"))
    assert {p["valid_to"] for p in early} == {"2026-08-17T00:00:00Z"}
    assert {p["valid_from"] for p in late} == {"2026-08-17T00:00:00Z"}
    table = spanbridge("prices", *changing)
    assert "01:00-04:00" in table.stdout
    for of, providers in (
        (("--model", "gemini-2.5-pro"), {"gcp.gemini", "gcp.gen_ai", "gcp.vertex_ai"}),
        (("--provider", "google"), {"gcp.gen_ai"}),
    ):
        lines = spanbridge("prices", "list", *of, *place).stdout.splitlines()[1:]
        assert len(lines) == len(set(lines)) > 1
        assert {line.split()[0] for line in lines} == providers
    assert "--at soon: not a date or time" in refusal("list", "--at", "soon", *place)


def test_refreshing_with_what_is_there_changes_nothing(store: Path, tmp_path: Path) -> None:
    found = answer("refresh", "--store", store)
    assert found["changed"] is False
    assert found["prices"] > 1000
    nothing = tmp_path / "prices.json"
    nothing.write_text("[]")
    assert "is not a list of prices" in refusal("refresh", "--file", nothing, "--store", store)
    assert answer("refresh", "--store", store) == found


def test_an_odd_price_is_refused_before_a_store_is_opened(tmp_path: Path) -> None:
    nowhere = tmp_path / "none"
    told = refusal("add", "--model", "m", "--input=-1", "--store", nowhere)
    assert "--input -1: a price is 0 to 1,000,000 US dollars" in told
    assert not nowhere.exists()


@pytest.mark.slow
def test_while_a_service_runs_prices_are_read_from_it_and_not_written(store: Path) -> None:
    with serving(store) as (process, info):
        for command in (("add", "--model", "m", "--input", "1"), ("refresh",)):
            told = refusal(*command, "--store", store)
            assert f"in use by a service (process {process.pid})" in told
            assert "Stop it, change the prices" in told
        [price] = answer("list", "--provider", "openai", "--model", "gpt-4o", "--store", store)
        assert price["usd"]["output"] == 10
        deadline = time.monotonic() + _PATIENCE_S
        while len(found := answer("unknown", "--store", store)) != 1:
            assert time.monotonic() < deadline, found
        assert found[0]["request_model"] == "nobody"
        for path, model in (("prices", PriceList), ("prices/unknown", UnknownPrices)):
            with urllib.request.urlopen(f"{info.api_url}/api/{path}", timeout=60) as got:
                model.model_validate_json(got.read())


def test_a_service_on_a_new_store_has_the_package_s_prices(tmp_path: Path) -> None:
    with serving(tmp_path / "new") as (_, info):
        url = f"{info.api_url}/api/prices?provider=openai&model=gpt-4o"
        with urllib.request.urlopen(url, timeout=60) as got:
            [price] = json.load(got)["prices"]
    assert price["usd"]["input"] == 2.5
