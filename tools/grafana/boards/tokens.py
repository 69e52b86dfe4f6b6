"""Tokens and cost: who uses how much, of what kind, for how much money."""

from __future__ import annotations

from typing import Final

from ..board import Board, Row
from ..panels import COUNT, SHARE, USD, bars, lines, stat, table
from ..variables import OF_CALLS, single
from .columns import NO_CALLS, columns

_COST: Final = (
    "US dollars at the prices in force when the call was made; calls without a known price are "
    "counted apart."
)
_PRICES: Final = "Every call has a price. (Set one with `spanbridge prices set`.)"
_EACH: Final = columns(
    *("Calls", "Input tokens", "Output tokens", "Input from cache", "Cost"),
    "Calls without a price",
)

TOKENS: Final = Board(
    "tokens",
    "GenAI tokens and cost",
    "Tokens and cost by model, user, session and tag; the share of the cache; unknown prices.",
    (*OF_CALLS, single("tag", "Tag")),
    (
        Row(
            "At a glance",
            (
                stat(
                    "Usage in the time range",
                    "tokens/glance",
                    f"Usage that is reported twice counts once. {_COST}",
                    NO_CALLS,
                    columns(
                        *("Cost", "Cost per trace", "Input tokens", "Output tokens"),
                        *("Input from cache", "Output for reasoning", "Calls without a price"),
                    ),
                ),
            ),
        ),
        Row(
            "Over time",
            (
                bars("Cost by model", "tokens/cost_by_model", _COST, NO_CALLS, USD),
                bars("Cost by service", "tokens/cost_by_service", _COST, NO_CALLS, USD),
                bars(
                    "Tokens by kind",
                    "tokens/kinds",
                    "Kinds add up: cached input is left out of the input, reasoning of the output.",
                    NO_CALLS,
                    COUNT,
                ),
                lines(
                    "Input from the cache by model",
                    "tokens/cache_share",
                    "The share of input tokens that the provider read from its cache, of models "
                    "that report it.",
                    "No call reports cached tokens.",
                    SHARE,
                ),
                lines(
                    "Spent since the begin of the time range", "tokens/spent", _COST, NO_CALLS, USD
                ).sized(24, 7),
            ),
        ),
        Row(
            "By model, user, session and tag",
            (
                table("Models", "tokens/models", _COST, NO_CALLS, _EACH),
                table(
                    "Users",
                    "tokens/users",
                    "By the user of the trace. The 200 dearest.",
                    "No call belongs to a user. Set user.id on spans, or session and user in the "
                    "SDK.",
                    _EACH | columns("Traces", "User"),
                ).sized(12, 10),
                table(
                    "Sessions",
                    "tokens/sessions",
                    "By the session of the trace. The 200 dearest.",
                    "No call belongs to a session. Set gen_ai.conversation.id or session.id on "
                    "spans.",
                    _EACH | columns("Traces", "Session", "User"),
                ).sized(12, 10),
                table(
                    "Values of the chosen tag",
                    "tokens/tags",
                    "By the tag of the trace that is chosen above, as its spans or the API set it.",
                    "No trace has this tag. Choose another one above; tags come from the SDK or "
                    "from the API.",
                    _EACH | columns("Traces"),
                ).sized(24, 7),
            ),
        ),
        Row(
            "Single traces, unknown prices",
            (
                table(
                    "Dearest traces",
                    "tokens/dearest",
                    "The dearest 100.",
                    NO_CALLS,
                    columns("Cost", "trace_id", "Time", "Calls", "Input tokens", "Output tokens"),
                ).sized(12, 10),
                table(
                    "Models without a price",
                    "tokens/unpriced",
                    "Their usage is missing in every cost above.",
                    _PRICES,
                    columns("Calls", "Input tokens", "Output tokens", "trace_id"),
                ).sized(12, 10),
            ),
        ),
    ),
    since="now-7d",
)
