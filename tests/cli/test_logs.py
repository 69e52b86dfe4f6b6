from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from spanbridge_ingest.cli import logs

# A server that another test ran in this process has set them up its own way.
_LIBRARY_LOGGERS = ("urllib3", "urllib3.connectionpool", "uvicorn", "uvicorn.error")


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    libraries = [logging.getLogger(name) for name in _LIBRARY_LOGGERS]
    before = [(logger.level, logger.propagate, logger.disabled) for logger in libraries]
    for logger in libraries:
        logger.setLevel(logging.NOTSET)
        logger.propagate, logger.disabled = True, False
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for logger, (level, propagate, disabled) in zip(libraries, before, strict=True):
        logger.setLevel(level)
        logger.propagate, logger.disabled = propagate, disabled


def written(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    output = capsys.readouterr()
    assert output.out == ""
    return [json.loads(line) for line in output.err.splitlines()]


def test_a_record_is_one_json_object_per_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info")
    logging.getLogger("spanbridge_ingest.tests").info("two\nlines %d", 2)
    (line,) = written(capsys)
    assert line["level"] == "info"
    assert line["logger"] == "spanbridge_ingest.tests"
    assert line["message"] == "two\nlines 2"
    assert line["time"].endswith("+00:00")


def test_below_the_level_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("warning")
    logging.getLogger("spanbridge_ingest.tests").info("quiet")
    assert written(capsys) == []


@pytest.mark.parametrize(("level", "count"), [("info", 0), ("debug", 2)])
def test_libraries_are_quiet_unless_debugging_even_if_they_set_their_level(
    level: str, count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(level)
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    logging.getLogger("urllib3.connectionpool").warning("retrying")
    logging.getLogger("uvicorn.error").info("started")
    assert len(written(capsys)) == count


@pytest.mark.parametrize(("level", "shown"), [("warning", False), ("debug", True)])
def test_an_error_is_named_and_its_text_kept_for_debugging(
    level: str, shown: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(level)
    try:
        raise ValueError("what the user said")
    except ValueError:
        logging.getLogger("spanbridge_ingest.tests").exception("failed")
    (line,) = written(capsys)
    assert line["error"] == "ValueError"
    assert ("what the user said" in json.dumps(line)) is shown
