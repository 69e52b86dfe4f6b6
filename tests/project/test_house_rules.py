"""What every source file keeps to; a reviewer should not have to count lines."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
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
_STANDARD = sys.stdlib_module_names | {"compression"}  # the latter since Python 3.14
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
    locked = {normal(line.split("==")[0]) for line in lock.splitlines() if "==" in line}
    assert required("dependencies", "server", "dev") - {"spanbridge"} <= locked


@pytest.mark.parametrize(
    ("package", "groups"),
    [
        ("semconv/spanbridge_semconv", []),
        ("sdk/spanbridge", ["dependencies", "grpc", "pandas"]),
        ("ingest/spanbridge_ingest", ["dependencies", "server"]),
    ],
)
def test_what_is_imported_is_declared(package: str, groups: list[str]) -> None:
    declared = required(*groups)
    owners = packages_distributions()
    missing = {}
    for path in (ROOT / package).rglob("*.py"):
        for module in imports(path):
            root = module.partition(".")[0]
            if root in _STANDARD or root.startswith("spanbridge"):
                continue
            distributions = owners.get(root, [root])
            if not declared & {normal(name) for name in distributions}:
                missing[module] = str(path.relative_to(ROOT))
    assert not missing


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def required(*groups: str) -> set[str]:
    """The distributions that groups of requirements in pyproject.toml name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lists = {"dependencies": project["dependencies"], **project["optional-dependencies"]}
    wanted = [requirement for group in groups for requirement in lists[group]]
    return {normal(re.split(r"[\[<>=;~! ]", requirement)[0]) for requirement in wanted}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    sdk = (ROOT / "sdk" / "spanbridge" / "__init__.py").read_text("utf-8")
    assert f'__version__ = "{project["version"]}"' in sdk
