"""Own prices as people give them: read from text, with what is wrong said in their terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.prices.match import TEXT_KINDS, clause
from spanbridge_ingest.prices.price import DECIMAL_PLACES, Amounts, Price
from spanbridge_semconv.translate import spelled

MAX_USD: Final = 1_000_000
"""For a million tokens, or for a request: more is a slip."""

MAX_MODEL_CHARS: Final = 500

_LAST_SECOND: Final = 2**32 - 1


def own_price(
    provider: str,
    model: str,
    amounts: Mapping[str, str | None],
    *,
    kind: str = "equals",
    valid_from: str | None = None,
    valid_to: str | None = None,
    above_tokens: int | None = None,
) -> Price:
    """An own price.

    Args:
        provider: in any spelling; '' for any provider.
        model: a model name, or a part of one.
        amounts: decimal text by the fields of :class:`Amounts`; None where none is given.
        kind: one of ``TEXT_KINDS``: what ``model`` is of the names that are meant.
        valid_from: ISO time of the beginning, inclusive; None is the beginning of time.
        valid_to: ISO time of the end, exclusive; None if the price still holds.
        above_tokens: it holds for requests with more input tokens than this; None: any.

    Raises:
        ConfigError: a value is malformed or out of range.
    """
    read = {f.name: _amount(f.name, amounts.get(f.name)) for f in fields(Amounts)}
    if all(amount is None for amount in read.values()):
        raise ConfigError("no price is given; give --input and --output, in USD per million tokens")
    start, end = moment("--from", valid_from) or 0, moment("--to", valid_to)
    if end is not None and end <= start:
        raise ConfigError(f"--to {valid_to} is not after --from {valid_from or '1970-01-01'}")
    return Price(
        provider=canonical_provider(provider),
        model=model.strip(),
        match=model_clause(model, kind),
        amounts=Amounts(**read),
        valid_from=start,
        valid_to=end,
        input_min=0 if above_tokens is None else above_tokens + 1,
        own=True,
    )


def canonical_provider(text: str) -> str:
    """A provider in the bridge's spelling; what the bridge does not know stays, in lower case."""
    text = text.strip()
    return spelled("providers", text) or text.lower()


def model_clause(model: str, kind: str) -> str:
    """The clause of a model name.

    Raises:
        ConfigError: the name is empty or long, or the kind is none.
    """
    model = model.strip()
    if not model or len(model) > MAX_MODEL_CHARS:
        raise ConfigError(f"--model has 1 to {MAX_MODEL_CHARS} characters, not {len(model)}")
    if kind not in TEXT_KINDS:
        raise ConfigError(f"--match {kind}: not one of {', '.join(TEXT_KINDS)}")
    return clause(kind, model)


def moment(option: str, text: str | None) -> int | None:
    """The second since the epoch of an ISO date or time, UTC unless it says otherwise.

    Raises:
        ConfigError: ``text``, the value of ``option``, is none, or beyond what the table can hold.
    """
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ConfigError(
            f"{option} {text}: not a date or time. Examples: 2026-01-31, 2026-01-31T12:00Z"
        ) from None
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    if parsed.microsecond:
        raise ConfigError(f"{option} {text}: prices change on whole seconds")
    second = int((parsed - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    if not 0 <= second <= _LAST_SECOND:
        raise ConfigError(f"{option} {text}: times are from 1970 to 2106")
    return second


def _amount(name: str, text: str | None) -> Decimal | None:
    if text is None:
        return None
    option = f"--{name.replace('_', '-')} {text}"
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        raise ConfigError(f"{option}: not a number of US dollars. Example: 2.50") from None
    if not amount.is_finite():
        raise ConfigError(f"{option}: a price is a finite number of US dollars. Example: 2.50")
    if not 0 <= amount <= MAX_USD:
        raise ConfigError(
            f"{option}: a price is 0 to {MAX_USD:,} US dollars, per million tokens or per request"
        )
    places = -int(amount.normalize().as_tuple().exponent)
    if places > DECIMAL_PLACES:
        raise ConfigError(f"{option}: a price has at most {DECIMAL_PLACES} decimal places")
    return amount
