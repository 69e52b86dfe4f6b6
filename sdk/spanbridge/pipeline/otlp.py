"""The OTLP exporters that the standard ``OTEL_*`` variables describe."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from opentelemetry.sdk.trace.export import SpanExportResult

from spanbridge.exceptions import InvalidValueError
from spanbridge.pipeline.outbox import Exporter
from spanbridge.tracking import GRPC_PORT, SWAPPED_PORT, get_tracking_uri

_logger: Final = logging.getLogger("spanbridge")

_HTTP: Final = "http/protobuf"
_GRPC: Final = "grpc"
_USUAL_GRPC: Final = f"localhost:{GRPC_PORT}"
_SWAPPED: Final = f"{SWAPPED_PORT}, or OTEL_EXPORTER_OTLP_PROTOCOL=grpc"
_EXPORTERS: Final = "opentelemetry.exporter.otlp."
_GRPC_UNREACHED: Final = "failed to connect"
_PACKAGES: Final = {
    _HTTP: "opentelemetry.exporter.otlp.proto.http",
    _GRPC: "opentelemetry.exporter.otlp.proto.grpc",
}


@dataclass(frozen=True)
class Signal:
    """Spans or log events.

    Attributes:
        name: ``traces`` or ``logs``, as the variables and the paths of OTLP have it.
        what: the word for messages.
        module: of the exporter, in the packages of both protocols.
        exporter: its class.
        console: module and class of the exporter that prints.
        otherwise: what to do where another exporter is wanted.
    """

    name: str
    what: str
    module: str
    exporter: str
    console: tuple[str, str]
    otherwise: str

    def variables(self, setting: str) -> tuple[str, str]:
        """The variables of a setting such as ``ENDPOINT``, that of the signal first."""
        return (
            f"OTEL_EXPORTER_OTLP_{self.name.upper()}_{setting}",
            f"OTEL_EXPORTER_OTLP_{setting}",
        )

    def load(self, protocol: str) -> Any:
        """The class of the exporter."""
        module = importlib.import_module(f"{_PACKAGES[protocol]}.{self.module}")
        return getattr(module, self.exporter)


TRACES: Final = Signal(
    "traces",
    "spans",
    "trace_exporter",
    "OTLPSpanExporter",
    ("opentelemetry.sdk.trace.export", "ConsoleSpanExporter"),
    "set up a TracerProvider before the first span",
)
LOGS: Final = Signal(
    "logs",
    "log events",
    "_log_exporter",
    "OTLPLogExporter",
    ("opentelemetry.sdk._logs.export", "ConsoleLogRecordExporter"),
    "set up a LoggerProvider",
)


def exporter_maker(
    environment: Mapping[str, str], signal: Signal = TRACES
) -> Callable[[], Exporter[Any]] | None:
    """What makes the exporter that ``OTEL_TRACES_EXPORTER``, or ``OTEL_LOGS_EXPORTER``, names.

    Returns:
        None if nothing is sent, which is told unless it is what the variable says.
    """
    variable = f"OTEL_{signal.name.upper()}_EXPORTER"
    named = environment.get(variable, "").strip().lower() or "otlp"
    if named == "console":
        module, name = signal.console
        printing: Callable[[], Exporter[Any]] = getattr(importlib.import_module(module), name)
        return printing
    if named != "otlp":
        if named != "none":
            _logger.warning(
                "No %s are sent: %s is %r; it takes otlp, console or none. For others, %s.",
                *(signal.what, variable, named, signal.otherwise),
            )
        return None
    try:
        chosen = protocol(environment, signal)
    except InvalidValueError as error:
        _logger.warning("No %s are sent: %s", signal.what, error)
        return None
    load(chosen, signal)
    return lambda: OTLPExporter(chosen, signal)


def protocol(environment: Mapping[str, str], signal: Signal = TRACES) -> str:
    """``http/protobuf`` or ``grpc``.

    Raises:
        InvalidValueError: the environment names another, or one whose package is not installed.
    """
    variables = signal.variables("PROTOCOL")
    named = next((environment[name] for name in variables if environment.get(name)), _HTTP)
    named = named.strip().lower()
    if named not in _PACKAGES:
        raise InvalidValueError(
            f"{signal.what} cannot be sent by {named!r}: {variables[0]} takes {_HTTP} or {_GRPC}"
        )
    if named == _GRPC and not _installed(_PACKAGES[_GRPC]):
        raise InvalidValueError(
            f"{variables[0]} asks for grpc, whose exporter is not installed: "
            "pip install 'spanbridge[grpc]'"
        )
    return named


def load(protocol: str, signal: Signal = TRACES) -> None:
    """Import what sends by gRPC.

    Not with the first batch: a program that is short sends it while it ends, and what that module
    starts can be started no more then.
    """
    if protocol == _GRPC:
        signal.load(protocol)


def _installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        return False


class OTLPExporter:
    """An OTLP exporter that is made when the first batch is sent, and follows the tracking URI.

    The endpoint is that of the environment; without one, it is the service's.
    """

    def __init__(self, protocol: str, signal: Signal = TRACES) -> None:
        self._protocol = protocol
        self._signal = signal
        self._inner: Any = None
        self._endpoint: str | None = None
        self._told = False
        self._sending = False

    def export(self, batch: Sequence[Any], /) -> Any:
        """Send a batch; how that ended."""
        try:
            inner = self._inner_now()
        except Exception as error:
            # What is wrong is in the environment, and nothing of the batch is in the message.
            if not self._told:
                self._told = True
                _logger.warning("%s cannot be sent: %s", self._signal.what.capitalize(), error)
            return SpanExportResult.FAILURE
        self._sending = True
        try:
            with _watched(inner, self._tell):
                result = inner.export(batch)
        finally:
            self._sending = False
        if result.name == "SUCCESS":
            self._told = False
        else:
            self._tell()
        return result

    def shutdown(self) -> None:
        """Close the connection. Says where the batch cannot be sent that is being sent still."""
        if self._sending:
            self._tell()
        inner, self._inner = self._inner, None
        if inner is not None:
            inner.shutdown()

    def _tell(self) -> None:
        if self._told:
            return
        self._told = True
        where = self._where()
        swapped = self._protocol == _HTTP and f":{GRPC_PORT}/" in f"{where}/"
        _logger.warning(
            "%s cannot be sent to %s: start the service with `spanbridge serve`, or name its "
            "address with set_tracking_uri(), SPANBRIDGE_TRACKING_URI or %s%s",
            self._signal.what.capitalize(),
            where,
            self._signal.variables("ENDPOINT")[1],
            _SWAPPED if swapped else "",
        )

    def _inner_now(self) -> Any:
        endpoint = self._endpoint_now()
        if self._inner is None or endpoint != self._endpoint:
            self.shutdown()
            self._inner = self._made(endpoint)
            self._endpoint = endpoint
        return self._inner

    def _endpoint_now(self) -> str | None:
        named = self._signal.variables("ENDPOINT")
        if self._protocol == _GRPC or any(os.environ.get(name) for name in named):
            return None
        return f"{get_tracking_uri()}/v1/{self._signal.name}"

    def _where(self) -> str:
        variables = self._signal.variables("ENDPOINT")
        named = next((os.environ[name] for name in variables if os.environ.get(name)), None)
        usual = _USUAL_GRPC if self._protocol == _GRPC else ""
        scheme, _, rest = (named or self._endpoint or usual).rpartition("://")
        # What stands before an @ may be a password, and behind a ? a key.
        host = rest.rpartition("@")[2].partition("?")[0]
        return f"{scheme}://{host}" if scheme else host

    def _made(self, endpoint: str | None) -> Any:
        made = self._signal.load(self._protocol)
        return made() if self._protocol == _GRPC else made(endpoint=endpoint)


@contextmanager
def _watched(exporter: Any, unreached: Callable[[], None]) -> Iterator[None]:
    """Call ``unreached`` as soon as the exporter logs that it cannot connect.

    It tries again several times before it returns, and logs each of them.
    """
    thread = threading.get_ident()

    def notice(record: logging.LogRecord) -> bool:
        if record.thread == thread and _cannot_connect(record):
            unreached()
        return True

    modules = {kind.__module__ for kind in type(exporter).__mro__}
    loggers = [logging.getLogger(name) for name in modules if name.startswith(_EXPORTERS)]
    for logger in loggers:
        logger.addFilter(notice)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(notice)


def _cannot_connect(record: logging.LogRecord) -> bool:
    """Whether that is why it tries again: a service that answers is none to be started."""
    values = record.args if isinstance(record.args, tuple) else ()
    return any(
        isinstance(value, Exception) or (isinstance(value, str) and _GRPC_UNREACHED in value)
        for value in values
    )
