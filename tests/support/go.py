"""Programs built with Go, once each, and kept under ``$XDG_CACHE_HOME/spanbridge``."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.cache import CACHE


def built(kind: str, made_of: bytes, binary: str, make: Callable[[Path], Path]) -> Path:
    """The path of a program, built if it is not cached. Without ``go`` the test is skipped.

    Args:
        kind: the folder in the cache.
        made_of: what a change of asks for another build.
        binary: the name of the program.
        make: builds it in a folder and gives its path, from where it is moved.
    """
    need_go(f"to build {kind} with")
    folder = CACHE / kind / hashlib.sha256(made_of).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / binary
    # Test processes side by side build once.
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            make(folder).rename(program)
    return program


def need_go(purpose: str) -> None:
    """Skip the test where there is no ``go``."""
    if shutil.which("go") is None:
        pytest.skip(f"no `go` here {purpose}")


def go(folder: Path, *arguments: str | Path, flags: str = "-mod=mod") -> str:
    """Run ``go`` in a folder, aside from what else the machine does; what it prints.

    Raises:
        RuntimeError: it failed.
    """
    result = subprocess.run(
        ["nice", "-n", "10", "go", *arguments],
        cwd=folder,
        env=os.environ | {"CGO_ENABLED": "0", "GOFLAGS": f"-p=2 {flags}".rstrip()},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        said = f"{result.stdout[-2000:]}{result.stderr[-4000:]}"
        raise RuntimeError(f"go {' '.join(map(str, arguments))} failed in {folder}:\n{said}")
    return result.stdout


def module(name: str, folder: Path) -> Path:
    """The files of a Go module, ``path@version``, from the module cache if they are there."""
    return Path(json.loads(go(folder, "mod", "download", "-json", name))["Dir"])
