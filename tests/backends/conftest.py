from collections.abc import Iterator

import pytest

from tests.backends import servers
from tests.backends.install import is_installed
from tests.backends.servers import Server


@pytest.fixture(scope="package")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running MLflow server."""
    if not is_installed("mlflow"):
        pytest.skip("mlflow is not installed: python tests/backends/install.py mlflow")
    with servers.mlflow(tmp_path_factory.mktemp("mlflow")) as server:
        yield server
