"""What keeps a service from starting is told in one line, with an exit code."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.processes import Service, run_to_end, running

NO_JAEGER = ("--jaeger", "off")
NOWHERE = ("--grpc", "off", "--http", "127.0.0.1:0", *NO_JAEGER)


def test_a_second_service_on_the_same_store_leaves_the_first_alone(service: Service) -> None:
    second = run_to_end("serve", "--store", service.store, *NOWHERE)
    assert second.returncode == 2
    assert second.stderr.startswith(f"error: the store in {service.store} is in use")
    assert len(second.stderr.splitlines()) == 1


@pytest.mark.parametrize("flag", ["--grpc", "--http", "--jaeger", "--clickhouse-http"])
def test_a_taken_port_is_told_before_the_store_is_opened(tmp_path: Path, flag: str) -> None:
    usual = {"--grpc": "off", "--http": "127.0.0.1:0", "--jaeger": "off"}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        options = [word for pair in {**usual, flag: address}.items() for word in pair]
        ended = run_to_end("serve", "--store", tmp_path / "store", *options)
    assert not (tmp_path / "store").exists()
    assert ended.returncode == 2
    assert ended.stderr == (
        f"error: cannot listen on {address}: "
        "another program listens there; stop it, or choose another port\n"
    )


def spoil_parent(path: Path) -> Path:
    path.touch()
    return path / "store"


def seal_parent(path: Path) -> Path:
    path.mkdir(mode=0o500)
    return path / "store"


def seal_directory(path: Path) -> Path:
    path.mkdir(mode=0o500)
    return path


def spoil_lock(path: Path) -> Path:
    (path / "lock").mkdir(parents=True)
    return path


no_root = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (spoil_parent, "cannot make the store directory"),
        (spoil_lock, "cannot write in the store directory"),
        pytest.param(seal_parent, "cannot make the store directory", marks=no_root),
        pytest.param(seal_directory, "cannot write in the store directory", marks=no_root),
    ],
)
def test_a_directory_that_cannot_be_a_store(
    tmp_path: Path, spoil: Callable[[Path], Path], told: str
) -> None:
    store = spoil(tmp_path / "given")
    ended = run_to_end("serve", "--store", store, *NOWHERE)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"error: {told} {store}: ")
    assert len(ended.stderr.splitlines()) == 1


def test_a_file_in_the_place_of_the_directory(tmp_path: Path) -> None:
    (tmp_path / "store").touch()
    ended = run_to_end("serve", "--store", tmp_path / "store", *NOWHERE)
    assert ended.returncode == 2
    assert f"--store: {tmp_path / 'store'} exists and is not a directory" in ended.stderr


@pytest.mark.slow
def test_missing_parents_are_made(tmp_path: Path) -> None:
    store = tmp_path / "not" / "yet" / "store"
    with running(tmp_path, "--store", store) as service:
        assert store.stat().st_mode & 0o077 == 0
        assert service.stop() == 0
