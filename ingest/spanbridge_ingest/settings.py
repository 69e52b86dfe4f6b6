"""Every setting of the service, in one table, and how a value is found.

The table is :class:`Settings`: each field carries its default, unit, flag and description, and the
command line's options, the environment variables and ``docs/reference/settings.md`` are made from
it. A flag wins over its ``SPANBRIDGE_*`` variable, which wins over the default. A variable that
starts with ``SPANBRIDGE_`` and is no setting stops the start: a typing error must not be silence.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, cast

from spanbridge_ingest.errors import ConfigError
from spanbridge_ingest.values import (
    Address,
    ClickHouseUrl,
    Headers,
    Kind,
    OtlpUrl,
    address,
    byte_count,
    clickhouse_url,
    directory,
    headers,
    identifier,
    log_level,
    number,
    one_of,
    otlp_url,
    whole_number,
)

ENV_PREFIX = "SPANBRIDGE_"
OF_THE_SDK = frozenset(
    {
        "SPANBRIDGE_TRACKING_URI",
        "SPANBRIDGE_EXPERIMENT",
        "SPANBRIDGE_SEMCONV",
        "SPANBRIDGE_CAPTURE_EXCEPTION_TEXTS",
        "SPANBRIDGE_MAX_CHUNK_EVENTS",
    }
)
"""Variables that say nothing to the service, but may well stand in its environment."""


@dataclass(frozen=True, slots=True)
class Meta:
    """What the table says about a setting beside its name and default."""

    kind: Kind[Any]
    unit: str
    since: str
    description: str
    shown_default: str | None = None
    """How the default reads in help and documentation, where its value is computed."""
    flag: str | None = None
    """The flag where it is not the setting's name."""
    repeats: bool = False
    """Whether the flag may be given several times; its values are joined by commas."""


def data_home(environ: Mapping[str, str] | None = None) -> Path:
    """Where this user's data lives: ``$XDG_DATA_HOME/spanbridge`` or its usual place."""
    environ = os.environ if environ is None else environ
    base = environ.get("XDG_DATA_HOME", "")
    # The XDG rules: a relative path is to be ignored.
    root = Path(base) if base.startswith("/") else Path("~/.local/share").expanduser()
    return root / "spanbridge"


