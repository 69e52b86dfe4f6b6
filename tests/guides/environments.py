"""Environments with packages of others, kept between runs."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import venv
from collections.abc import Sequence
from pathlib import Path


def environment_with(packages: Sequence[str]) -> Path:
    """A virtual environment with these packages, under ``$XDG_CACHE_HOME/spanbridge/guides``.

    Fails with pip's words if they cannot be installed.
    """
    wanted = sorted(packages)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = hashlib.sha256("\n".join(wanted).encode()).hexdigest()[:16]
    folder = cache / "spanbridge" / "guides" / digest
    folder.mkdir(parents=True, exist_ok=True)
    # Test processes side by side install once.
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = folder / "installed.txt"
        if not stamp.exists():
            venv.create(folder / "venv", with_pip=True, clear=True)
            pip = [folder / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet"]
            done = subprocess.run([*pip, *wanted], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            stamp.write_text("\n".join(wanted), "utf-8")
    return folder / "venv"
