"""docs/reference/search.md says what the language is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from spanbridge_ingest.query.search import asking, documents, parse, values
from spanbridge_ingest.query.search.errors import FilterError
from spanbridge_ingest.query.search.fields import FIELDS, OPERATORS, Type
from spanbridge_ingest.query.search.order import MAX_FIELDS, SORTABLE
from spanbridge_ingest.query.search.parse import parse_filter

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "search.md").read_text("utf-8")


def section(title: str) -> str:
    return PAGE.split(f"## {title}\n")[1].split("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)\n```", PAGE, re.DOTALL)


@pytest.mark.parametrize("text", [line for block in blocks("filter") for line in block.split("\n")])
def test_examples_are_filters(text: str) -> None:
    assert parse_filter(text) is not None


def test_the_error_shown_is_the_error_given() -> None:
    [shown] = blocks("error")
    with pytest.raises(FilterError) as refused:
        parse_filter(shown.splitlines()[1])
    assert f"{refused.value}\n{refused.value.hint}" == shown


def test_every_field_is_listed_with_its_type_its_meaning_and_other_names() -> None:
    words = {
        Type.TEXT: "text",
        Type.NUMBER: "number",
        Type.TIME: "time",
        Type.ANY: "any",
        Type.CONTENT: "pattern",
    }
    listed = {}
    for field, others, compared, meaning in rows(section("Fields")):
        name = re.sub(r"\.<\w+>", "", field.strip("`"))
        listed[name] = compared
        spec = FIELDS[name]
        assert meaning == spec.meaning
        if spec.words:
            assert compared == ", ".join(f"`'{word}'`" for word in spec.words)
        else:
            assert compared == words[spec.type]
        for other in re.findall(r"`([^`]+)`", others):
            operator = "> 5" if spec.type in (Type.NUMBER, Type.TIME) else "= 'OK'"
            node = parse_filter(f"{other.replace('<key>', 'k')} {operator}")
            assert str(node).startswith(name)
    assert set(listed) == set(FIELDS)


def test_every_operator_is_listed_for_its_types() -> None:
    kinds = {
        "text": Type.TEXT,
        "words in quotes": Type.STATUS,
        "number": Type.NUMBER,
        "time": Type.TIME,
        "pattern": Type.CONTENT,
    }
    for title, operators in rows(section("Comparisons")):
        if title in kinds:
            shown = set(re.findall(r"`([A-Z<>=! ]+)`", operators)) - {"NOT"}
            plain = {o for o in OPERATORS[kinds[title]] if not re.match("NOT .*LIKE", o)}
            assert shown == plain, title
    assert set(OPERATORS[Type.ANY]) == set(OPERATORS[Type.TEXT]) | set(OPERATORS[Type.NUMBER])


def test_the_order_and_the_limits_are_those_of_the_code() -> None:
    order = section("Order and pages")
    assert set(re.findall(r"`([a-z_]+)(?:\.<key>)?`", order.split("each with")[0])) == {
        *SORTABLE,
        "order_by",
    }
    assert MAX_FIELDS == 5
    limits = re.sub(r"\s+", " ", section("Limits and errors"))
    for told in (
        f"{parse.MAX_CHARS:,} characters",
        f"{parse.MAX_COMPARISONS} comparisons",
        f"{parse.MAX_DEPTH} levels",
        f"{values.MAX_LISTED:,} values",
        f"patterns of {values.MAX_PATTERN_CHARS:,} characters",
        f"{asking.MAX_SECONDS} s and {asking.MAX_BYTES >> 30} GiB",
    ):
        assert told in limits
    assert f"{documents.MAX_PAGE_BYTES >> 20} MiB" in order
