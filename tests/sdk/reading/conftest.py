from __future__ import annotations

from collections.abc import Iterator

import pytest

from spanbridge.reading import transport
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
