from __future__ import annotations

import socket

import pytest

from spanbridge_ingest import settings as s
from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.forward.loops import refuse_loop
from spanbridge_ingest.values import Address, OtlpUrl
from tests.support.command import spanbridge


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("otlp://there:4317", OtlpUrl("otlp", "there", 4317)),
        ("otlps://there", OtlpUrl("otlps", "there", 4317)),
        ("otlp://[::1]:1/", OtlpUrl("otlp", "::1", 1)),
        ("http://there:5000", OtlpUrl("http", "there", 5000, "/v1/traces")),
        ("https://there", OtlpUrl("https", "there", 443, "/v1/traces")),
        (
            "https://there/api/otel/v1/traces/",
            OtlpUrl("https", "there", 443, "/api/otel/v1/traces"),
        ),
        ("off", None),
    ],
)
def test_addresses(text: str, expected: OtlpUrl | None) -> None:
    assert s.resolve({"forward": text}, {}).forward == expected
    if expected is not None:
        assert s.resolve({"forward": str(expected)}, {}).forward == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("there:4317", "must start with one of otlp://, otlps://, http://, https://"),
        ("grpc://there:4317", "must start with one of"),
        ("otlp://", "has no host"),
        ("otlp://there:x", "the port is not a number"),
        ("otlp://there:0", "the port is not a number"),
        ("otlp://there:4317/v1/traces", "a path is for http:// and https://"),
        ("http://there/v1/traces?key=hunter2", "parameters after ? or #"),
        ("http://me:hunter2@there", "credentials belong into --forward-header"),
    ],
)
def test_a_bad_address_says_what_is_wrong_and_shows_a_good_one(text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        s.resolve({"forward": text}, {})
    message = str(refused.value)
    assert message.startswith("--forward: ")
    assert problem in message
    assert "Example: otlp://collector:4317" in message
    assert "hunter2" not in message


def test_headers_come_as_otel_writes_them() -> None:
    text = "Authorization=Bearer%20a%2Cb, x-mlflow-experiment-id = 3 ,"
    headers = s.resolve({"forward_header": text}, {}).forward_header
    assert headers.pairs == (("authorization", "Bearer a,b"), ("x-mlflow-experiment-id", "3"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Bearer hunter2", "a header without ="),
        ("my key=hunter2", "characters that no name may have"),
        ("content-type=hunter2", "the header content-type is not for you to set"),
        ("grpc-timeout=hunter2", "the header grpc-timeout is not for you to set"),
        ("x-bin=hunter2", "the header x-bin is not for you to set"),
        ("x=hunter2%0d%0ay: z", "the value of x is not printable ASCII"),
        ("x=hunter2,X=hunter2", "the header x is given twice"),
    ],
)
def test_a_bad_header_is_refused_without_repeating_it(text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        s.resolve({"forward_header": text}, {})
    assert problem in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_settings_that_contradict_are_refused() -> None:
    with pytest.raises(ConfigError, match="given, but not where to: set --forward"):
        s.resolve({"forward_dialect": "mlflow"}, {})
    with pytest.raises(ConfigError, match="the largest request could never be passed on"):
        s.resolve({"forward": "otlp://there", "forward_queue_bytes": "1MiB"}, {})
    with pytest.raises(ConfigError, match="'otle' is none of none, otel, openinference, mlflow"):
        s.resolve({"forward": "otlp://there", "forward_dialect": "otle"}, {})


def test_the_value_of_a_header_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    env = {"SPANBRIDGE_FORWARD_HEADER": "x-api-key=hunter2,x-project=7"}
    for name, value in {**env, "COLUMNS": "300"}.items():
        monkeypatch.setenv(name, value)
    shown = spanbridge("settings")
    assert "x-api-key=***,x-project=***" in shown.stdout
    assert "hunter2" not in shown.stdout + repr(s.resolve({}, env))


LISTENERS = [
    ("127.0.0.1", "127.0.0.1", True),
    ("localhost", "127.0.0.1", True),
    ("127.0.0.1", "0.0.0.0", True),
    ("0.0.0.0", "127.0.0.1", True),
    ("localhost", "localhost", True),
    (socket.gethostname(), "0.0.0.0", True),
    ("::ffff:127.0.0.1", "127.0.0.1", True),
    ("::ffff:7f00:1", "0.0.0.0", True),
    ("127.0.0.1", "::ffff:127.0.0.1", True),
    ("::ffff:0.0.0.0", "127.0.0.1", True),
    ("127.0.0.2", "127.0.0.1", False),
    ("::ffff:127.0.0.2", "127.0.0.1", False),
    ("192.0.2.1", "0.0.0.0", False),
    ("no-such-host.invalid", "0.0.0.0", False),
]


@pytest.mark.parametrize(("host", "listener", "loop"), LISTENERS)
def test_passing_on_to_oneself_is_noticed(host: str, listener: str, loop: bool) -> None:
    destination = OtlpUrl("otlp", host, 4317)
    others = [None, Address(listener, 4318)]
    refuse_loop(destination, others)
    if not loop:
        refuse_loop(destination, [*others, Address(listener, 4317)])
        return
    with pytest.raises(ConfigError, match="this service itself"):
        refuse_loop(destination, [*others, Address(listener, 4317)])


def test_and_stops_the_start() -> None:
    address = "127.0.0.1:14317"
    refused = spanbridge("serve", "--grpc", address, "--forward", "otlp://localhost:14317")
    assert refused.returncode == 2
    assert "--forward otlp://localhost:14317 is this service itself" in refused.stderr
    assert "Give another address to one of them." in refused.stderr
