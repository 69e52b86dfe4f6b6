from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from spanbridge.reading import transport
from tests.e2e.processes import Service, running
from tests.sdk.reading.recordings import Documents, read_documents
from tests.sdk.reading.scripted import ScriptedService


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Documents:
    """Trace documents of recordings in several dialects, as the service makes them."""
    return read_documents(tmp_path_factory.mktemp("recorded"))


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedService]:
    """A server at the tracking URI that answers what the test says."""
    with ScriptedService() as service:
        monkeypatch.setenv("SPANBRIDGE_TRACKING_URI", service.uri)
        yield service
        transport.close_all()


@pytest.fixture(scope="session")
def running_service(
    template_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service in a process of its own, with an embedded store."""
    directory = tmp_path_factory.mktemp("service")
    store = shutil.copytree(template_store, directory / "store", symlinks=True)
    with running(directory, "--store", store) as service:
        yield service


@pytest.fixture
def service(running_service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """The same service, at the tracking URI."""
    monkeypatch.setenv("SPANBRIDGE_TRACKING_URI", f"http://{running_service.http}")
    yield running_service
    transport.close_all()
