"""Statements for concepts of one value: texts, counts, numbers, flags, durations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from spanbridge_semconv.compile import ottl_text as ottl
from spanbridge_semconv.compile.ottl_plan import INEXACT, SCALAR, UNROLLED, Plan, into, left_out
from spanbridge_semconv.compile.ottl_text import FOUND, NO_PART, OPEN, PART, VALUE, OttlError
from spanbridge_semconv.compile.ottl_when import conditions
from spanbridge_semconv.model import Concept, Source, Vocabulary
from spanbridge_semconv.patterns import (
    ERROR_NAME,
    MODEL_PREFIX,
    TIMESTAMP,
    member_pattern,
)

_JSON_STRING: Final = (
    r'^"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u(?:[0-9abcefABCEF][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2}'
    r'|[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}))*"[ \t\r\n]*$'
)
"""A JSON string; a surrogate without its partner makes it none."""
_PATTERNS: Final = {"model_prefix": MODEL_PREFIX, "error_name": ERROR_NAME}
_DECIMALS: Final = {"seconds": (9, 9), "milliseconds": (12, 6)}
"""Digits in front of the point, so that nanoseconds have at most 18, and decimal places."""
_ANY_DAY: Final = "20[0-9]{2}-[01][0-9]-[0-3][0-9]"
_DAY: Final = (
    "20(?:[0-9]{2}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    "|(?:[02468][048]|[13579][26])-02-29)"
)
"""A day that exists: the Collector's own parser panics on some that do not."""
_MOMENT: Final = 'span.cache["d"]'


def scalar(plan: Plan, concept: Concept, sources: Sequence[Source]) -> list[str]:
    """Statements that ask some of a concept's sources for its value."""
    vocabulary = plan.tables.vocabularies.get(concept.vocabulary)
    return [s for source in sources for s in _source(plan, concept, source, vocabulary)]


def finished(plan: Plan, concept: Concept, last: Sequence[Source]) -> list[str]:
    """Statements that make a text of the value, spell it, and ask what follows from others.

    Raises:
        OttlError: one of the last sources gives a text that is still to be spelled.
    """
    vocabulary = plan.tables.vocabularies.get(concept.vocabulary)
    found = [*_settled(concept), *(spell(vocabulary) if vocabulary else [])]
    for source in last:
        if source.origin not in ("value", "concept"):
            raise OttlError(f"{concept.name}: a source of its own stands behind other concepts")
        for value in table_of(source).values():
            if vocabulary and spelling(vocabulary, value) != value:
                raise OttlError(f"{concept.name}: {value!r} is no canonical spelling")
        found += _source(plan, concept, source, vocabulary)
    return found


def _settled(concept: Concept) -> list[str]:
    """A value that was taken as it is becomes a text."""
    inexact = f"IsMatch({VALUE}, {ottl.text(INEXACT)})"
    no_number = f"{VALUE} - {VALUE} != 0.0"
    # What is a text, as most are, is asked first: a failed test for a number is dear.
    number = f"{FOUND} and not IsString({VALUE}) and IsDouble({VALUE})"
    left_out = ottl.text(ottl.LEFT_OUT)
    if concept.type == "text":
        found = [ottl.assign(VALUE, left_out, number, f"({no_number} or {inexact})")]
    else:
        found = [
            ottl.assign(VALUE, '"-"', number, no_number),
            ottl.assign(VALUE, left_out, number, inexact),
        ]
    return [*found, ottl.assign(VALUE, f"String({VALUE})", FOUND, f"not IsString({VALUE})")]


