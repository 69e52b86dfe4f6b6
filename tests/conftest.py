"""What every test gets: an environment of its own, and noise that fails."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.stores import empty_store, template_store

__all__ = ["empty_store", "template_store"]

# In CI the same examples every time: a change is judged by what it changes. Elsewhere they vary.
# Nothing is timed: a machine with other work must not make a test fail.
settings.register_profile(
    "project",
    derandomize=bool(os.environ.get("CI")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("project")

# Who starts the tests in a shell's background has programs ignore what Ctrl-C sends; what the tests
# start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting and no home of the person who runs the tests reaches a test."""
    for name in list(os.environ):
        if name.startswith(("SPANBRIDGE_", "OTEL_")):
            monkeypatch.delenv(name)
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
