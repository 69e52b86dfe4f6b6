"""Documents say what the code does."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


GENERATORS = ["settings_doc.py", "attributes_doc.py"]


@pytest.mark.parametrize("name", GENERATORS)
def test_generated_pages_are_current(name: str) -> None:
    check = [sys.executable, str(ROOT / "tools" / name), "--check"]
    result = subprocess.run(check, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("name", GENERATORS)
def test_a_stale_page_is_noticed(name: str, tmp_path: Path) -> None:
    # The pages of a copy of the tools are not there.
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    check = [sys.executable, str(tmp_path / "tools" / name), "--check"]
    result = subprocess.run(check, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 1
    assert "make generate" in result.stderr


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_documented_make_targets_exist(name: str) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    used = set(re.findall(r"(?:`|    )make ([a-z-]+)", (ROOT / name).read_text("utf-8")))
    assert used
    assert used <= targets


PAGES = sorted(
    str(page.relative_to(ROOT))
    for pattern in ("*.md", "docs/**/*.md", "deploy/**/*.md", "semconv/*.md", "examples/*.md")
    for page in ROOT.glob(pattern)
)


@pytest.mark.parametrize("name", PAGES)
def test_links_within_the_repository_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    links = re.findall(r"\]\((?!https?://)([^)#]+)", text)
    assert [link for link in links if not (ROOT / name).parent.joinpath(link).exists()] == []
