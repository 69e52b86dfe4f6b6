"""Programs that use the SDK, read by type checkers: right ones pass, wrong lines are errors."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.sdk.typing import checkers

pytestmark = pytest.mark.slow


def compare(found: checkers.Found) -> None:
    for name, wrong in checkers.expected().items():
        errors = found.get(name, {})
        unexpected = {line: texts for line, texts in errors.items() if line not in wrong}
        assert not unexpected, name
        assert set(errors) == wrong, name


def test_there_are_lines_that_are_wrong_in_every_program() -> None:
    assert all(checkers.expected().values())


def test_mypy_sees_every_signature(tmp_path: Path) -> None:
    compare(checkers.mypy(tmp_path))


def test_pyright_sees_every_signature(tmp_path: Path) -> None:
    try:
        found = checkers.pyright(tmp_path)
    except (RuntimeError, OSError) as error:
        pytest.skip(f"pyright needs Node, and could not run here: {str(error)[-300:]}")
    compare(found)


def test_mypy_sees_them_in_the_installed_wheel(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "-w", wheels, checkers.ROOT],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    # Without what the SDK needs: programs are checked where only the wheel can say what is right.
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    (wheel,) = wheels.glob("spanbridge-*.whl")
    install = [python, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet", wheel]
    subprocess.run(install, check=True, timeout=120)
    folder = tmp_path / "checked"
    folder.mkdir()
    compare(checkers.mypy(folder, str(python)))