def _source(
    plan: Plan, concept: Concept, source: Source, vocabulary: Vocabulary | None
) -> list[str]:
    wanted = conditions(source.when)
    match source.origin:
        case "key":
            path = ottl.attribute(source.name)
            return _read(source, path, [f"{path} != nil", *wanted], vocabulary)
        case "resource":
            path = f"resource.attributes[{ottl.text(source.name)}]"
            return _read(source, path, [f"{path} != nil", *wanted], vocabulary)
        case "span_name":
            return _read(source, "span.name", wanted, vocabulary)
        case "path":
            document = plan.document(source)
            path, guards = into(document, source.path)
            seen = [f"{document} != nil", *guards, *wanted, f"IsMatch({path}, {SCALAR})"]
            return _read(source, path, seen, vocabulary)
        case "indexed":
            return _indexed(source, wanted, vocabulary)
        case "event":
            return _event(plan, concept, source, vocabulary)
        case "event_time":
            return _event_time(plan, source, wanted)
        case "value":
            return [ottl.assign(VALUE, ottl.text(source.name), OPEN, *wanted)]
        case "concept":
            return _derived(source)
        case _:
            raise OttlError(f"{concept.name}: the origin {source.origin!r} has no translation")


def _read(
    source: Source, path: str, given: Sequence[str], vocabulary: Vocabulary | None
) -> list[str]:
    """The text at a path becomes the value if the conditions hold and it is one."""
    if source.transform in _DECIMALS:
        return _decimal(source.transform, path, given)
    if source.transform == "timestamp":
        return _timestamp(path, given)
    if source.transform != "text":
        parts = part(source, path, ottl.still_open(given))
        return [*parts, *_accept(source, PART, [f"{PART} != nil"], vocabulary), NO_PART]
    return _accept(source, path, given, vocabulary)


def _accept(
    source: Source, path: str, given: Sequence[str], vocabulary: Vocabulary | None
) -> list[str]:
    if source.map is not None:
        return ottl.looked_up(path, table_of(source), *ottl.still_open(given))
    if path == PART:
        texts = [f'{path} != ""']
    elif source.origin == "path":
        texts = []
    else:
        texts = [f'{path} != ""', f'{path} != "[]"', _not_empty(path)]
    return [ottl.assign(VALUE, path, *ottl.still_open(given), *texts, accepted(vocabulary, path))]


def _not_empty(path: str) -> str:
    return f"(IsString({path}) or not IsList({path}) or Len({path}) > 0)"


def table_of(source: Source) -> dict[str, str]:
    """What a source maps texts to."""
    found = {word: value for word, value in source.map or () if value}
    if found.keys() & {"", "[]"}:
        raise OttlError(f"{source.name}: an empty text is mapped")
    return found


def accepted(vocabulary: Vocabulary | None, path: str) -> str:
    """The condition that a text is a value of the vocabulary."""
    if vocabulary is None:
        return ""
    known = [word for word, value in vocabulary.aliases.items() if value]
    none = [word for word, value in vocabulary.aliases.items() if not value]
    if not vocabulary.keep:
        expression = ottl.text(ottl.caseless(known, vocabulary.strip_prefix))
        return f"IsMatch({path}, {expression})"
    if not none:
        return ""
    expression = ottl.text(ottl.caseless(none, vocabulary.strip_prefix))
    return f"not IsMatch({path}, {expression})"


