"""The dialect that CONTRIBUTING.md adds compiles, and means what its golden case says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = (
    "semconv/spanbridge_semconv/registry/dialects/acme.yaml",
    "tests/golden/acme/agent.yaml",
)
"""In the order in which the guide shows them."""


def test_the_dialect_of_the_guide_can_be_added(tmp_path: Path) -> None:
    unused = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "semconv", tmp_path / "semconv", ignore=unused)
    shutil.copytree(ROOT / "tests" / "semconv", tmp_path / "tests" / "semconv", ignore=unused)
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```yaml\n(.*?)^```$", guide, re.DOTALL | re.MULTILINE)
    for name, example in zip(FILES, examples, strict=True):
        assert f"`{name}`" in guide
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(example, encoding="utf-8")
    run(tmp_path, "semconv/generate.py")
    means = ["-k", "means_what_it_says", "tests/semconv/test_golden.py"]
    said = run(tmp_path, "-m", "pytest", "-p", "no:cacheprovider", *means)
    assert "1 passed" in said


def run(folder: Path, *arguments: str) -> str:
    environment = os.environ | {"PYTHONPATH": f"{folder / 'semconv'}{os.pathsep}{folder}"}
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
