"""A price: what tokens of some models cost, from when to when."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

DAY_S: Final = 86_400

DECIMAL_PLACES: Final = 20
"""Of a price, as the table keeps it."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """US dollars per million tokens, ``request`` per request; None where no price is known.

    What was read from or written to a cache, and reasoning, cost what the rest of the input and of
    the output costs if they have no price of their own (:meth:`complete`).
    """

    input: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    output: Decimal | None = None
    reasoning: Decimal | None = None
    request: Decimal | None = None

    def complete(self) -> Amounts:
        """The same with every amount that follows from another filled in."""
        return Amounts(
            input=self.input,
            cache_read=self.input if self.cache_read is None else self.cache_read,
            cache_write=self.input if self.cache_write is None else self.cache_write,
            output=self.output,
            reasoning=self.output if self.reasoning is None else self.reasoning,
            request=Decimal(0) if self.request is None else self.request,
        )


@dataclass(frozen=True, slots=True)
class Price:
    """One row of ``model_prices``.

    Attributes:
        provider: canonical spelling; '' (own prices only) means any provider.
        model: what the source calls the model.
        match: which model names are meant, a clause (:mod:`spanbridge_ingest.prices.match`).
        amounts: what is charged.
        providerless: a clause; a span without a provider, whose model it matches, is this
            provider's. '' if there is none.
        position: models of a provider are tried in this order.
        valid_from: first second, since the epoch.
        valid_to: second after the last; None while the price holds.
        day_from: first second of the day (UTC) at which it holds.
        day_to: second after the last of the day.
        input_min: holds for requests of at least so many input tokens, all of them.
        own: somebody's own price, not the package's.
        revision: when it was stored; of two equal own prices the later counts.
    """

    provider: str
    model: str
    match: str
    amounts: Amounts = field(default_factory=Amounts)
    providerless: str = ""
    position: int = 0
    valid_from: int = 0
    valid_to: int | None = None
    day_from: int = 0
    day_to: int = DAY_S
    input_min: int = 0
    own: bool = False
    revision: int = 0

    def holds(self, second: int, day_second: int, input_tokens: int) -> bool:
        """Whether it is the price of a request at that time, of that size."""
        return (
            self.valid_from <= second
            and (self.valid_to is None or second < self.valid_to)
            and self.day_from <= day_second < self.day_to
            and self.input_min <= input_tokens
        )


@dataclass(frozen=True, slots=True)
class Rate:
    """What one model costs within a box of time, time of day and size; no two boxes overlap.

    Bounds are as in :class:`Price`, ``input_max`` is the most input tokens (None: no limit).
    ``amounts`` are complete.
    """

    amounts: Amounts
    valid_from: int
    valid_to: int | None
    day_from: int
    day_to: int
    input_min: int
    input_max: int | None

    def holds(self, second: int, input_tokens: int) -> bool:
        """Whether it is the rate of a request at that time, of that size."""
        return (
            self.valid_from <= second
            and (self.valid_to is None or second < self.valid_to)
            and self.day_from <= second % DAY_S < self.day_to
            and self.input_min <= input_tokens
            and (self.input_max is None or input_tokens <= self.input_max)
        )
