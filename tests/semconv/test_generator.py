"""The generator refuses what it does not know, and what is generated is current."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
REGISTRY = ROOT / "semconv" / "spanbridge_semconv" / "registry"


@pytest.fixture(scope="module")
def generate() -> Iterator[ModuleType]:
    """The script, imported: it lives beside the package and not in it."""
    sys.path.insert(0, str(ROOT / "semconv"))
    spec = importlib.util.spec_from_file_location("generate", ROOT / "semconv" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(ROOT / "semconv"))


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    return Path(shutil.copytree(REGISTRY, tmp_path / "registry"))


Refuse = Callable[[str, str, str], str]


@pytest.fixture
def refuse(generate: ModuleType, registry: Path, capsys: pytest.CaptureFixture[str]) -> Refuse:
    """Change a line of a registry file; the generator must refuse it and name file and line."""

    def refused(file: str, old: str, new: str) -> str:
        path = registry / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        line = text[: text.index(old)].count("\n") + 1
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        output = registry.parent / "out"
        assert generate.main(["--registry", str(registry), "--output", str(output)]) == 2
        assert not output.exists()
        message = capsys.readouterr().err
        assert f"{path}:{line}" in message
        return message

    return refused


def test_the_generated_files_are_current(generate: ModuleType) -> None:
    assert generate.main(["--check"]) == 0


def test_a_check_fails_when_the_registry_changed(generate: ModuleType, registry: Path) -> None:
    path = registry / "vocabularies.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("eos: stop", "eos: length"), encoding="utf-8")
    assert generate.main(["--registry", str(registry), "--check"]) == 1


def test_an_empty_folder_is_filled(generate: ModuleType, registry: Path, tmp_path: Path) -> None:
    arguments = ["--registry", str(registry), "--output", str(tmp_path / "out")]
    assert generate.main(arguments) == 0
    assert generate.main([*arguments, "--check"]) == 0
    generated = ROOT / "semconv" / "spanbridge_semconv" / "_generated"
    places = [generated, ROOT / "deploy" / "collector", ROOT / "docs" / "reference"]
    for path in sorted((tmp_path / "out").iterdir()):
        committed = next(place / path.name for place in places if (place / path.name).exists())
        assert path.read_text("utf-8") == committed.read_text("utf-8")


MLFLOW = "dialects/mlflow.yaml"
OTEL = "dialects/otel.yaml"
HAYSTACK = "dialects/haystack.yaml"
LITELLM = "dialects/litellm.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (MLFLOW, "transform: json_scalar", "transform: json_number", "unknown transform"),
        (MLFLOW, "  response_id:", "  response_identity:", "unknown concept 'response_identity'"),
        (MLFLOW, "lacks: gen_ai.response.id", "without: x", "unknown key 'without'"),
        (MLFLOW, "dialect: mlflow", "dialect: mflow", "unknown dialect"),
        (MLFLOW, "title: MLflow", "titel: MLflow", "unknown key 'titel'"),
        (MLFLOW, "  scopes: [mlflow.*]", "  scope: [mlflow.*]", "unknown key 'scope'"),
        (MLFLOW, "    - key: mlflow.llm.provider", "    - kee: mlflow.llm.provider", "unknown key"),
        (MLFLOW, "path: input_tokens", "path: input tokens", "cannot read the path"),
        (MLFLOW, "path: input_tokens", 'path: "usage[*].x"', "[*] gives a list"),
        (OTEL, "transform: seconds", "transform: json_scalar", "does not fit a duration"),
        (OTEL, "status: Error", "status: Failed", "unknown status"),
        (OTEL, "    - key: gen_ai.response.id", "    - key: a\n      value: b", "expected one of"),
        (OTEL, "    - key: gen_ai.operation.name", "    - concept: provider", "before this one"),
        (HAYSTACK, "{ends: {haystack", "{starts: {haystack", "unknown key 'starts'"),
        (HAYSTACK, "{ends: {haystack.component.type: Agent}}", "{}", "the condition is empty"),
        (LITELLM, "      member: prompt_tokens", "      membr: x", "unknown key 'membr'"),
        (LITELLM, "{llm.user: None}", "llm.user", "expected a mapping"),
        ("concepts.yaml", "type: list", "type: lists", "unknown type"),
        ("concepts.yaml", "vocabulary: providers", "vocabulary: provider", "unknown vocabulary"),
        ("vocabularies.yaml", "    eos: stop", "    EOS: stop", "lower case"),
        ("vocabularies.yaml", "    eos: stop", "    stop: length", "already means"),
        ("precedence.yaml", "detect: [anthropic_sdk", "detect: [anthropic_sdks", "no dialect"),
        ("precedence.yaml", "others, traceloop", "others, others", "'others' is listed twice"),
        ("dialects/traceloop.yaml", "{i}.finish_reason", "{i}.{i}.x", "one {i}"),
        ("dialects/traceloop.yaml", "title: Traceloop", "title: a: Traceloop", "not allowed"),
        ("dialects/genai.yaml", "- value: UNKNOWN", "- key: x", "nothing but a fixed value"),
    ],
)
def test_what_is_wrong_is_refused_with_file_and_line(
    refuse: Refuse, file: str, old: str, new: str, says: str
) -> None:
    assert says in refuse(file, old, new)


@pytest.mark.parametrize(
    ("sources", "line", "says"),
    [
        ("  provder: [{key: a}]", 5, "unknown concept 'provder'"),
        ("  provider:\n    - {key: a, transform: upper}", 6, "unknown transform 'upper'"),
        ("  provider:\n    - {key: a, when: {has_not: b}}", 6, "unknown key 'has_not'"),
        ("  provider:\n    - {kye: a}", 6, "unknown key 'kye'"),
    ],
)
def test_a_new_dialect_with_a_mistake_is_refused_with_file_and_line(
    generate: ModuleType,
    registry: Path,
    capsys: pytest.CaptureFixture[str],
    sources: str,
    line: int,
    says: str,
) -> None:
    path = registry / "dialects" / "acme.yaml"
    path.write_text(f"title: Acme\ndetect:\n  scopes: [acme]\nsources:\n{sources}\n", "utf-8")
    output = registry.parent / "out"
    assert generate.main(["--registry", str(registry), "--output", str(output)]) == 2
    message = capsys.readouterr().err
    assert f"{path}:{line}: " in message
    assert says in message


def test_the_order_has_a_place_for_dialects_it_does_not_list(refuse: Refuse) -> None:
    text = (REGISTRY / "precedence.yaml").read_text(encoding="utf-8")
    start = text.index("detect: [")
    whole = text[start : text.index("others,", start) + len("others,")]
    without = whole.replace(" others,", "")
    assert "'others' is missing" in refuse("precedence.yaml", whole, without)


def test_what_the_registry_says_must_be_spelled_right(refuse: Refuse) -> None:
    message = refuse("dialects/anthropic_sdk.yaml", "- value: anthropic", "- value: bedrock")
    assert "is not how providers spells it" in message


def test_a_name_stands_once_in_a_mapping(refuse: Refuse) -> None:
    assert "twice" in refuse(OTEL, "  output_tokens:", "  input_tokens:")


def test_paths_into_one_attribute_fit_one_shape(refuse: Refuse) -> None:
    assert "goes on from here" in refuse(
        MLFLOW,
        "- key: mlflow.spanOutputs\n      path: [usage.prompt_tokens",
        "- key: mlflow.spanOutputs\n      path: [usage",
    )


def test_a_missing_file_is_named(
    generate: ModuleType, registry: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (registry / "precedence.yaml").unlink()
    assert generate.main(["--registry", str(registry)]) == 2
    assert "precedence.yaml:1: the file is missing" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"a: &a [*a]", b"[" * 20_000, b"\xff\xfe", b"\x01", b""])
def test_what_is_no_registry_file_is_refused(
    generate: ModuleType, registry: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = registry / "dialects" / "odd.yaml"
    path.write_bytes(content)
    output = registry.parent / "out"
    assert generate.main(["--registry", str(registry), "--output", str(output)]) == 2
    assert f"{path}:1" in capsys.readouterr().err


def test_a_source_that_can_never_decide_is_refused(refuse: Refuse) -> None:
    again = "  agent_name: [{key: agent.name, when: {dialect: strands}}]\n"
    message = refuse(
        "dialects/strands.yaml",
        "  time_to_first_token_ns:\n",
        again + "  time_to_first_token_ns:\n",
    )
    assert "openinference reads 'agent.name' before" in message
