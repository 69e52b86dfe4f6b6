"""The package's prices as rows give what the package itself computes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import genai_prices
import pytest
from genai_prices import types
from genai_prices.data import providers

from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.prices.book import Called, PriceBook
from spanbridge_ingest.prices.cost import rate_at, usage_cost
from spanbridge_ingest.prices.package import file_prices
from spanbridge_ingest.prices.price import Price
from spanbridge_semconv import Usage
from spanbridge_semconv.translate import spelled

MOMENTS = [
    datetime(2022, 5, 1, 12, tzinfo=UTC),
    datetime(2025, 3, 3, 0, 29, 59, tzinfo=UTC),
    datetime(2025, 3, 3, 0, 30, tzinfo=UTC),
    datetime(2026, 9, 20, 3, 59, 59, 999_999, tzinfo=UTC),
    datetime(2026, 9, 20, 16, 30, tzinfo=UTC),
    datetime(2030, 1, 1, tzinfo=UTC),
]
USAGES = [
    Usage(1000, 100, 1100),
    Usage(0, 7, 7),
    Usage(200_000, 999, 200_999, 150_000, 1000, 500),
    Usage(200_001, 1, 200_002, 7, 11, 1),
    Usage(2_000_000, 300_000, 2_300_000, None, None, 300_000),
]
_NAMES = {"google": "gcp.vertex_ai", "azure": "azure.ai.openai", "x-ai": "x_ai"}


def names_of(model: types.ModelInfo) -> Iterator[str]:
    """Names that mean the model, by its id and by its clauses."""
    pending = [model.match]
    candidates = [model.id]
    while pending:
        clause = pending.pop()
        if isinstance(clause, types.ClauseOr):
            pending += clause.or_
        elif isinstance(clause, types.ClauseEquals):
            candidates.append(clause.equals)
        elif isinstance(clause, types.ClauseStartsWith):
            candidates.append(f"{clause.starts_with}-20260131")
    return (name for name in candidates if model.is_match(name))


def moments_of(model: types.ModelInfo) -> Iterator[datetime]:
    """Moments around which the prices of a model change, and a few others."""
    yield from MOMENTS
    if isinstance(model.prices, list):
        for condition in model.prices:
            if isinstance(condition.constraint, types.StartDateConstraint):
                start = datetime.combine(condition.constraint.start_date, datetime.min.time(), UTC)
                yield from (start - timedelta(microseconds=1), start)


def by_package(name: str, provider: str, moment: datetime, usage: Usage) -> Decimal | None:
    """What the package computes; None where it ignores tokens that it has no price for."""
    counts = {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "output_reasoning_tokens": usage.reasoning_tokens,
    }
    calculated = genai_prices.calc_price(
        genai_prices.Usage(**counts),
        name,
        provider_id=provider,
        genai_request_timestamp=moment,
    )
    prices = calculated.model_price
    if any(value is not None for value in vars(prices).values()) and (
        (usage.input_tokens and prices.input_mtok is None)
        or (usage.output_tokens and prices.output_mtok is None)
    ):
        return None
    return calculated.total_price


def by_book(
    book: PriceBook, name: str, provider: str, moment: datetime, usage: Usage
) -> Decimal | None:
    elapsed = moment - datetime(1970, 1, 1, tzinfo=UTC)
    start = (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000_000 + elapsed.microseconds * 1000
    rate = rate_at(book.rates(Called(provider, name, "")), start, usage)
    return None if rate is None else usage_cost(rate.amounts, usage)


@pytest.mark.parametrize("provider", providers, ids=lambda provider: str(provider.id))
def test_every_model_costs_what_the_package_says(
    packaged_book: PriceBook, provider: types.Provider
) -> None:
    canonical = _NAMES.get(provider.id) or spelled("providers", provider.id) or provider.id
    differing = [
        (name, moment, usage)
        for model in provider.models
        for name in names_of(model)
        for moment in moments_of(model)
        for usage in USAGES
        if by_book(packaged_book, name, canonical, moment, usage)
        != by_package(name, provider.id, moment, usage)
    ]
    assert not differing


@pytest.mark.parametrize(
    ("provider", "name", "source", "source_name"),
    [
        ("azure.ai.openai", "claude-opus-4-1", "azure", "claude-opus-4-1"),
        ("gcp.vertex_ai", "claude-3-5-sonnet@20240620", "google", "claude-3-5-sonnet@20240620"),
        ("gcp.gen_ai", "models/gemini-2.5-pro", "google", "gemini-2.5-pro"),
        ("openai.responses", "GPT-4o", "openai", "gpt-4o"),
        ("", "gpt-4o-mini", "openai", "gpt-4o-mini"),
        ("", "claude-sonnet-4-5", "anthropic", "claude-sonnet-4-5"),
        ("", "azure/gpt-4o", "azure", "gpt-4o"),
        ("", "gemini/gemini-2.0-flash", "google", "gemini-2.0-flash"),
        ("openai", "gpt-5-mini-20250807", "openai", "gpt-5-mini-2025-08-07"),
    ],
)
def test_names_lead_to_the_price_that_is_meant(
    packaged_book: PriceBook, provider: str, name: str, source: str, source_name: str
) -> None:
    usage, moment = USAGES[2], MOMENTS[-1]
    expected = by_package(source_name, source, moment, usage)
    assert expected is not None
    assert by_book(packaged_book, name, provider, moment, usage) == expected


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("openai", "gpt-of-ours"),
        ("openai", ""),
        ("", "llama-3.3-70b"),
        ("", ""),
        ("our-gateway", "gpt-4o"),
        ("ibm.watsonx.ai", "granite-3"),
    ],
)
def test_what_nobody_prices_is_unknown(packaged_book: PriceBook, provider: str, name: str) -> None:
    assert packaged_book.rates(Called(provider, name, "")) == ()


def written(path: Path, *models: dict[str, object]) -> Path:
    provider = {"id": "acme", "name": "Acme", "api_pattern": "acme", "models": list(models)}
    path.write_text(json.dumps([provider]))
    return path


TINY = {"id": "tiny", "match": {"equals": "tiny"}, "prices": {"input_mtok": 0.1, "output_mtok": 1}}


def test_a_file_in_the_package_s_format_is_read(tmp_path: Path) -> None:
    changing = {
        "id": "big",
        "match": {"or": [{"starts_with": "big"}, {"regex": "^large-\\d+$"}]},
        "prices": [
            {"prices": {"input_mtok": {"base": 1, "tiers": [{"start": 9, "price": 2}]}}},
            {"constraint": {"start_date": "2026-01-01"}, "prices": {"input_mtok": 3}},
        ],
    }
    book = PriceBook(file_prices(written(tmp_path / "prices.json", TINY, changing)))
    embedding = Usage(10, None, 10)
    early, late = (datetime(year, 12, 31, tzinfo=UTC) for year in (2025, 2026))
    assert by_book(book, "tiny", "acme", late, Usage(10, 1, 11)) == Decimal("0.000002")
    assert by_book(book, "Large-7", "acme", early, embedding) == Decimal("0.00002")
    assert by_book(book, "big-1", "acme", early, Usage(9, None, 9)) == Decimal("0.000009")
    assert by_book(book, "big-1", "acme", late, embedding) == Decimal("0.00003")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "{}",
        "[]",
        "[1]",
        '[{"id": "a"}]',
        json.dumps([{"id": "a", "name": "a", "api_pattern": "", "models": [{**TINY, "match": 1}]}]),
        json.dumps(
            [{"id": "a", "name": "a", "api_pattern": "", "models": [{**TINY, "prices": 1}]}]
        ),
        '[{"id":"a","name":"a","api_pattern":"","models":[{"id":"t","match":{"regex":"("},"prices":{}}]}]',
        '[{"id":"a","name":"a","api_pattern":"","models":[{"id":"t","match":{"equals":"t"},'
        '"prices":{"input_mtok":-1}}]}]',
        '[{"id":"a","name":"a","api_pattern":"","models":[{"id":"t","match":{"equals":"t"},'
        '"prices":{"input_mtok":NaN}}]}]',
    ],
)
def test_another_file_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "prices.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"prices\.json is not a list of prices") as refusal:
        file_prices(path)
    assert "genai-prices" in str(refusal.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.json: No such file"):
        file_prices(tmp_path / "none.json")


def test_rows_hold_every_provider_once_per_spelling(packaged: list[Price]) -> None:
    spelled_as = {price.provider for price in packaged}
    assert {"gcp.gemini", "gcp.vertex_ai", "gcp.gen_ai", "x_ai", "mistral_ai"} <= spelled_as
    assert not {"google", "mistral", "aws", "azure", "together"} & spelled_as
