"""The commands of the guides run as they stand there, or say why not."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.guides.fences import RUNNABLE, Block, blocks
from tests.guides.needs import missing
from tests.guides.running import Page

ROOT: Final = Path(__file__).parents[2]
GUIDES: Final = ROOT / "docs" / "guides"

ELSEWHERE: Final = {
    "sdk.md": "tests/sdk/programs/test_sdk_guide.py",
    "feedback.md": "tests/sdk/reading/test_recording_and_reading.py",
    "cost.md": "tests/prices/test_usage_views.py",
    "forward.md": "tests/forward",
    "translate.md": "tests/emit/test_guide.py",
}
"""Guides that are programs or reference, and the tests that run them."""

ALL: Final = {
    page.name: blocks(page, page.name)
    for page in sorted(GUIDES.glob("*.md"))
    if page.name not in ELSEWHERE
}


def _pages() -> list[object]:
    """The pages with commands to run; slow ones are marked so."""
    out: list[object] = []
    for name, found in ALL.items():
        if any(block.runs for block in found):
            slow = any(block.slow for block in found)
            out.append(pytest.param(name, marks=[pytest.mark.slow] if slow else []))
    return out


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", _pages())
def test_the_commands_of_a_guide_run(name: str, tmp_path: Path) -> None:
    page = Page(tmp_path)
    try:
        for block in ALL[name]:
            if missing(block.values.get("needs", "")) is None:
                page.run(block)
    finally:
        page.stop()


NEEDING: Final = [block for found in ALL.values() for block in found if "needs" in block.values]


@pytest.mark.parametrize("block", NEEDING, ids=lambda block: block.name)
def test_commands_that_need_something(block: Block) -> None:
    reason = missing(block.values["needs"])
    if reason is not None:
        pytest.skip(f"{block.name} is not run: {reason}")


def test_every_block_of_commands_runs_or_says_why_not() -> None:
    silent = [
        block.name
        for found in ALL.values()
        for block in found
        if block.language in RUNNABLE
        and not block.runs
        and not {"file", "tested", "shown"} & block.values.keys()
    ]
    assert silent == []


def test_commands_are_fenced() -> None:
    # An indented block would be run by nobody.
    indented = [
        f"{name}:{number}"
        for name in ALL
        for number, line in enumerate((GUIDES / name).read_text("utf-8").splitlines(), 1)
        if line.startswith(("    spanbridge ", "    docker ", "    $ ", "    export "))
    ]
    assert indented == []


def test_what_is_said_to_be_tested_elsewhere_is() -> None:
    named = {
        block.values["tested"]
        for found in ALL.values()
        for block in found
        if "tested" in block.values
    }
    for test in named | set(ELSEWHERE.values()):
        assert (ROOT / test).exists(), test
    assert all((GUIDES / page).exists() for page in ELSEWHERE)
