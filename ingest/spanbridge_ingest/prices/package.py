"""Prices from the genai-prices package, or from a file in its JSON format.

The package says prices per provider and model, with tiers, start dates and times of day; here each
becomes rows that need no code to be understood. Its providers are spelled as the bridge spells
them. What it knows of batches, service tiers, web searches and seconds of audio is left out: spans
do not say in one way that they used these.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from genai_prices import types
from genai_prices.data import providers as bundled
from pydantic import ConfigDict, TypeAdapter, ValidationError

from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.prices.match import matcher
from spanbridge_ingest.prices.price import DAY_S, DECIMAL_PLACES, Amounts, Price
from spanbridge_semconv.translate import spelled

_SPELLINGS: Final = {
    # One list of prices, several services that the conventions tell apart.
    "google": ("gcp.gemini", "gcp.vertex_ai", "gcp.gen_ai"),
    "azure": ("azure.ai.openai", "azure.ai.inference"),
    "x-ai": ("x_ai", "x-ai"),
}
_THOUSAND: Final = Decimal(1000)
_MAX_PRICE: Final = Decimal(10) ** 9

_Amount = Decimal | types.TieredPrices | None
_FREE: Final = Amounts(input=Decimal(0), output=Decimal(0))


def package_prices() -> list[Price]:
    """The prices that the installed package knows."""
    return list(_prices(bundled))


def file_prices(path: Path) -> list[Price]:
    """The prices in a JSON file as genai-prices publishes it (``prices/data.json``).

    Raises:
        ConfigError: the file cannot be read or is in another format.
    """
    try:
        raw = json.loads(path.read_bytes(), parse_float=Decimal)
        providers = _PROVIDERS.validate_python([_with_prices(provider) for provider in raw])
        prices = list(_prices(providers))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise _unfit(path, f"{where}: {first['msg']}") from error
    except ConfigError as error:
        raise _unfit(path, str(error)) from error
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise _unfit(path, type(error).__name__) from error
    except AssertionError as error:
        # The package checks by this what a clause is.
        raise _unfit(path, "a clause is none") from error
    if not prices:
        raise _unfit(path, "it holds no price")
    return prices


def _unfit(path: Path, problem: str) -> ConfigError:
    return ConfigError(
        f"{path} is not a list of prices in genai-prices' JSON format ({problem}); get "
        "prices/data.json from the genai-prices repository"
    )


_PROVIDERS: Final = TypeAdapter(
    list[types.Provider], config=ConfigDict(arbitrary_types_allowed=True)
)
_AMOUNTS: Final = TypeAdapter(dict[str, _Amount])


def _with_prices(provider: dict[str, Any]) -> dict[str, Any]:
    """A provider as JSON with its prices read, which are no part of the package's own schema."""

    def read(prices: Any) -> Any:
        if isinstance(prices, list):
            return [{**item, "prices": read(item["prices"])} for item in prices]
        return types.ModelPrice(**_AMOUNTS.validate_python(prices))

    models = [
        {**model, "prices": read(model["prices"]), "price_variants": None}
        for model in provider["models"]
    ]
    return {**provider, "models": models, "extractors": None}


def _prices(providers: Sequence[types.Provider]) -> Iterator[Price]:
    by_id = {provider.id: provider for provider in providers}
    positions: Counter[str] = Counter()
    for provider in providers:
        # Some sell models of others at their prices.
        sources = [provider, *(by_id.get(i) for i in provider.fallback_model_providers or ())]
        models = [model for source in sources if source for model in source.models]
        claim = "" if provider.model_match is None else _clause(provider.model_match)
        names = _SPELLINGS.get(provider.id) or (spelled("providers", provider.id) or provider.id,)
        for n, name in enumerate(names):
            for model in models:
                match = _clause(model.match)
                for box in _boxes(model):
                    yield Price(
                        provider=name,
                        model=model.id,
                        match=match,
                        providerless=claim if n == 0 else "",
                        position=positions[name],
                        **box,
                    )
                positions[name] += 1


def _clause(node: Any) -> str:
    text = json.dumps(_plain(node), ensure_ascii=False)
    matcher(text)
    return text


def _plain(node: Any) -> dict[str, Any]:
    match node:
        case types.ClauseOr():
            return {"or": [_plain(part) for part in node.or_]}
        case types.ClauseAnd():
            return {"and": [_plain(part) for part in node.and_]}
        case _:
            return dict(vars(node))


def _boxes(model: types.ModelInfo) -> Iterator[dict[str, Any]]:
    """The prices of a model by date, time of day and size of the request, as fields of Price."""
    conditions = [] if isinstance(model.prices, types.ModelPrice) else model.prices
    dates: set[date] = set()
    day_seconds = {0}
    for condition in conditions:
        match condition.constraint:
            case types.StartDateConstraint() as on_days:
                dates.add(on_days.start_date)
            case types.TimeOfDateConstraint() as daily:
                day_seconds |= {_day_second(daily.start_time), _day_second(daily.end_time)}
    starts: list[date | None] = [None, *sorted(dates)]
    for start, until in zip(starts, [*starts[1:], None], strict=True):
        # Before the first date the package takes what it knows: the model's first price.
        day = start or (until or date(2000, 1, 2)) - timedelta(days=1)
        slices = sorted(day_seconds)
        for begin_s, end_s in zip(slices, [*slices[1:], DAY_S], strict=True):
            moment = datetime.combine(day, time(), UTC) + timedelta(seconds=begin_s)
            for input_min, amounts in _tiers(model.get_prices(moment)):
                yield {
                    "valid_from": 0 if start is None else _epoch_second(start),
                    "valid_to": None if until is None else _epoch_second(until),
                    "day_from": begin_s,
                    "day_to": end_s,
                    "input_min": input_min,
                    "amounts": amounts,
                }


def _tiers(prices: types.ModelPrice) -> Iterator[tuple[int, Amounts]]:
    """Least input tokens and amounts of each tier; one of them holds for all of a request."""
    if not any(value is not None for value in vars(prices).values()):
        yield 0, _FREE
        return
    # A price without tokens in it, such as an hour of audio, says nothing about tokens.
    fields: dict[str, _Amount] = {
        "input": prices.input_mtok,
        "cache_read": prices.cache_read_mtok,
        "cache_write": prices.cache_write_mtok,
        "output": prices.output_mtok,
        "reasoning": prices.output_reasoning_mtok,
        "request": prices.requests_kcount,
    }
    starts = {
        tier.start
        for value in fields.values()
        if isinstance(value, types.TieredPrices)
        for tier in value.tiers
    }
    for least in [0, *sorted(start + 1 for start in starts)]:
        amounts = {name: _amount(value, least) for name, value in fields.items()}
        if amounts["request"] is not None:
            amounts["request"] /= _THOUSAND
        yield least, Amounts(**amounts)


def _amount(value: _Amount, input_tokens: int) -> Decimal | None:
    if isinstance(value, types.TieredPrices):
        above = [tier.price for tier in value.tiers if input_tokens > tier.start]
        value = above[-1] if above else value.base
    if value is None:
        return None
    if not value.is_finite() or not 0 <= value <= _MAX_PRICE:
        raise ValueError("a price is negative or huge")
    exponent = value.as_tuple().exponent
    fits = isinstance(exponent, int) and -exponent <= DECIMAL_PLACES
    return value if fits else round(value, DECIMAL_PLACES)


def _day_second(moment: time) -> int:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    utc = datetime.combine(date(2000, 1, 2), aware).astimezone(UTC)
    return utc.hour * 3600 + utc.minute * 60 + utc.second


def _epoch_second(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())
