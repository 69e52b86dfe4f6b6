"""The page that lists what the Collector's configuration does not do, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from spanbridge_semconv.compile.ottl_concept import unread
from spanbridge_semconv.compile.ottl_plan import UNROLLED, Limit, written_as
from spanbridge_semconv.compile.ottl_text import Tables
from spanbridge_semconv.compile.ottl_usage import HELPERS

_HEAD: Final = """\
<!-- Generated from semconv/spanbridge_semconv/registry by `make generate`. Do not edit. -->

# What the Collector configuration cannot do

`deploy/collector/transform-genai.yaml` gives the registry's rules to the Collector's `transform`
processor, in its language OTTL. Tests send every recorded trace and thousands of odd spans through
a real Collector and compare each attribute below with what Python reads from the same span.
"""

_VALUES: Final = f"""\
## Values that are left as they are

OTTL can tell that these are there, but not read them as Python and ClickHouse do. The attribute
stays as its emitter wrote it, and its name is added to `spanbridge.untranslated`. If it is one of
the token counts, all of them stay.

| what | why |
|---|---|
| arrays, and indexed keys, that go on after {UNROLLED} elements, where one of their elements decides | OTTL has no loop |
| an array in an attribute with elements that are no plain strings, where it is a list | the same |
| a number of 16 digits or more, or with an exponent, inside JSON | OTTL has doubles only |
| a name in a vocabulary (operation, provider, finish reason) with letters beyond ASCII | OTTL has lower case for all letters or none |
| a name that is NaN or infinite | OTTL cannot write it as text |
| request parameters of 16 digits or more, or with an exponent of 3 | they pass through a double |

## Differences

Nothing on the span tells these, so they are not in `spanbridge.untranslated`. No recorded trace has
one.

| what | Collector | Python and ClickHouse |
|---|---|---|
| two equal names in a JSON object | the last counts | the first counts |
| text that is nearly JSON: leading zeros, a NUL at its end, half a surrogate pair | is read | is no JSON |
| an array in JSON where the registry reads an object | has nothing in it | is read by position |
| an attribute that is a map, where a text is wanted | JSON with sorted names | JSON in the order of the emitter |
| a byte string, where a text is wanted | hexadecimal | base64 |
| keys that fit a pattern of a condition and all have empty texts | are there | are not there |
| NaN or infinity, where a condition or a transform wants a text | the statement is skipped | is a text |
"""


def limits_page(tables: Tables, limits: Sequence[Limit]) -> str:
    """The page, as Markdown."""
    written = [
        f"| {concept.name} | `{written_as(concept)}` | {len(tables.sources[concept.name])} |"
        for concept in tables.concepts
        if not unread(concept) and concept.name not in HELPERS
    ]
    whole = [f"| {limit.concept} | {limit.reason} |" for limit in limits if not limit.source]
    single = [
        f"| {limit.concept} | `{limit.source}` | {limit.reason} |"
        for limit in limits
        if limit.source
    ]
    none = "None: every source of the concepts above is read, within the bounds below.\n"
    return "\n".join(
        [
            _HEAD,
            "## What is written\n",
            "| concept | attribute | sources |\n|---|---|---|",
            *written,
            "\n## Concepts that are not written\n",
            "| concept | why |\n|---|---|",
            *whole,
            "\n## Sources that are not read\n",
            *(["| concept | source | why |\n|---|---|---|", *single, ""] if single else [none]),
            _VALUES,
        ]
    )
