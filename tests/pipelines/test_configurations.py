"""The Collector takes every configuration, alone and as the documentation puts them together."""

from __future__ import annotations

import itertools
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.pipelines.collecting import BRIDGE, MAIN, files
from tests.support import collector

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
"""A first build takes minutes."""

COMBINATIONS = {
    "main": files(),
    "jaeger": files(*BRIDGE, "jaeger"),
    "zipkin": files(*BRIDGE, "zipkin"),
    "xray": files(*BRIDGE, "xray"),
    "tail sampling": files("transform-genai", "tail-sampling"),
    "redaction": files("redaction"),
    "token metrics": files(*BRIDGE, "token-metrics"),
    "clickhouse": files("clickhouse"),
    "kafka, in": files("kafka-produce"),
    "kafka, out": files("kafka-consume"),
    "viewers": files(*BRIDGE, "jaeger", "zipkin", "xray", "redaction", "tail-sampling"),
    "viewers, sampled": [
        *files(*BRIDGE, "zipkin", "tail-sampling"),
        "yaml:service::pipelines::traces/genai::processors: [transform/genai, tail_sampling/genai]",
    ],
    "zipkin alone": [
        *files(*BRIDGE, "zipkin"),
        "yaml:service::pipelines::traces::exporters: [forward/bridge]",
    ],
    "sampled out of kafka": files("transform-genai", "kafka-consume", "tail-sampling", "redaction"),
}
_DOCUMENTS = [
    collector.FOLDER / "README.md",
    *(
        collector.ROOT / "docs" / "guides" / f"{name}.md"
        for name in ("collector", "zipkin", "xray")
    ),
]
_COMMAND = re.compile(r"^ *otelcol-contrib (?:[^\n\\]|\\\n)*", re.MULTILINE)


def validate(arguments: list[str], metrics: bool, folder: Path) -> None:
    manifest = collector.METRICS_MANIFEST if metrics else collector.MANIFEST
    result = subprocess.run(
        [collector.build(manifest), "validate", *arguments],
        cwd=collector.ROOT,
        env=os.environ | {"OTELCOL_STORAGE_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr


@pytest.fixture(scope="module", autouse=True)
def built(binary: Path, metrics_binary: Path) -> None:
    """Both, while this process still has its home."""


@pytest.mark.parametrize("name", COMBINATIONS)
def test_configurations_are_valid(name: str, tmp_path: Path) -> None:
    arguments = [f"--config={place}" for place in COMBINATIONS[name]]
    validate(arguments, name == "token metrics", tmp_path)


def test_none_is_left_out() -> None:
    places = itertools.chain.from_iterable(COMBINATIONS.values())
    combined = {str(place) for place in places if isinstance(place, Path)}
    there = {str(path) for path in collector.FOLDER.glob("*.yaml")}
    manifests = {str(collector.MANIFEST), str(collector.METRICS_MANIFEST)}
    assert combined == (there - manifests) | {str(MAIN)}


@pytest.mark.parametrize("document", _DOCUMENTS, ids=lambda path: path.stem)
def test_documented_commands_are_valid(document: Path, tmp_path: Path) -> None:
    commands = _COMMAND.findall(document.read_text(encoding="utf-8"))
    assert commands
    for command in commands:
        arguments = shlex.split(command, comments=True)[1:]
        if arguments[0] == "validate":
            arguments = arguments[1:]
        assert all(part.startswith("--config") or part[0] != "-" for part in arguments), command
        validate(arguments, "token-metrics" in command, tmp_path)


def test_nothing_listens_beyond_this_machine() -> None:
    """Unless a variable says so."""
    for path in [MAIN, *collector.FOLDER.glob("*.yaml")]:
        text = path.read_text(encoding="utf-8")
        assert "0.0.0.0" not in text, path
        assert not re.search(r"endpoint: \[?::", text), path
