"""Write docs/reference/attributes.md from the registry; ``--check`` only compares."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from pages import write_or_check

from spanbridge_semconv._generated.concepts import CONCEPTS
from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv.describe import coverage, detection, place, reading
from spanbridge_semconv.model import Concept

HEAD = """\
<!-- Generated from semconv/spanbridge_semconv/registry by `make generate`. Do not edit. -->

# Attributes

What spanbridge understands, and where it looks. Each concept is looked for in the sources below it,
from the first to the last, on every GenAI span, whoever emitted it; the first source that has a
text decides. `spanbridge unmapped` lists what your spans say that stands nowhere here.

"""


def render() -> str:
    """The page, as Markdown."""
    columns = [c for c in CONCEPTS if c.column]
    helpers = [c for c in CONCEPTS if not c.column and c.kind != "detail"]
    details = [c for c in CONCEPTS if c.kind == "detail"]
    return HEAD + "\n".join(
        [
            "## Dialects\n",
            _dialects(),
            "## Columns of `otel_traces`\n",
            _overview(columns),
            "## Details\n\nRead when somebody looks at a span: members of `details` in the trace "
            "document.\n",
            _overview(details),
            "## Sources\n",
            *(_sources(concept) for concept in [*columns, *helpers, *details]),
        ]
    )


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [_row(head), _row("---" for _ in head), *map(_row, rows)]
    return "\n".join(lines) + "\n"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _dialects() -> str:
    head = ["name", "dialect", "versions", "recognised by", "concepts with keys of its own"]
    return _table(
        head,
        (
            [
                _code(known.dialect.name),
                known.dialect.title,
                known.dialect.versions,
                "; ".join(detection(known.dialect)),
                str(len(known.columns) + len(known.details)),
            ]
            for known in coverage()
        ),
    )


def _overview(concepts: Iterable[Concept]) -> str:
    head = ["concept", "column", "unit", "OpenTelemetry", "MLflow", "meaning"]
    return _table(
        head,
        (
            (
                *map(_code, (c.name, c.column)),
                c.unit,
                *map(_code, (c.gen_ai, c.mlflow)),
                " ".join(c.description.split()),
            )
            for c in concepts
        ),
    )


def _sources(concept: Concept) -> str:
    if not SOURCES[concept.name]:
        return f"### {concept.name}\n\nComputed.\n"
    rows = ([s.dialect, _code(place(s)), reading(s)] for s in SOURCES[concept.name])
    return f"### {concept.name}\n\n" + _table(["dialect", "where", "how"], rows)


if __name__ == "__main__":
    sys.exit(write_or_check("attributes.md", render()))