def _setting(
    default: object,
    kind: Kind[Any],
    description: str,
    *,
    unit: str = "",
    since: str = "0.1",
    shown_default: str | None = None,
    flag: str | None = None,
    repeats: bool = False,
) -> Any:
    metadata = {"setting": Meta(kind, unit, since, description, shown_default, flag, repeats)}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The resolved settings. Field order is the order of the documentation."""

    store: Path = _setting(
        lambda: data_home() / "store",
        directory,
        "Directory of the embedded store; made when absent. Not used with a ClickHouse server.",
        shown_default="$XDG_DATA_HOME/spanbridge/store",
    )
    clickhouse: ClickHouseUrl | None = _setting(
        None, clickhouse_url, "ClickHouse server to use instead of the embedded store."
    )
    cluster: str | None = _setting(
        None,
        identifier,
        "Cluster of the ClickHouse server to keep the tables on, by its name in `system.clusters`.",
    )
    grpc: Address | None = _setting(
        Address("127.0.0.1", 4317), address, "Where to take OTLP/gRPC; `off` for nowhere."
    )
    http: Address | None = _setting(
        Address("127.0.0.1", 4318),
        address,
        "Where to take OTLP/HTTP and to serve the API; `off` for nowhere.",
    )
    clickhouse_http: Address | None = _setting(
        None,
        address,
        "Where to serve read-only ClickHouse HTTP on the embedded store, for Grafana and others.",
        shown_default="off",
    )
    jaeger: Address | None = _setting(
        Address("127.0.0.1", 17271),
        address,
        "Where Jaeger reads the store over gRPC, as a remote storage; `off` for nowhere.",
    )
    max_request_bytes: int = _setting(
        64 * 1024**2,
        byte_count(least=1024),
        "Largest request, also after decompression. Larger ones are refused for good.",
        unit="bytes",
    )
    queue_bytes: int = _setting(
        256 * 1024**2,
        byte_count(least=1024),
        "Requests waiting for a commit. When full, callers are told to slow down.",
        unit="bytes",
    )
    batch_bytes: int = _setting(
        16 * 1024**2,
        byte_count(least=1024),
        "Size at which a batch is committed without waiting longer.",
        unit="bytes",
    )
    linger_ms: float = _setting(
        5.0,
        number(least=0, most=60_000),
        "How long a batch waits for more requests. Shorter answers sooner, longer costs less.",
        unit="ms",
    )
    commit_threads: int = _setting(
        2, whole_number(least=1, most=64), "Batches that may be committed at the same time."
    )
    retention_days: int = _setting(
        0,
        whole_number(least=0, most=36_500),
        "Age at which stored data is deleted; 0 keeps it for ever.",
        unit="days",
    )
    calls_every_s: float = _setting(
        10.0,
        number(least=0, most=3600),
        "How often `otel_trace_calls` takes in what arrived; 0 for never by this instance.",
        unit="s",
    )
    dedupe_window_s: float = _setting(
        600.0,
        number(least=0, most=86_400),
        "How long an identical request counts as a retry and is stored only once; 0 for never.",
        unit="s",
    )
    shutdown_deadline_s: float = _setting(
        20.0,
        number(least=0.1, most=3600),
        "How long a stop may take to finish what was accepted.",
        unit="s",
    )
    log_level: str = _setting(
        "warning", log_level, "Least severity that is logged. Content of spans never is."
    )
    forward: OtlpUrl | None = _setting(
        None,
        otlp_url,
        "Where to pass on what was stored: `otlp://` or `otlps://` for gRPC, `http://` or "
        "`https://` for HTTP.",
        shown_default="off",
    )
    forward_dialect: str = _setting(
        "none",
        one_of("none", "otel", "openinference", "mlflow"),
        "Conventions to translate to what is passed on; `none` passes it on as it came.",
    )
    forward_header: Headers = _setting(
        Headers(),
        headers,
        "Header that the destination asks for, `NAME=VALUE`; the flag may be repeated, the "
        "variable takes several with commas between them. Prefer the variable for secrets.",
        repeats=True,
    )
    forward_queue_bytes: int = _setting(
        64 * 1024**2,
        byte_count(least=1024),
        "What may wait to be passed on. When full, what is new is stored and not passed on.",
        unit="bytes",
    )
    forward_settle_s: float = _setting(
        2.0,
        number(least=0, most=600),
        "How long spans wait for others of their trace and for its log records, when translated.",
        unit="s",
    )
    forward_retry_s: float = _setting(
        300.0,
        number(least=0, most=86_400),
        "How long a batch is tried again while the destination is away.",
        unit="s",
    )
    forward_flush_s: float = _setting(
        5.0,
        number(least=0, most=3600),
        "How long a stop may take to pass on what waits.",
        unit="s",
    )
    demo_grpc: Address | None = _setting(
        Address("127.0.0.1", 0),
        address,
        "OTLP/gRPC address of the demo; port 0 takes a free one.",
        flag="--grpc",
    )
    demo_http: Address | None = _setting(
        Address("127.0.0.1", 0),
        address,
        "HTTP address of the demo; port 0 takes a free one.",
        flag="--http",
    )

    def __post_init__(self) -> None:
        if self.batch_bytes > self.queue_bytes:
            raise ConfigError(
                f"{describe_name('batch_bytes')} ({self.batch_bytes}) is larger than "
                f"{describe_name('queue_bytes')} ({self.queue_bytes}); a batch could never fill."
            )
        if self.queue_bytes < self.max_request_bytes:
            raise ConfigError(
                f"{describe_name('queue_bytes')} ({self.queue_bytes}) is smaller than "
                f"{describe_name('max_request_bytes')} ({self.max_request_bytes}); "
                "the largest request could never be queued."
            )
        if self.forward is not None and self.forward_queue_bytes < self.max_request_bytes:
            raise ConfigError(
                f"{describe_name('forward_queue_bytes')} ({self.forward_queue_bytes}) is smaller "
                f"than {describe_name('max_request_bytes')} ({self.max_request_bytes}); "
                "the largest request could never be passed on."
            )
        if self.forward is None and self.forward_dialect != "none":
            raise ConfigError(
                f"{describe_name('forward_dialect')} is given, but not where to: "
                f"set {describe_name('forward')}."
            )
        if self.clickhouse is not None and self.clickhouse_http is not None:
            raise ConfigError(
                "--clickhouse-http serves the embedded store; "
                "with --clickhouse, query that server itself."
            )


def table() -> Mapping[str, Field[Any]]:
    """The settings by name, in documentation order."""
    return {f.name: f for f in fields(Settings)}


def meta(name: str) -> Meta:
    """What the table says about the setting ``name``."""
    return cast(Meta, table()[name].metadata["setting"])


def env_name(name: str) -> str:
    """The environment variable of a setting: ``SPANBRIDGE_BATCH_BYTES`` for ``batch_bytes``."""
    return ENV_PREFIX + name.upper()


def flag_name(name: str) -> str:
    """The command line flag of a setting: ``--batch-bytes`` for ``batch_bytes``."""
    return meta(name).flag or "--" + name.replace("_", "-")


def describe_name(name: str) -> str:
    """A setting as an error message names it: by flag and by variable."""
    return f"{flag_name(name)} / {env_name(name)}"


def default_text(name: str) -> str:
    """The default as text that could be given as a value."""
    shown = meta(name).shown_default
    if shown is not None:
        return shown
    default = table()[name].default
    return "" if default is None else meta(name).kind.show(default)


def resolve(
    flags: Mapping[str, str | None] | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """Find every setting's value: flags, then the environment, then defaults.

    Args:
        flags: raw text by setting name; None stands for a flag that was not given.
        environ: the environment, ``os.environ`` unless told.

    Raises:
        ConfigError: a variable is unknown, a value is malformed, or two settings contradict.
    """
    environ = os.environ if environ is None else environ
    flags = flags or {}
    _refuse_unknown(environ)
    values: dict[str, object] = {}
    for name in table():
        given = flags.get(name)
        if given is not None:
            values[name] = _parse(name, given, flag_name(name))
        elif environ.get(env_name(name), ""):
            values[name] = _parse(name, environ[env_name(name)], env_name(name))
    return Settings(**cast(dict[str, Any], values))


def _parse(name: str, text: str, source: str) -> object:
    kind = meta(name).kind
    try:
        return kind.parse(text)
    except ValueError as problem:
        raise ConfigError(f"{source}: {problem}. Example: {kind.example}") from None


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = {name.upper(): env_name(name) for name in table()}
    for variable in sorted(environ):
        if not variable.startswith(ENV_PREFIX) or variable in OF_THE_SDK | set(known.values()):
            continue
        # Compared without the prefix, which would make everything look alike.
        close = difflib.get_close_matches(variable.removeprefix(ENV_PREFIX), known, n=1)
        hint = f" Did you mean {known[close[0]]}?" if close else " `spanbridge settings` lists all."
        raise ConfigError(f"{variable} is not a setting.{hint}")
