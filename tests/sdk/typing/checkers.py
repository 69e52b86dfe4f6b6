"""Type checkers, run over programs: in which lines they find errors."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs"
ROOT = Path(__file__).parents[3]
_SOURCES = [str(ROOT / part) for part in ("semconv", "sdk")]
_TIMEOUT_S = 300

Found = Mapping[str, Mapping[int, Sequence[str]]]
"""Messages by file name and line."""


def expected() -> Mapping[str, set[int]]:
    """The lines of the programs that are marked as errors."""
    return {
        path.name: {
            number
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
            if line.endswith("  # error")
        }
        for path in sorted(PROGRAMS.glob("*.py"))
    }


def mypy(folder: Path, python: str = sys.executable) -> Found:
    """What mypy finds with ``--strict``; the package is found in the sources, or by ``python``."""
    installed = python != sys.executable
    environment = {k: v for k, v in os.environ.items() if k not in ("MYPYPATH", "PYTHONPATH")}
    if not installed:
        environment["MYPYPATH"] = os.pathsep.join(_SOURCES)
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", os.devnull]
    command += ["--cache-dir", str(folder), "--no-error-summary", "--python-executable", python]
    done = subprocess.run(
        [*command, str(PROGRAMS)],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout + done.stderr)
    lines = re.findall(r"^(\S+\.py):(\d+): error: (.*)$", done.stdout, re.MULTILINE)
    return _by_line((name, int(line), text) for name, line, text in lines)


def pyright(folder: Path) -> Found:
    """What pyright finds in its strict mode."""
    configuration = {
        "include": ["programs"],
        "extraPaths": _SOURCES,
        "typeCheckingMode": "strict",
        # A call whose result nobody uses is how a program shows that it is wrong.
        "reportUnusedExpression": False,
        "reportUnusedCoroutine": False,
        "pythonVersion": "3.11",
    }
    # Its configuration takes paths below itself only.
    shutil.copytree(PROGRAMS, folder / "programs")
    project = folder / "pyrightconfig.json"
    project.write_text(json.dumps(configuration), "utf-8")
    command = [sys.executable, "-m", "pyright", "--outputjson", "--project", str(project)]
    command += ["--pythonpath", sys.executable]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, timeout=_TIMEOUT_S, check=False
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout + done.stderr)
    found = json.loads(done.stdout)["generalDiagnostics"]
    return _by_line(
        (one["file"], one["range"]["start"]["line"] + 1, one["message"])
        for one in found
        if one["severity"] == "error"
    )


def _by_line(found: object) -> Found:
    by_line: dict[str, dict[int, list[str]]] = {}
    for name, line, text in found:  # type: ignore[attr-defined]
        by_line.setdefault(Path(name).name, {}).setdefault(line, []).append(text)
    return by_line