def part(source: Source, path: str, given: Sequence[str]) -> list[str]:
    """Statements that put the transformed text of a path into :data:`ottl_text.PART`."""
    text = f"String({path})"
    given = [*given, f'{text} != ""', f'{text} != "[]"']
    slash, no_slash = f'Index({text}, "/") >= 0', f'Index({text}, "/") < 0'
    match source.transform:
        case "json_scalar":
            is_string = f"IsMatch({path}, {ottl.text(_JSON_STRING)})"
            decoded = f'ParseJSON(Concat(["[", {text}, "]"], ""))[0]'
            return [
                ottl.assign(PART, text, *given, f'{text} != "null"', f"not {is_string}"),
                ottl.assign(PART, decoded, *given, is_string),
            ]
        case "before_dot":
            return [ottl.assign(PART, f'Split({text}, ".")[0]', *given)]
        case "first_word":
            return [ottl.assign(PART, f'Split({text}, " ")[0]', *given)]
        case "before_slash":
            return [ottl.assign(PART, f'Split({text}, "/")[0]', *given, slash)]
        case "after_slash":
            cut = _extracted("(?s)^[^/]*/(.*)$", text)
            return [
                ottl.assign(PART, text, *given, no_slash),
                ottl.assign(PART, cut, *given, slash),
            ]
        case "after_space":
            cut = _extracted("(?s)^[^ ]* (.*)$", text)
            return [ottl.assign(PART, cut, *given, f'Index({text}, " ") >= 0')]
        case "model_prefix" | "error_name" | "member":
            pattern = _PATTERNS.get(source.transform) or member_pattern(source.member)
            fits = f"IsMatch({path}, {ottl.text(pattern)})"
            return [ottl.assign(PART, _extracted(pattern, text), *given, fits)]
        case _:
            raise OttlError(f"the transform {source.transform!r} has no translation")


def _extracted(pattern: str, text: str) -> str:
    """What the first group of a pattern takes from a text."""
    start, _, rest = pattern.replace("(?:", "\0").replace("(?s)", "\1").partition("(")
    named = f"{start}(?P<v>{rest}".replace("\0", "(?:").replace("\1", "(?s)")
    return f'ExtractPatterns({text}, {ottl.text(named)})["v"]'


def _decimal(transform: str, path: str, given: Sequence[str]) -> list[str]:
    """A plain decimal number, as the digits of its nanoseconds; another text makes it none."""
    whole, places = _DECIMALS[transform]
    pattern = ottl.text(f"^(?P<w>[0-9]{{1,{whole}}})(?:[.](?P<f>[0-9]{{1,18}}))?$")
    zeros = ottl.text("0" * places)
    fraction = f'Substring(Concat([{_MOMENT}["f"], {zeros}], ""), 0, {places})'
    text = f"String({path})"
    given = [*given, f'{text} != ""', f'{text} != "[]"']
    return [
        ottl.assign(_MOMENT, f"ExtractPatterns({text}, {pattern})", *ottl.still_open(given)),
        ottl.assign(VALUE, '"-"', *ottl.still_open(given)),
        ottl.assign(
            VALUE,
            f'Concat([{_MOMENT}["w"], {fraction}], "")',
            f'{VALUE} == "-"',
            f'{_MOMENT}["w"] != nil',
        ),
    ]


def _timestamp(path: str, given: Sequence[str]) -> list[str]:
    """The digits of the nanoseconds from the start of the span to a time, if it is not before."""
    if _ANY_DAY not in TIMESTAMP:
        raise OttlError(f"the pattern of a time has changed: {TIMESTAMP}")
    strict = TIMESTAMP.replace(f"({_ANY_DAY}", f"(?P<w>{_DAY}")
    pattern = strict.replace("(?:[.][0-9]{1,9})?)", ")(?:[.](?P<f>[0-9]{1,9}))?")
    moment = f'Time({_MOMENT}["w"], "%Y-%m-%dT%H:%M:%S", "UTC")'
    fraction = f'Int(Substring(Concat([{_MOMENT}["f"], "000000000"], ""), 0, 9))'
    delay = f"UnixSeconds({moment}) * 1000000000 + {fraction} - span.start_time_unix_nano"
    text = f"String({path})"
    given = [*given, f'{text} != ""', f'{text} != "[]"']
    undecided = f'{VALUE} == "-"'
    found = f"ExtractPatterns({text}, {ottl.text(pattern)})"
    return [
        ottl.assign(_MOMENT, found, *ottl.still_open(given)),
        ottl.assign(VALUE, '"-"', *ottl.still_open(given)),
        ottl.assign(f'{_MOMENT}["ns"]', delay, undecided, f'{_MOMENT}["w"] != nil'),
        ottl.assign(VALUE, f'String({_MOMENT}["ns"])', undecided, f'{_MOMENT}["ns"] >= 0'),
    ]


