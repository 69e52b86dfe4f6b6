"""What MLflow and Phoenix show of recorded traces, sent directly and passed on by the service.

    python tests/backends/install.py
    PYTHONPATH=. python benchmarks/backends.py [--backends mlflow,phoenix] [--write]

Starts real servers, sends the whole corpus to each both ways and reads back through their own
interfaces. Prints the report, or writes ``docs/forwarding-results.md``.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.backends import servers
from tests.backends.explained import explanation
from tests.backends.install import PACKAGES
from tests.backends.runs import DIALECTS, Comparison, compare
from tests.backends.seen import FACTS, Verdict

_PAGE = Path(__file__).parents[1] / "docs" / "forwarding-results.md"
_TITLES = {"mlflow": "MLflow", "phoenix": "Phoenix"}
_HEAD = """\
<!-- Written by `benchmarks/backends.py --write`. Do not edit. -->

# What MLflow and Phoenix show of traces in any dialect

{cases} recorded traces, as {emitters} versions of instrumentation libraries really emitted them,
were sent to real servers twice: directly over OTLP/HTTP, and to `spanbridge serve`, which passed
them on in the server's own conventions ([how](guides/forward.md)). Then both servers were asked
through their own interfaces what they show. The recordings come with the truth: what the model's
server really answered.

* **tokens**: the trace's input and output tokens are those of its model calls. Where nothing was
  reported, nothing may be shown. Where two libraries began a trace each for one call, each may
  show it.
* **model**: the models that were called are shown, as asked for or as answered, and no other.
* **content**: what each model answered (text, or the name of the tool it wants called) is the
  output of a span that has an input too. Only recordings with content count.

`3 -> 7 of 7` reads: right for 3 of 7 traces when sent directly, for 7 when passed on. Neither
server takes log records, so what libraries write there is lost without the service.
"""


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backends", default=",".join(DIALECTS))
    parser.add_argument("--write", action="store_true", help=f"write {_PAGE.name}")
    arguments = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as directory:
        for name in arguments.backends.split(","):
            place = Path(directory) / name
            with getattr(servers, name)(place / "server") as server:
                found[name] = compare(server, place)
    text = "\n".join(report(found))
    if arguments.write:
        _PAGE.write_text(text, encoding="utf-8")
    else:
        print(text)


def report(found: Mapping[str, Comparison]) -> Iterator[str]:
    """The page, in lines."""
    some = next(iter(found.values())).direct
    emitters = len({name.partition("/")[0] for name in some})
    yield _HEAD.format(cases=len(some), emitters=emitters)
    for name, comparison in found.items():
        package, _, version = PACKAGES[name].partition("==")
        yield f"## {_TITLES[name]}\n"
        yield f"`{package}` {version}, `--forward-dialect {DIALECTS[name]}`.\n"
        yield from _table(comparison)
        yield ""
        yield from _list("Right when sent directly, wrong when passed on", name, comparison.worse())
        yield from _list("Wrong when passed on, and why", name, comparison.wrong())


def _table(comparison: Comparison) -> Iterator[str]:
    yield "| recorded from | traces | tokens | model | content |"
    yield "|---|---|---|---|---|"
    groups: dict[str, list[str]] = defaultdict(list)
    for case in comparison.direct:
        groups[case.partition("/")[0]].append(case)
    for emitter, cases in groups.items():
        yield _row(emitter, comparison, cases)
    yield _row("**all**", comparison, list(comparison.direct))


def _row(title: str, comparison: Comparison, cases: list[str]) -> str:
    cells = [_cell(fact, comparison, cases) for fact in FACTS]
    return f"| {title} | {len(cases)} | {' | '.join(cells)} |"


def _cell(fact: str, comparison: Comparison, cases: list[str]) -> str:
    def right(verdicts: Mapping[str, Verdict]) -> int:
        return sum(getattr(verdicts[case], fact) is True for case in cases)

    asked = sum(getattr(comparison.direct[case], fact) is not None for case in cases)
    if not asked:
        return "-"
    return f"{right(comparison.direct)} -> {right(comparison.forwarded)} of {asked}"


def _list(title: str, backend: str, wrong: Mapping[str, list[str]]) -> Iterator[str]:
    if not wrong:
        return
    reasons: dict[str, list[str]] = defaultdict(list)
    for case, facts in wrong.items():
        for fact in facts:
            reasons[explanation(backend, case, fact) or "Not understood yet."].append(
                f"{case} ({fact})"
            )
    yield f"### {title}\n"
    for reason, cases in reasons.items():
        yield f"* {reason} " + ", ".join(f"`{case}`" for case in cases)
    yield ""


if __name__ == "__main__":
    main()
