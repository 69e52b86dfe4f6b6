"""The command as a program: help, exit codes and errors. Nothing here opens a store."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from spanbridge_ingest.cli.app import main
from tests.support.command import spanbridge_process

Captured = pytest.CaptureFixture[str]


def test_without_arguments_it_shows_its_commands(capsys: Captured) -> None:
    assert main([]) == 0
    shown = capsys.readouterr().out
    for command in ("serve", "load", "traces", "schema", "demo", "settings", "version"):
        assert command in shown


def test_the_version_is_the_distributions(capsys: Captured) -> None:
    assert main(["version"]) == 0
    assert re.fullmatch(r"spanbridge \d+\.\d+\.\d+\S*\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lod"], "No such command 'lod'. Did you mean 'load'?"),
        (["serve", "--grcp", "x"], "No such option: --grcp"),
        (["serve", "--grpc", "4317"], "--grpc: '4317' has no port. Example: 127.0.0.1:4317"),
        (["serve", "--grpc", "off", "--http", "off"], "there is nothing to serve"),
        (["load"], "Missing argument"),
        (["load", "nothing.binpb"], "nothing.binpb is not a file"),
        (["traces", "show", "xyz"], "'xyz' is not a trace id"),
        (["traces", "list", "--since", "then"], "--since then: neither an age nor a time"),
        (["traces", "list", "--limit", "0"], "--limit"),
        (["traces", "list", "--api", "localhost"], "--api localhost: not a URL"),
        (["traces", "list"], "There is no store at"),
        (["schema", "attach", "--table", "x."], "--table x.: not a table"),
        (["demo", "--http", "off"], "The demo needs both addresses"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_exit_code_2(
    arguments: list[str], message: str, capsys: Captured
) -> None:
    assert main(arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert message in output.err
    assert output.err.startswith("error: ")
    assert output.err.count("\n") == 1


def test_an_unknown_variable_stops_every_command_that_has_settings(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPANBRIDGE_STROE", "x")
    for command in (["serve"], ["traces", "list"], ["settings"], ["schema", "apply"]):
        assert main(command) == 2
        assert "Did you mean SPANBRIDGE_STORE?" in capsys.readouterr().err


def test_debug_shows_where(capsys: Captured) -> None:
    assert main(["--debug", "traces", "show", "xyz"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_a_service_that_does_not_answer_is_a_failure_not_a_crash(capsys: Captured) -> None:
    assert main(["traces", "list", "--api", "http://127.0.0.1:1"]) == 1
    assert "does not answer" in capsys.readouterr().err


def test_settings_shows_values_and_where_they_come_from(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPANBRIDGE_CLICKHOUSE", "http://me:hunter2@db:8123/otel")
    assert main(["settings"]) == 0
    shown = capsys.readouterr().out
    assert re.search(
        r"SPANBRIDGE_CLICKHOUSE +--clickhouse +http://me:\*\*\*@db:8123/otel +env", shown
    )
    assert "hunter2" not in shown
    assert re.search(r"SPANBRIDGE_LINGER_MS +--linger-ms +5 ms +default", shown)


def test_help_names_variable_and_default(capsys: Captured) -> None:
    assert main(["serve", "--help"]) == 0
    shown = " ".join(re.sub(r"[│╭╰─╮╯]", " ", capsys.readouterr().out).split())
    assert "(SPANBRIDGE_GRPC) [default: 127.0.0.1:4317]" in shown
    assert "SPANBRIDGE_DEMO_GRPC" not in shown


def test_a_store_that_is_a_file_is_refused(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "file"
    path.touch()
    assert main(["traces", "list", "--store", str(path)]) == 2
    assert "exists and is not a directory" in capsys.readouterr().err


def test_the_module_is_the_command() -> None:
    result = spanbridge_process("traces", "list", "--store", "nowhere")
    assert result.returncode == 2
    assert result.stderr.startswith("error: There is no store at nowhere.")
    assert result.stdout == ""
