from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

import spanbridge
from spanbridge_ingest import settings as s
from spanbridge_ingest.commit.limits import CommitLimits
from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.values import Address, ClickHouseUrl


def test_a_flag_wins_over_the_environment_which_wins_over_the_default() -> None:
    environ = {"SPANBRIDGE_GRPC": "127.0.0.1:1", "SPANBRIDGE_HTTP": "127.0.0.1:2"}
    resolved = s.resolve({"grpc": "0.0.0.0:3", "http": None}, environ)
    assert resolved.grpc == Address("0.0.0.0", 3)
    assert resolved.http == Address("127.0.0.1", 2)
    assert resolved.max_request_bytes == 64 * 1024**2


def test_variables_of_the_sdk_do_not_disturb_the_service() -> None:
    sdk = Path(spanbridge.__file__).parent
    sources = "".join(path.read_text("utf-8") for path in sdk.rglob("*.py"))
    assert set(re.findall(r'"(SPANBRIDGE_[A-Z_]+)"', sources)) == s.OF_THE_SDK
    assert s.resolve({}, dict.fromkeys(s.OF_THE_SDK, "anything")) == s.resolve({}, {})


def test_defaults_listen_on_loopback_only() -> None:
    resolved = s.resolve({}, {})
    assert str(resolved.grpc) == "127.0.0.1:4317"
    assert str(resolved.http) == "127.0.0.1:4318"
    assert resolved.clickhouse_http is None


def test_an_empty_variable_counts_as_absent() -> None:
    assert s.resolve({}, {"SPANBRIDGE_HTTP": ""}).http == Address("127.0.0.1", 4318)


def test_the_store_follows_xdg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert s.resolve({}, {}).store == tmp_path / "spanbridge" / "store"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    expected = tmp_path / "home" / ".local" / "share" / "spanbridge" / "store"
    assert s.resolve({}, {}).store == expected


@pytest.mark.parametrize(
    ("variable", "hint"),
    [
        ("SPANBRIDGE_CLICKHOSE", "Did you mean SPANBRIDGE_CLICKHOUSE?"),
        ("SPANBRIDGE_MAX_REQUEST_SIZE", "Did you mean SPANBRIDGE_MAX_REQUEST_BYTES?"),
        ("SPANBRIDGE_ZZZZ", "`spanbridge settings` lists all."),
    ],
)
def test_an_unknown_variable_is_refused_with_a_suggestion(variable: str, hint: str) -> None:
    with pytest.raises(ConfigError) as refused:
        s.resolve({}, {variable: "1"})
    assert str(refused.value) == f"{variable} is not a setting. {hint}"


def test_variables_of_others_are_no_concern() -> None:
    assert s.resolve({}, {"SPANBRIDGER": "1", "OTEL_X": "1"}) == s.resolve({}, {})


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("grpc", "4317", "'4317' has no port"),
        ("grpc", ":4317", "has no host (0.0.0.0 listens on every interface)"),
        ("grpc", "localhost:99999", "99999 is not a port"),
        ("grpc", "::1:4317", "an IPv6 host needs brackets"),
        ("max_request_bytes", "lots", "'lots' is not a number of bytes"),
        ("max_request_bytes", "12", "less than 1KiB"),
        ("commit_threads", "0", "0 is not within 1 and 64"),
        ("commit_threads", "two", "'two' is not a whole number"),
        ("linger_ms", "nan", "nan is not within 0 and 60000"),
        ("log_level", "loud", "'loud' is none of debug, info, warning, error"),
        ("clickhouse", "tcp://host:9000", "must start with http:// or https://"),
        ("clickhouse", "http://", "has no host"),
        ("clickhouse", "http://h:x/db", "the port is not a number"),
        ("clickhouse", "http://h/db/table", "must be one database name"),
        ("store", " ", "the directory is empty"),
    ],
)
def test_a_bad_value_names_source_problem_and_example(name: str, text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as by_flag:
        s.resolve({name: text}, {})
    message = str(by_flag.value)
    assert message.startswith(f"{s.flag_name(name)}: ")
    assert problem in message
    assert f"Example: {s.meta(name).kind.example}" in message
    with pytest.raises(ConfigError) as by_variable:
        s.resolve({}, {s.env_name(name): text})
    assert str(by_variable.value).startswith(f"{s.env_name(name)}: ")


@pytest.mark.parametrize("name", list(s.table()))
def test_each_example_and_each_shown_default_is_a_valid_value(name: str) -> None:
    kind = s.meta(name).kind
    kind.parse(kind.example)
    default = getattr(s.resolve({}, {}), name)
    if default is not None and s.meta(name).shown_default is None:
        assert kind.parse(s.default_text(name)) == default


@pytest.mark.parametrize(
    ("text", "value"),
    [("1024", 1024), ("64MiB", 64 << 20), ("64M", 64 << 20), ("2 gb", 2 << 30), ("8k", 8192)],
)
def test_bytes_are_given_with_or_without_a_unit(text: str, value: int) -> None:
    assert s.meta("max_request_bytes").kind.parse(text) == value


def test_addresses_may_be_off_or_ipv6() -> None:
    resolved = s.resolve({"grpc": "OFF", "http": "[::1]:0"}, {})
    assert resolved.grpc is None
    assert resolved.http == Address("::1", 0)
    assert str(resolved.http) == "[::1]:0"


def test_a_password_is_read_and_never_shown() -> None:
    url = s.resolve({"clickhouse": "https://me:p%40ss@ch.example/otel"}, {}).clickhouse
    assert url == ClickHouseUrl("ch.example", 8443, True, "me", "p@ss", "otel")
    for shown in (str(url), repr(url), repr(s.resolve({"clickhouse": "http://me:p@h"}, {}))):
        assert "p@ss" not in shown
        assert "p%40ss" not in shown
    assert str(url) == "https://me:***@ch.example:8443/otel"


def test_a_bad_clickhouse_url_is_not_repeated() -> None:
    with pytest.raises(ConfigError) as refused:
        s.resolve({"clickhouse": "clickhouse://me:hunter2@h"}, {})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "flags",
    [
        {"batch_bytes": "32MiB", "queue_bytes": "16MiB"},
        {"queue_bytes": "32MiB", "max_request_bytes": "64MiB"},
        {"clickhouse": "http://h", "clickhouse_http": "127.0.0.1:8123"},
    ],
)
def test_settings_that_contradict_each_other_are_refused(flags: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        s.resolve(flags, {})


def test_defaults_are_those_of_the_commit_path() -> None:
    resolved, limits = s.resolve({}, {}), CommitLimits()
    assert resolved.batch_bytes == limits.batch_bytes
    assert resolved.queue_bytes == limits.queue_bytes
    assert resolved.linger_ms == limits.linger_s * 1000
    assert resolved.commit_threads == limits.slots
    assert resolved.dedupe_window_s == limits.retry_window_s


def test_every_field_is_described() -> None:
    for field in dataclasses.fields(s.Settings):
        meta = s.meta(field.name)
        assert meta.description.endswith(".")
        assert meta.since
