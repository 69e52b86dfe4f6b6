"""The least version that is supported, and others on the way to the one installed here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
OLDER = {
    "1.40.0": ["httpx==0.27.2"],
    "1.66.0": ["httpx==0.28.1"],
    "2.0.0": ["httpx==0.28.1"],
}
"""Versions of the package, and what they need that is not here."""


def span(name: str, status: str, chunks: int, tokens: int | None, said: bool) -> dict[str, Any]:
    return {
        "name": name,
        "status": status,
        "chunks": chunks,
        "output_tokens": tokens,
        "said": said,
    }


def run(path: Path | None) -> dict[str, Any]:
    places = [*([path] if path else []), ROOT / "semconv", ROOT / "sdk", ROOT]
    done = subprocess.run(
        [sys.executable, "-m", "tests.sdk.openai.program"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def expected(has_responses: bool) -> list[dict[str, Any]]:
    return [
        span("chat m", "OK", 0, 10, True),
        span("chat m", "OK", 4, 10, True),
        span("chat m", "OK", 4, 10, True),
        span("chat m", "OK", 4, 10, True),
        span("chat m", "UNSET", 1, None, False),
        span("embeddings m", "OK", 0, None, False),
        span("chat m", "ERROR", 0, None, False),
        *([span("chat m", "OK", 0, 12, True)] if has_responses else []),
        span("chat m", "OK", 4, None, True),
    ]


def test_the_version_installed() -> None:
    assert run(None)["spans"] == expected(has_responses=True)


@pytest.mark.slow
@pytest.mark.parametrize(("version", "needs"), OLDER.items(), ids=OLDER)
def test_older_versions(tmp_path: Path, version: str, needs: list[str]) -> None:
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
    wanted = [f"openai=={version}", *needs, "distro>=1.7", "sniffio", "tqdm"]
    done = subprocess.run(
        [*install, str(tmp_path), *wanted], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"pip could not install openai {version}: {done.stderr[-300:]}")
    found = run(tmp_path)
    assert found["version"] == version
    assert found["spans"] == expected(has_responses=version != "1.40.0")
