"""Every recording is read exactly, or a declared limit of the recording says why not."""

from __future__ import annotations

import json

import pytest

from benchmarks.fidelity import __main__ as command
from benchmarks.fidelity import report


@pytest.mark.timeout(600)
def test_all_recordings_are_read_exactly() -> None:
    index = json.loads((command.CORPUS / "index.json").read_text(encoding="utf-8"))
    measured = list(command.measure(command.CORPUS, index))
    declared = report.read_declarations(command.HERE / "misses.yaml")

    missed = report.misses(measured, declared)

    assert [(m.case, m.finding) for m in missed if m.reason is None] == []
    assert report.outdated(measured, missed, declared) == []
    right, applicable = report.summed(report.counts(measured)["overall"])
    assert applicable > 2900
    assert right == applicable - len(missed)
