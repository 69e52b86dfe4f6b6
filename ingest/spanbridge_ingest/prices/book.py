"""All prices in force, and which of them hold for a model. Pure.

A name is looked for in this order; the first price that holds at the time counts:

1. own prices: for the provider before any provider's, whole names before parts of names, by the
   response's model before the request's, longer parts before shorter ones;
2. the package's, by the response's model: the first model of the provider that matches;
3. the package's, by the request's model.

A provider is looked for as it is, else without the parts after its dots (``openai.responses``). A
span without a provider takes the provider its model name begins with (``anthropic/...``), or the
one provider whose models are called like this. If more than one claims the name, it is unknown.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from spanbridge_ingest.prices.match import matcher, spellings
from spanbridge_ingest.prices.price import DAY_S, Price, Rate
from spanbridge_semconv.translate import spelled

_REMEMBERED: Final = 10_000
"""Answers kept: model names may come without end."""


class Called(NamedTuple):
    """What spans say about a model: the columns of that name."""

    provider: str
    request_model: str
    response_model: str


class Located(NamedTuple):
    """A model name with the provider that the span gives, and the one that prices know."""

    given: str
    provider: str
    model: str


class PriceBook:
    """Prices, ready to be asked. Safe to use from any thread."""

    def __init__(self, prices: Sequence[Price]) -> None:
        self._own = [price for price in prices if price.own]
        self._models: dict[str, dict[tuple[int, str], list[Price]]] = {}
        self._claims: dict[str, str] = {}
        for price in prices:
            if price.own:
                continue
            models = self._models.setdefault(price.provider, {})
            models.setdefault((price.position, price.match), []).append(price)
            if price.providerless:
                self._claims[price.provider] = price.providerless
        for provider, models in self._models.items():
            self._models[provider] = dict(sorted(models.items()))
        self._providers = self._models.keys() | {price.provider for price in self._own}
        self._answers: OrderedDict[Called, tuple[Rate, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def rates(self, called: Called) -> tuple[Rate, ...]:
        """Every rate of a model; empty if it has no price."""
        with self._lock:
            known = self._answers.get(called)
        if known is None:
            known = tuple(_boxes(self._candidates(called)))
            with self._lock:
                self._answers[called] = known
                if len(self._answers) > _REMEMBERED:
                    self._answers.popitem(last=False)
        return known

    def _candidates(self, called: Called) -> list[Price]:
        """The prices that may hold, the one that takes precedence first."""
        names = [
            Located(called.provider, *self._located(called.provider, name))
            for name in (called.response_model, called.request_model)
            if name
        ]
        found = self._own_candidates(names)
        for name in names:
            found += self._package_candidates(name)
        return found

    def _own_candidates(self, names: Sequence[Located]) -> list[Price]:
        ranked = []
        for price in self._own:
            matches = matcher(price.match)
            [(kind, text)] = json.loads(price.match).items()
            for position, name in enumerate(names):
                providers = ("", name.given, name.provider)
                if price.provider in providers and matches(name.model.lower()):
                    rank = (price.provider == "", kind != "equals", position, -len(text))
                    order = (-price.input_min, -price.valid_from, -price.revision)
                    ranked.append((rank + order, price))
                    break
        return [price for _, price in sorted(ranked, key=lambda item: item[0])]

    def _package_candidates(self, name: Located) -> list[Price]:
        models = self._models.get(name.provider, {})
        for spelling in spellings(name.model):
            for (_, match), prices in models.items():
                if matcher(match)(spelling):
                    return sorted(prices, key=lambda price: (-price.input_min, -price.valid_from))
        return []

    def _located(self, provider: str, name: str) -> tuple[str, str]:
        """The provider whose prices are meant, and the model's name there."""
        if provider:
            return self._seller(provider), name
        prefix, slash, rest = name.partition("/")
        if slash and (seller := self._seller(prefix)) in self._providers:
            return seller, rest
        lower = name.lower()
        claiming = [p for p, claim in self._claims.items() if matcher(claim)(lower)]
        return (claiming[0] if len(claiming) == 1 else "", name)

    def _seller(self, provider: str) -> str:
        """A provider without what some add to it: ``openai.responses`` sells as ``openai``."""
        name = provider
        while name:
            known = spelled("providers", name) or name.lower()
            if known in self._models:
                return known
            name = name.rpartition(".")[0]
        return provider


def _boxes(candidates: Sequence[Price]) -> Iterator[Rate]:
    """The candidates without overlaps: within each box the first that holds there."""
    if not candidates:
        return
    seconds = sorted({s for c in candidates for s in (c.valid_from, c.valid_to) if s is not None})
    day_seconds = sorted({s for c in candidates for s in (c.day_from, c.day_to)} - {DAY_S})
    sizes = sorted({c.input_min for c in candidates})
    for second, until in zip(seconds, [*seconds[1:], None], strict=True):
        for day_second, day_until in zip(day_seconds, [*day_seconds[1:], DAY_S], strict=True):
            for size, above in zip(sizes, [*sizes[1:], None], strict=True):
                holding = next((c for c in candidates if c.holds(second, day_second, size)), None)
                if holding is None:
                    continue
                yield Rate(
                    holding.amounts.complete(),
                    *(second, until, day_second, day_until),
                    input_min=size,
                    input_max=None if above is None else above - 1,
                )
