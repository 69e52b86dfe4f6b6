"""The compose files: what docker compose says of them, and what it would not notice."""

from __future__ import annotations

import json
import os
import re
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from spanbridge_ingest.settings import OF_THE_SDK, resolve
from tests.deploy.compose import DEPLOY, FILES, ROOT, fixed, mounts, services, variables
from tests.support.docker import CLIENT, compose_is_there

SECRETS = {v.name for file in FILES for v in variables(file) if v.name not in fixed()}
GIVEN = {name: f"{name.lower()}1" for name in SECRETS}

each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)


def _config(file: Path, given: dict[str, str]) -> subprocess.CompletedProcess[str]:
    if not compose_is_there():
        pytest.skip("there is no docker client with compose on this machine")
    environ = {k: v for k, v in os.environ.items() if not k.startswith("SPANBRIDGE_")}
    return subprocess.run(
        ["docker", "compose", "--file", str(file), "config", "--format", "json"],
        env=environ | CLIENT | given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@each_file
def test_docker_compose_accepts_it(file: Path) -> None:
    done = _config(file, GIVEN)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    config = json.loads(done.stdout)
    assert set(config["services"]) == set(services(file))
    assert "${" not in done.stdout


@each_file
@pytest.mark.parametrize("name", sorted(SECRETS))
def test_docker_compose_refuses_it_without_a_secret(file: Path, name: str) -> None:
    if name not in {v.name for v in variables(file)}:
        pytest.skip(f"{file.name} has no {name}")
    done = _config(file, {k: v for k, v in GIVEN.items() if k != name})
    assert done.returncode != 0
    assert name in done.stderr


@each_file
def test_what_is_not_fixed_is_required_and_says_what_to_do(file: Path) -> None:
    found = variables(file)
    assert [v for v in found if v.name in fixed() and v.rest] == []
    assert [v for v in found if v.name not in fixed() and not v.required] == []
    for name in {v.name for v in found} - fixed().keys():
        assert any(len(v.rest) > 10 for v in found if v.name == name), name


def test_no_secret_has_a_value_in_the_repository() -> None:
    assert {"SPANBRIDGE_WRITER_PASSWORD", "SPANBRIDGE_READER_PASSWORD"} <= SECRETS
    assert not [name for name in fixed() if re.search("PASSWORD|SECRET|TOKEN|KEY$", name)]
    for file in (DEPLOY / "clickhouse").rglob("*.xml"):
        text = file.read_text("utf-8")
        assert not re.findall(r"<(?:password\w*|secret)>[^<]", text), file
        assert "<no_password" not in text


def test_the_secrets_that_the_guide_makes_are_not_committed() -> None:
    guide = (ROOT / "docs" / "guides" / "deployment.md").read_text("utf-8")
    [made] = re.findall(r"^done > (\S+)$", guide, re.M)
    assert made in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_everything_fixed_is_used() -> None:
    used = {v.name for file in FILES for v in variables(file)}
    assert fixed().keys() == used & fixed().keys()


def test_images_are_pinned_and_named_once() -> None:
    images = {name: value for name, value in fixed().items() if name.endswith("_IMAGE")}
    for image in images.values():
        assert re.search(r":\d+\.\d+", image), image
    for file in FILES:
        named = {service["image"] for service in services(file).values()}
        assert named <= {f"${{{name}}}" for name in images}
    elsewhere = [
        path
        for path in DEPLOY.rglob("*")
        if path.is_file() and path.name != ".env" and path.suffix in {".yaml", ".yml", ".xml"}
    ]
    for path in elsewhere:
        assert not [i for i in images.values() if i in path.read_text("utf-8")], path


def test_images_are_of_the_versions_that_were_tested() -> None:
    assert fixed()["SPANBRIDGE_IMAGE"] == f"spanbridge:{version('spanbridge')}"
    manifest = (DEPLOY / "collector" / "builder.yaml").read_text("utf-8")
    [built] = re.findall(r"/receiver/otlpreceiver v(\S+)", manifest)
    assert fixed()["SPANBRIDGE_COLLECTOR_IMAGE"].endswith(f":{built}")


def test_the_collector_listens_where_its_ports_are_published() -> None:
    collector = services(DEPLOY / "compose.yaml")["collector"]
    config = (ROOT / "otel-collector-config.yaml").read_text("utf-8")
    published = {str(port).rpartition(":")[2] for port in collector["ports"]}
    listening = {n: v for n, v in collector["environment"].items() if str(v).startswith("0.0.0.0:")}
    assert {address.rpartition(":")[2] for address in listening.values()} == published
    assert all(f"${{env:{name}:-127.0.0.1:" in config for name in listening)


def test_the_dockerfile_builds_from_the_image_that_is_pinned() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    assert f"ARG PYTHON_IMAGE={fixed()['SPANBRIDGE_PYTHON_IMAGE']}\n" in text


def _each_service() -> list[Any]:
    return [
        pytest.param(name, service, id=f"{file.stem}-{name}")
        for file in FILES
        for name, service in services(file).items()
    ]


@pytest.mark.parametrize(("name", "service"), _each_service())
def test_services_are_reached_from_this_machine_only(name: str, service: dict[str, Any]) -> None:
    for port in service.get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\$\{SPANBRIDGE_\w+_PORT\}:\d+", str(port)), (name, port)


@pytest.mark.parametrize(("name", "service"), _each_service())
def test_services_may_do_little(name: str, service: dict[str, Any]) -> None:
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileged")
    assert "docker.sock" not in str(service)
    if service.get("restart") != "no":
        assert "mem_limit" in service


@pytest.mark.parametrize(("name", "service"), _each_service())
def test_what_is_mounted_is_there(name: str, service: dict[str, Any]) -> None:
    for source, target, mode in mounts(service):
        if source.startswith("."):
            assert mode == "ro", (name, source)
            assert (DEPLOY / source).exists(), (name, source)
        assert target.startswith("/")


def test_the_services_variables_are_settings() -> None:
    # One that is none would stop the start.
    for file in FILES:
        given = services(file)["spanbridge"]["environment"]
        assert not OF_THE_SDK & given.keys()
        filled = {
            name: re.sub(r"\$\{(\w+)[^}]*\}", lambda m: fixed().get(m[1], "secret"), str(value))
            for name, value in given.items()
        }
        settings = resolve({}, filled)
        assert settings.clickhouse is not None
        assert settings.clickhouse.user == "spanbridge_writer"
        assert settings.clickhouse.password == "secret"


def test_only_what_the_image_needs_is_sent_to_be_built() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in ignored
    sent = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (DEPLOY / "Dockerfile").read_text(), re.M)
    assert sent == {name for names in copied for name in names.split()}
    assert all((ROOT / name).exists() for name in sent)
