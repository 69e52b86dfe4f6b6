"""Every query answers over a store without data, with nothing that could be taken for data."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.grafana.questions import QUESTIONS, Question, Reader, handle


@pytest.fixture(scope="module")
def nothing(template_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    directory = tmp_path_factory.mktemp("nothing") / "store"
    shutil.copytree(template_store, directory, symlinks=True)
    reader = Reader(handle(directory), 1_700_000_000, 1_700_604_800)
    yield reader
    reader.close()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.place)
def test_nothing_is_shown_as_nothing(question: Question, nothing: Reader) -> None:
    answer = nothing.ask(question.sql, session="none", trace_id="none")
    if question.place == "ingest: Tables":
        return  # prices are there
    numbers = [value for row in answer.result_rows for value in row if value is not None]
    if question.kind in ("stat", "rule"):
        assert len(answer.result_rows) <= 1
        assert all(not value or (isinstance(value, float) and value == 0) for value in numbers)
    else:
        assert answer.result_rows == []
    assert not any(isinstance(value, float) and math.isnan(value) for value in numbers)
