"""An environment for every contender, with its packages and nothing else."""

from __future__ import annotations

import subprocess
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".cache" / "bench-sdk"
_OTLP = "opentelemetry-exporter-otlp-proto-http"
PACKAGES = {
    "bare": ("opentelemetry-sdk", _OTLP, "orjson", "openai"),
    "spanbridge": ("openai",),
    "mlflow": ("mlflow-tracing==3.17.2", _OTLP, "openai"),
    "openinference": (
        "openinference-instrumentation",
        "openinference-instrumentation-openai",
        "opentelemetry-sdk",
        _OTLP,
        "openai",
    ),
}
"""What is installed, by the name of the environment."""


def python(name: str) -> Path:
    """The interpreter of an environment."""
    return FOLDER / name / "bin" / "python"


def install(name: str) -> str:
    """Make an environment, unless it is there; why that failed, '' if it did not."""
    wanted = list(PACKAGES[name])
    if name == "spanbridge":
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        wanted += project["dependencies"]
    stamp = FOLDER / name / "installed.txt"
    try:
        if not stamp.exists() or stamp.read_text("utf-8").splitlines() != wanted:
            venv.create(FOLDER / name, with_pip=True, clear=True)
            _pip(name, *wanted)
            stamp.write_text("\n".join(wanted), "utf-8")
        if name == "spanbridge":
            _pip(name, "--no-deps", "--force-reinstall", str(ROOT))
    except subprocess.CalledProcessError as error:
        return f"pip could not install it: {error.stderr.strip().splitlines()[-1:]}"
    return ""


def versions(name: str) -> dict[str, str]:
    """The versions of the measured packages that are installed."""
    listed = subprocess.run(
        [python(name), "-m", "pip", "list", "--format=freeze", "--disable-pip-version-check"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    found = dict(line.split("==") for line in listed if "==" in line)
    known = ("spanbridge", "mlflow-tracing", "openinference-instrumentation", "openai")
    return {n: v for n, v in found.items() if n in known or n == "opentelemetry-sdk"}


def _pip(name: str, *arguments: str) -> None:
    command = [python(name), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*command, *arguments], check=True, capture_output=True, text=True)
