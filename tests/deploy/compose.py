"""The compose files of ``deploy/`` as they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[2]
DEPLOY: Final = ROOT / "deploy"
FILES: Final = sorted(DEPLOY.glob("compose*.yaml"))

_VARIABLE: Final = re.compile(r"\$\{(?P<name>\w+)(?P<rest>[^}]*)\}")


@dataclass(frozen=True, slots=True)
class Variable:
    """A use of ``${NAME}``: ``rest`` is ``:?why`` where it has to be given."""

    name: str
    rest: str

    @property
    def required(self) -> bool:
        return self.rest.startswith(":?")


def services(file: Path) -> dict[str, dict[str, Any]]:
    """The services of a file; variables are not filled in."""
    loaded: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    found: dict[str, dict[str, Any]] = loaded["services"]
    return found


def variables(file: Path) -> list[Variable]:
    """Every use of a variable in a file."""
    return [Variable(m["name"], m["rest"]) for m in _VARIABLE.finditer(file.read_text("utf-8"))]


def fixed() -> dict[str, str]:
    """What stands in ``deploy/.env``."""
    lines = (DEPLOY / ".env").read_text("utf-8").splitlines()
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return {name: value for name, value in pairs}


def mounts(service: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(source, target, mode) of a service's volumes."""
    out = []
    for volume in service.get("volumes", []):
        source, target, *mode = str(volume).split(":")
        out.append((source, target, mode[0] if mode else "rw"))
    return out
