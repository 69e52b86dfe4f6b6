"""Install the servers that the tests of forwarding send to, each in an environment of its own.

    python tests/backends/install.py [mlflow] [phoenix]

They go under ``.cache/backends`` (about 900 MB each), never into the project's environment: what
they depend on would change what is tested.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(__file__).parents[2] / ".cache" / "backends"
PACKAGES = {"mlflow": "mlflow==3.17.2", "phoenix": "arize-phoenix==20.26.1"}
"""What is installed, by the name of the environment."""


def python(name: str) -> Path:
    """The interpreter of an environment, installed or not."""
    return FOLDER / name / "bin" / "python"


def is_installed(name: str) -> bool:
    """Whether the environment is there, in the version asked for."""
    distribution, _, wanted = PACKAGES[name].partition("==")
    if not python(name).exists():
        return False
    code = f"import importlib.metadata as m; print(m.version({distribution!r}))"
    found = subprocess.run(
        [python(name), "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    return found.stdout.strip() == wanted


def install(name: str) -> None:
    """Make the environment, unless it is there."""
    if is_installed(name):
        return
    venv.create(FOLDER / name, with_pip=True, clear=True)
    subprocess.run([python(name), "-m", "pip", "install", "--quiet", PACKAGES[name]], check=True)


if __name__ == "__main__":
    for chosen in sys.argv[1:] or PACKAGES:
        install(chosen)
        print(f"{PACKAGES[chosen]} is in {FOLDER / chosen}")
