"""The docker client of this machine, where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

# Its plugins are in the user's home, and tests have one of their own.
CLIENT: Final = {"DOCKER_CONFIG": os.environ.get("DOCKER_CONFIG") or str(Path.home() / ".docker")}
"""Variables with which the client finds its plugins."""


@cache
def compose_is_there() -> bool:
    """Whether ``docker compose`` can be asked; it needs no daemon to check files."""
    if shutil.which("docker") is None:
        return False
    asked = subprocess.run(
        ["docker", "compose", "version"],
        env=os.environ | CLIENT,
        capture_output=True,
        timeout=20,
        check=False,
    )
    return asked.returncode == 0
