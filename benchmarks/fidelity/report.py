"""The measure as tables, as JSON, and against what is declared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchmarks.fidelity.fields import FIELDS
from benchmarks.fidelity.findings import Finding

OVERALL = "overall"


@dataclass(frozen=True, slots=True)
class Measured:
    """A case and the verdicts on it."""

    dialect: str
    case: str
    findings: Sequence[Finding]

    @property
    def name(self) -> str:
        """What declarations call it."""
        return f"{self.dialect}/{self.case}"


@dataclass(frozen=True, slots=True)
class Declaration:
    """Misses of some cases (a pattern) in one field, known, and why they are.

    Without ``facts`` (the labels of findings) it is for all facts of the field.
    """

    cases: str
    field: str
    reason: str
    facts: tuple[str, ...] = ()

    def fits(self, case: str, finding: Finding) -> bool:
        """Whether it is about a finding."""
        about = not self.facts or finding.label in self.facts
        return about and finding.field == self.field and fnmatchcase(case, self.cases)


@dataclass(frozen=True, slots=True)
class Miss:
    """A fact that is not right, and the declared reason, or None."""

    case: str
    finding: Finding
    reason: str | None


def read_declarations(path: Path) -> list[Declaration]:
    """Read declared misses.

    Raises:
        SystemExit: an entry names no field of the measure, or has no reason.
    """
    declared = []
    for entry in yaml.safe_load(path.read_text(encoding="utf-8")) or []:
        for field in entry["fields"]:
            if field not in FIELDS or not entry["reason"]:
                raise SystemExit(
                    f"{path}: {entry['cases']}: {field!r} is no field, or there is no reason; "
                    f"fields are {', '.join(FIELDS)}"
                )
            for cases in entry["cases"]:
                facts = tuple(entry.get("facts", ()))
                declared.append(Declaration(cases, field, entry["reason"], facts))
    return declared


def misses(measured: Iterable[Measured], declared: Sequence[Declaration]) -> list[Miss]:
    """Every fact that is not right, with its declared reason if it has one."""
    return [
        Miss(case.name, finding, _reason(case.name, finding, declared))
        for case in measured
        for finding in case.findings
        if finding.verdict not in ("right", "absent")
    ]


def absent(measured: Iterable[Measured]) -> list[tuple[str, Finding]]:
    """What happened and is not in the recordings: what was not asked for."""
    return [
        (case.name, finding)
        for case in measured
        for finding in case.findings
        if finding.verdict == "absent" and finding.wanted
    ]


def _reason(case: str, finding: Finding, declared: Sequence[Declaration]) -> str | None:
    return next((d.reason for d in declared if d.fits(case, finding)), None)


def outdated(
    measured: Sequence[Measured], missed: Sequence[Miss], declared: Sequence[Declaration]
) -> list[tuple[str, str]]:
    """(case, field) of what is declared, was measured, and is missed no longer."""
    return [
        (case.name, d.field)
        for d in declared
        for case in measured
        if fnmatchcase(case.name, d.cases)
        and not any(miss.case == case.name and d.fits(case.name, miss.finding) for miss in missed)
    ]


def holds(missed: Sequence[Miss], no_longer: Sequence[tuple[str, str]]) -> bool:
    """Whether what is missed is exactly what is declared."""
    return not no_longer and all(miss.reason is not None for miss in missed)


Counts = dict[str, dict[str, tuple[int, int]]]


def counts(measured: Iterable[Measured]) -> Counts:
    """(right, applicable) by dialect and field; the dialect ``overall`` is all of them."""
    right: dict[str, Counter[str]] = {OVERALL: Counter()}
    applicable: dict[str, Counter[str]] = {OVERALL: Counter()}
    for case in measured:
        for finding in case.findings:
            if finding.verdict == "absent":
                continue
            for dialect in (case.dialect, OVERALL):
                applicable.setdefault(dialect, Counter())[finding.field] += 1
                right.setdefault(dialect, Counter())[finding.field] += finding.verdict == "right"
    return {
        dialect: {f: (right[dialect][f], fields[f]) for f in FIELDS if f in fields}
        for dialect, fields in sorted(applicable.items(), key=lambda item: item[0] == OVERALL)
    }


def summed(fields: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    """(right, applicable) over all fields."""
    return sum(right for right, _ in fields.values()), sum(total for _, total in fields.values())


def as_json(
    measured: Sequence[Measured], missed: Sequence[Miss], no_longer: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """The whole measure for machines."""
    counted = counts(measured)
    return {
        "fields": {
            dialect: {f: {"right": r, "applicable": a} for f, (r, a) in fields.items()}
            for dialect, fields in counted.items()
        },
        "dialects": {
            dialect: dict(zip(("right", "applicable"), summed(fields), strict=True))
            for dialect, fields in counted.items()
        },
        "misses": [
            {
                "case": miss.case,
                "field": miss.finding.field,
                "fact": miss.finding.label,
                "verdict": miss.finding.verdict,
                "wanted": miss.finding.wanted,
                "found": miss.finding.found,
                "reason": miss.reason,
            }
            for miss in missed
        ],
        "no_longer_missed": [{"case": case, "field": field} for case, field in no_longer],
        "not_recorded": [
            {"case": case, "field": finding.field, "fact": finding.label, "wanted": finding.wanted}
            for case, finding in absent(measured)
        ],
    }


def show(
    console: Console,
    measured: Sequence[Measured],
    missed: Sequence[Miss],
    no_longer: Sequence[tuple[str, str]],
) -> None:
    """Print the table, every miss, and what must leave the list of declared ones."""
    counted = counts(measured)
    console.print(_table(counted))
    lines = [_line(miss) for miss in missed]
    lines += [
        f"{case}: {field} is declared, and missed no longer: take it off the list"
        for case, field in no_longer
    ]
    undeclared = sum(miss.reason is None for miss in missed)
    right, total = summed(counted[OVERALL])
    lines.append(
        f"{right} of {total} right ({_percent(right, total)} %); {len(missed)} misses, "
        f"{undeclared} of them undeclared; {len(absent(measured))} facts are in no recording"
    )
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _table(counted: Counts) -> Table:
    table = Table(title="right / applicable", box=SIMPLE_HEAD, padding=0, collapse_padding=True)
    table.add_column("dialect", no_wrap=True)
    for heading in (*FIELDS, "all", "%"):
        table.add_column(heading, justify="right", min_width=max(map(len, heading.split())))
    for dialect, fields in counted.items():
        if dialect == OVERALL:
            table.add_section()
        right, total = summed(fields)
        cells = [_cell(*fields[f]) if f in fields else "" for f in FIELDS]
        table.add_row(dialect, *cells, _cell(right, total), _percent(right, total))
    return table


def _line(miss: Miss) -> str:
    finding = miss.finding
    fact = f" ({finding.label})" if finding.label else ""
    reason = f"declared: {miss.reason}" if miss.reason else "UNDECLARED"
    return (
        f"{miss.case}: {finding.field}{fact} {finding.verdict}: wanted {finding.wanted!r}, "
        f"found {finding.found!r}; {reason}"
    )


def _cell(right: int, total: int) -> str:
    return f"{right}/{total}" if right == total else f"[red]{right}/{total}[/red]"


def _percent(right: int, total: int) -> str:
    """Rounded down: 100.0 is all of them."""
    return f"{right * 1000 // total / 10:.1f}" if total else "-"
