"""Declared misses, figures, and the command line's verdict."""

from __future__ import annotations

import json
import shutil
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from benchmarks.fidelity import __main__ as command
from benchmarks.fidelity import report
from benchmarks.fidelity.fields import FIELDS
from benchmarks.fidelity.findings import Finding, Verdict
from benchmarks.fidelity.report import Declaration, Measured

CORPUS = Path(__file__).parents[1] / "corpus"


def case(name: str, *verdicts: tuple[str, str, Verdict]) -> Measured:
    findings = [Finding(field, label, 1, 2, verdict) for field, label, verdict in verdicts]
    return Measured("made-up", name, findings)


def test_a_declaration_covers_its_facts_and_no_others() -> None:
    measured = [case("one", ("input", "call 1", "missed"), ("input", "call 2", "wrong"))]
    declared = [Declaration("made-up/*", "input", "why", ("call 1",))]

    missed = report.misses(measured, declared)

    assert [(m.finding.label, m.reason) for m in missed] == [("call 1", "why"), ("call 2", None)]
    assert not report.outdated(measured, missed, declared)
    assert report.holds(missed[:1], [])
    assert not report.holds(missed, [])
    assert not report.holds([], [("made-up/one", "input")])


@pytest.mark.parametrize("verdict", ["right", "absent"])
def test_each_case_of_a_declaration_has_to_miss(verdict: Verdict) -> None:
    measured = [case("one", ("input", "", "missed")), case("two", ("input", "", verdict))]
    declared = [Declaration("made-up/*", "input", "why"), Declaration("other/*", "input", "why")]

    missed = report.misses(measured, declared)

    assert report.outdated(measured, missed, declared) == [("made-up/two", "input")]


def test_figures_count_what_applies() -> None:
    rows = [("input", "", "right"), ("input", "x", "wrong"), ("text", "", "absent")]
    counted = report.counts([case("one", *rows), case("two", ("text", "", "invented"))])

    assert counted["made-up"] == counted["overall"] == {"input": (1, 2), "text": (0, 1)}
    assert report.summed(counted["overall"]) == (1, 3)
    assert report._percent(9999, 10000) == "99.9"


def test_declarations_name_fields_and_give_reasons(tmp_path: Path) -> None:
    path = tmp_path / "misses.yaml"
    for entry in ({"fields": ["inputs"], "reason": "why"}, {"fields": ["input"], "reason": ""}):
        path.write_text(json.dumps([{"cases": ["a/b"]} | entry]))
        with pytest.raises(SystemExit, match="a/b"):
            report.read_declarations(path)
    declared = report.read_declarations(command.HERE / "misses.yaml")
    assert declared
    assert {d.field for d in declared} <= set(FIELDS)
    known = {f"{e['dialect']}/{e['case']}" for e in json.loads((CORPUS / "index.json").read_text())}
    assert not [d.cases for d in declared if not any(fnmatchcase(k, d.cases) for k in known)]


def test_the_check_fails_where_reading_and_truth_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dialect = "otel-genai-openai-spanonly"
    shutil.copytree(CORPUS / dialect, tmp_path / dialect)
    index = json.loads((CORPUS / "index.json").read_text())
    chosen = [entry for entry in index if entry["dialect"] == dialect]
    [chat] = [entry for entry in chosen if entry["case"] == "chat"]
    chat["expected"]["llm_calls"][0]["output_text"] = "stop"
    (tmp_path / "index.json").write_text(json.dumps(chosen))
    arguments = ["--json", "--check", "--emitter", dialect, "--corpus", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["fidelity", *arguments])

    assert command.main() == 1
    measured = json.loads(capsys.readouterr().out)
    assert measured["fields"][dialect]["model calls"] == {"right": 3, "applicable": 3}
    [miss] = measured["misses"]
    assert (miss["case"], miss["field"]) == (f"{dialect}/chat", "text")
    assert (miss["verdict"], miss["reason"]) == ("wrong", None)


def test_a_folder_without_an_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"index\.json is not there"):
        command._index(tmp_path, [])
    with pytest.raises(SystemExit, match="no case of nothing"):
        command._index(CORPUS, ["nothing"])
