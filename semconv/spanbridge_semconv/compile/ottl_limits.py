"""The page that lists what the Collector's configuration does not do, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from spanbridge_semconv.collected import written_as
from spanbridge_semconv.compile.ottl_concept import unread
from spanbridge_semconv.compile.ottl_plan import UNROLLED, Limit
from spanbridge_semconv.compile.ottl_text import Tables
from spanbridge_semconv.compile.ottl_usage import HELPERS

_HEAD: Final = """\
<!-- Generated from semconv/spanbridge_semconv/registry by `make generate`. Do not edit. -->

# What the Collector configuration cannot do

`deploy/collector/transform-genai.yaml` gives the registry's rules to the Collector's `transform`
processor, in its language OTTL. Tests send every recorded trace and thousands of odd spans through
a real Collector and compare each attribute below with what Python reads from the same span.
"""

_LEFT: Final = """\
## Values that are left as they are

OTTL can tell that these are there, but not read them as Python and ClickHouse do. The attribute
stays as its emitter wrote it, and its name is added to `spanbridge.untranslated`. If it is one of
the token counts, all of them stay.
"""
_LEFT_VALUES: Final = (
    (
        f"arrays, and indexed keys, that go on after {UNROLLED} elements, where one decides",
        "OTTL has no loop",
    ),
    ("a list in an attribute with elements that are no plain strings", "the same"),
    (
        "a number of 16 digits or more, or with an exponent, inside JSON",
        "OTTL has doubles only",
    ),
    (
        "an operation, provider or finish reason with letters beyond ASCII",
        "OTTL has lower case for all letters or none",
    ),
    ("a name that is NaN or infinite", "OTTL cannot write it as text"),
    (
        "request parameters of 16 digits or more, or with an exponent of 3",
        "they pass through a double",
    ),
)
_DIFFERENT: Final = """\
## Differences

Nothing on the span tells these, so they are not in `spanbridge.untranslated`. No recorded trace has
one.
"""
_DIFFERENCES: Final = (
    ("two equal names in a JSON object", "the last counts", "the first counts"),
    ("JSON with leading zeros, a NUL at its end, half a surrogate pair", "is read", "is none"),
    ("an array in JSON where the registry reads an object", "is empty", "is read by position"),
    ("a map where a text is wanted", "JSON with sorted names", "JSON in the emitter's order"),
    ("a byte string where a text is wanted", "hexadecimal", "base64"),
    ("keys that fit a pattern of a condition, all with empty texts", "are there", "are not there"),
    ("NaN where a condition or a transform wants a text", "the statement is skipped", "is a text"),
)


def limits_page(tables: Tables, limits: Sequence[Limit]) -> str:
    """The page, as Markdown."""
    written = [
        (concept.name, f"`{written_as(concept)}`", str(len(tables.sources[concept.name])))
        for concept in tables.concepts
        if not unread(concept) and concept.name not in HELPERS
    ]
    whole = [(limit.concept, limit.reason) for limit in limits if not limit.source]
    single = [
        (limit.concept, f"`{limit.source}`", limit.reason) for limit in limits if limit.source
    ]
    none = "None: every source of the concepts above is read, within the bounds below.\n"
    return "\n".join(
        [
            _HEAD,
            "## What is written\n",
            _table(("concept", "attribute", "sources"), written),
            "## Concepts that are not written\n",
            _table(("concept", "why"), whole),
            "## Sources that are not read\n",
            _table(("concept", "source", "why"), single) if single else none,
            _LEFT,
            _table(("what", "why"), _LEFT_VALUES),
            _DIFFERENT,
            _table(("what", "Collector", "Python and ClickHouse"), _DIFFERENCES),
        ]
    )


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