def _indexed(source: Source, wanted: Sequence[str], vocabulary: Vocabulary | None) -> list[str]:
    found: list[str] = []
    for index in range(UNROLLED):
        path = ottl.attribute(source.name.replace("{i}", str(index)))
        found += _read(source, path, [f"{path} != nil", *wanted], vocabulary)
    return [*found, left_out(beyond(source.name), *wanted)]


def beyond(pattern: str) -> str:
    """The condition that a key has an index that is not read."""
    more = f"(?:[{UNROLLED}-9]|[0-9]{{2,9}})"
    keys = ottl.key_regex(pattern).replace("[0-9]{1,9}", more)
    return f"IsMatch({ottl.KEYS}, {ottl.text(keys)})"


def _event(
    plan: Plan, concept: Concept, source: Source, vocabulary: Vocabulary | None
) -> list[str]:
    slot = plan.event_slot([source.name])
    path = f"spanevent.attributes[{ottl.text(str(source.path[0]))}]"
    given = [f"spanevent.name == {ottl.text(source.name)}", f"{path} != nil", f'{path} != ""']
    plan.in_events(_read(source, path, given, vocabulary), slot)
    return [ottl.assign(VALUE, slot, OPEN, f"{slot} != nil", *conditions(source.when))]


def _event_time(plan: Plan, source: Source, wanted: Sequence[str]) -> list[str]:
    slot = plan.event_slot(source.names)
    delay = "spanevent.time_unix_nano - span.start_time_unix_nano"
    named = ottl.any_of(f"spanevent.name == {ottl.text(name)}" for name in source.names)
    least = f"({slot} == nil or {slot} > {delay})"
    later = "spanevent.time_unix_nano >= span.start_time_unix_nano"
    plan.events.append(ottl.assign(slot, delay, named, later, least))
    return [ottl.assign(VALUE, f"String({slot})", OPEN, f"{slot} != nil", *wanted)]


def _derived(source: Source) -> list[str]:
    other = f"span.cache[{ottl.text(source.name)}]"
    unknown = left_out(f"{other} == {ottl.text(ottl.LEFT_OUT)}")
    return [*ottl.looked_up(other, table_of(source), OPEN), unknown]


def spelling(vocabulary: Vocabulary, value: str) -> str:
    """How a vocabulary spells an ASCII text."""
    lowered = value.lower().removeprefix(vocabulary.strip_prefix)
    return vocabulary.aliases.get(lowered, lowered if vocabulary.keep else "")


def other_words(vocabulary: Vocabulary) -> dict[str, str]:
    """The words of a vocabulary that are not spelled as their value is.

    Raises:
        OttlError: a value is another word for a second one, so that the order would matter.
    """
    for word, value in vocabulary.aliases.items():
        if value and vocabulary.aliases.get(value.lower(), value) != value:
            raise OttlError(f"{vocabulary.name}: {word} stands for {value}, which stands for more")
    return {word: value for word, value in vocabulary.aliases.items() if value and word != value}


def spell(vocabulary: Vocabulary) -> list[str]:
    """Statements that bring the value into the spelling of a vocabulary."""
    odd = ottl.text("[^\\x00-\\x7f]")
    found = [
        # Lower case is for A-Z alone elsewhere; OTTL has it only for all letters.
        ottl.assign(VALUE, ottl.text(ottl.LEFT_OUT), FOUND, f"IsMatch({VALUE}, {odd})"),
        ottl.assign(VALUE, f"ToLowerCase({VALUE})", FOUND),
    ]
    if vocabulary.strip_prefix:
        cut = f"TrimPrefix({VALUE}, {ottl.text(vocabulary.strip_prefix)})"
        found.append(ottl.assign(VALUE, cut, FOUND))
    return [*found, *ottl.looked_up(VALUE, other_words(vocabulary), FOUND)]
