"""What every source file keeps to; a reviewer should not have to count lines."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = [
    ROOT / folder
    for folder in ("semconv/spanbridge_semconv", "sdk/spanbridge", "ingest/spanbridge_ingest")
]
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_SUPPRESSIONS_PER_KLOC = 3
_MACHINE_PATH = re.compile(r"(?<![\w.$}~])/(?:home|root|work|Users|tmp|mnt)/\w")
_SUPPRESSION = re.compile(r"#\s*(?:type:\s*ignore|noqa|pragma: no cover)")


def sources() -> list[Path]:
    return [
        path
        for package in PACKAGES
        for path in sorted(package.rglob("*.py"))
        if "_generated" not in path.parts
    ]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_are_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_FILE_LINES
    long = {
        f.name: f.end_lineno - f.lineno + 1
        for f in functions(path)
        if f.end_lineno is not None and f.end_lineno - f.lineno + 1 > MAX_FUNCTION_LINES
    }
    assert not long


def test_suppressions_are_rare_and_name_their_rule() -> None:
    lines = [line for path in sources() for line in path.read_text("utf-8").splitlines()]
    suppressed = [line for line in lines if _SUPPRESSION.search(line)]
    assert len(suppressed) <= MAX_SUPPRESSIONS_PER_KLOC * len(lines) / 1000
    unnamed = [s for s in suppressed if not re.search(r"ignore\[[\w, -]+\]|noqa: \w+|pragma", s)]
    assert not unnamed


def test_nothing_names_a_path_of_one_machine() -> None:
    folders = ("semconv", "sdk", "ingest", "tests", "tools", "docs", "examples", "deploy", ".ci")
    suffixes = {".py", ".sql", ".md", ".yaml", ".yml", ".toml", ".sh", ""}
    files = [
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix in suffixes and "__pycache__" not in path.parts
    ]
    files += [ROOT / name for name in ("Makefile", "README.md", "pyproject.toml")]
    found = {
        str(path.relative_to(ROOT)): match.group()
        for path in files
        if path != Path(__file__)
        and (match := _MACHINE_PATH.search(path.read_text("utf-8", errors="replace")))
    }
    assert not found


def test_the_lock_holds_no_registry_address_and_every_dependency() -> None:
    lock = (ROOT / "requirements-dev.txt").read_text("utf-8")
    assert "://" not in lock
    assert "--index-url" not in lock
    locked = {line.split("==")[0].lower() for line in lock.splitlines() if "==" in line}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    wanted = [requirement for group in groups for requirement in group]
    names = {re.split(r"[\[<>=;~! ]", requirement)[0].lower() for requirement in wanted}
    assert names - {"spanbridge"} <= locked


def test_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    sdk = (ROOT / "sdk" / "spanbridge" / "__init__.py").read_text("utf-8")
    assert f'__version__ = "{project["version"]}"' in sdk
