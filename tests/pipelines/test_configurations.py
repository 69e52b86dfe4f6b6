"""The Collector takes every configuration, alone and as the documentation puts them together."""

from __future__ import annotations

import itertools
import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
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


@cache
def refusal(binary: Path, places: tuple[str, ...]) -> str:
    """What a Collector says against configurations, asked once: it takes seconds to read them."""
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run(
            [binary, "validate", *(f"--config={place}" for place in places)],
            cwd=collector.ROOT,
            env=os.environ | {"OTELCOL_STORAGE_DIR": folder},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    return result.stderr if result.returncode else ""


@pytest.fixture
def validate(binary: Path, metrics_binary: Path) -> Callable[[list[str]], str]:
    """What the Collector that has the components says against configurations."""

    def ask(places: list[str]) -> str:
        metrics = any("token-metrics" in place for place in places)
        relative = [place.removeprefix(f"{collector.ROOT}/") for place in places]
        return refusal(metrics_binary if metrics else binary, tuple(relative))

    return ask


@pytest.mark.parametrize("name", COMBINATIONS)
def test_configurations_are_valid(validate: Callable[[list[str]], str], name: str) -> None:
    assert validate([str(place) for place in COMBINATIONS[name]]) == ""


def test_one_that_is_wrong_is_refused(validate: Callable[[list[str]], str]) -> None:
    wrong = "yaml:exporters::otlp/spanbridge::sending_queue::sizer: bites"
    assert "sizer" in validate([str(MAIN), wrong])


def test_none_is_left_out() -> None:
    places = itertools.chain.from_iterable(COMBINATIONS.values())
    combined = {str(place) for place in places if isinstance(place, Path)}
    there = {str(path) for path in collector.FOLDER.glob("*.yaml")}
    manifests = {str(collector.MANIFEST), str(collector.METRICS_MANIFEST)}
    assert combined == (there - manifests) | {str(MAIN)}


@pytest.mark.parametrize("document", _DOCUMENTS, ids=lambda path: path.stem)
def test_documented_commands_are_valid(
    validate: Callable[[list[str]], str], document: Path
) -> None:
    commands = _COMMAND.findall(document.read_text(encoding="utf-8"))
    assert commands
    for command in commands:
        _, *arguments = shlex.split(command.replace("\\\n", " "))
        assert set(arguments[::2]) == {"--config"}, command
        assert validate(arguments[1::2]) == "", command


@pytest.mark.parametrize("name", ["README.md", "docs/guides/collector.md"])
def test_what_is_to_be_added_to_a_collector_is_valid(
    validate: Callable[[list[str]], str], tmp_path: Path, name: str
) -> None:
    [text] = re.findall(r"^```yaml.*\n((?s:.*?))^```$", (collector.ROOT / name).read_text(), re.M)
    added = tmp_path / "added.yaml"
    added.write_text(text)
    there = "yaml:receivers::otlp::protocols::grpc::endpoint: 127.0.0.1:4317"
    assert validate([there, str(added)]) == ""


def test_nothing_listens_beyond_this_machine() -> None:
    """Unless a variable says so."""
    for path in [MAIN, *collector.FOLDER.glob("*.yaml")]:
        text = path.read_text(encoding="utf-8")
        assert "0.0.0.0" not in text, path
        assert not re.search(r"endpoint: \[?::", text), path
