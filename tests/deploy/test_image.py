"""The image without Docker: its steps in a directory, its program as its user, its health check."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.compose import DEPLOY, ROOT
from tests.e2e.processes import environment, free_port

DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
_UID = 10001
_READY_S = 90


def _instruction(name: str) -> list[str]:
    return re.findall(rf"^{name} (.*)$", DOCKERFILE, re.M)


def test_it_runs_as_a_user_that_is_not_root_and_says_how_it_is() -> None:
    assert _instruction("USER") == [f"{_UID}:{_UID}"]
    assert _instruction("HEALTHCHECK")
    assert json.loads(_instruction("ENTRYPOINT")[0]) == ["spanbridge"]
    assert not re.search(r"curl|wget|apt-get|--index-url|://(?!127)", DOCKERFILE)


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that another user can read, unlike those of tests."""
    place = Path(tempfile.mkdtemp(prefix="image-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


def _identity(place: Path) -> tuple[str, list[str]]:
    """A Python that the image's user may run, and what runs a command as that user."""
    system = Path("/usr/bin/python3")
    if os.geteuid() != 0 or not shutil.which("setpriv") or not system.exists():
        return sys.executable, []
    asked = [str(system), "-c", "import ensurepip, sys; sys.exit(sys.version_info < (3, 11))"]
    if subprocess.run(asked, capture_output=True, check=False).returncode:
        return sys.executable, []
    return str(system), ["setpriv", f"--reuid={_UID}", f"--regid={_UID}", "--clear-groups"]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_its_steps_make_a_service_that_runs(place: Path) -> None:
    python, as_user = _identity(place)
    source = place / "src"
    source.mkdir()
    for names in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M):
        for name in names.split():
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, source / name)
    venv = place / "spanbridge"
    for step in (step for step in _instruction("RUN") if "venv" in step or "pip install" in step):
        command = step.replace("/opt/spanbridge", str(venv)).replace("python -m", f"{python} -m")
        subprocess.run(command, shell=True, cwd=source, check=True, timeout=800)
    home = place / "home"
    home.mkdir(mode=0o700)
    if as_user:
        os.chown(home, _UID, _UID)
    port = free_port()
    environ = environment() | {
        "PATH": f"{venv / 'bin'}:{os.environ['PATH']}",
        "HOME": str(home),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SPANBRIDGE_STORE": str(home / "store"),
        "SPANBRIDGE_GRPC": f"127.0.0.1:{free_port()}",
        "SPANBRIDGE_HTTP": f"127.0.0.1:{port}",
    }
    environ.pop("PYTHONPATH", None)
    entry = json.loads(_instruction("ENTRYPOINT")[0]) + json.loads(_instruction("CMD")[0])
    service = subprocess.Popen([*as_user, *entry], cwd=home, env=environ)
    try:
        check = json.loads(_instruction("HEALTHCHECK")[0].partition("CMD ")[2])
        check = [word.replace("4318", str(port)) for word in check]
        deadline = time.monotonic() + _READY_S
        while subprocess.run(
            [*as_user, *check], cwd=home, env=environ, capture_output=True, check=False
        ).returncode:
            assert service.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.5)
        if as_user:
            assert (home / "store").stat().st_uid == _UID
    finally:
        service.terminate()
        assert service.wait(30) == 0
