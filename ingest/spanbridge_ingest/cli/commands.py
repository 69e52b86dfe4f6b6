"""The commands and their options.

What a command needs is imported when it runs, so that help and quick commands do not wait for
servers and engines to load.
"""

from __future__ import annotations

from importlib.metadata import version as distribution_version
from pathlib import Path
from typing import Annotated

import typer

from spanbridge_ingest.cli.options import with_settings
from spanbridge_ingest.cli.price_commands import prices_app
from spanbridge_ingest.settings import Settings

app = typer.Typer(
    name="spanbridge",
    help="GenAI traces in any dialect, one schema, your own ClickHouse.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
traces_app = typer.Typer(help="List traces and show one.")
schema_app = typer.Typer(help="Print or change the database schema.")
app.add_typer(traces_app, name="traces")
app.add_typer(prices_app, name="prices")
app.add_typer(schema_app, name="schema")

Api = Annotated[
    str | None,
    typer.Option("--api", metavar="URL", help="Read from this service instead of a store."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Backfill = Annotated[
    bool,
    typer.Option("--backfill", help="Compute the GenAI columns of stored rows anew; takes time."),
]


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
) -> None:
    """GenAI traces in any dialect, one schema, your own ClickHouse."""


@app.command()
@with_settings(
    "store",
    "clickhouse",
    "cluster",
    "grpc",
    "http",
    "clickhouse_http",
    "jaeger",
    "max_request_bytes",
    "queue_bytes",
    "batch_bytes",
    "linger_ms",
    "commit_threads",
    "retention_days",
    "calls_every_s",
    "dedupe_window_s",
    "shutdown_deadline_s",
    "log_level",
    "forward",
    "forward_dialect",
    "forward_header",
    "forward_queue_bytes",
    "forward_settle_s",
    "forward_retry_s",
    "forward_flush_s",
)
def serve(*, settings: Settings) -> None:
    """Take OTLP traces and logs, store them in ClickHouse, and serve them.

    Stops on SIGTERM or Ctrl-C, after finishing what was accepted.
    """
    from spanbridge_ingest.cli.serve import run

    run(settings)


@app.command()
@with_settings("store", "clickhouse", "cluster", "max_request_bytes")
def load(
    files: Annotated[
        list[Path],
        typer.Argument(help="Recorded OTLP: .binpb, .logs.binpb, .json, .jsonl; also .gz."),
    ],
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="URL", help="Send to this OTLP/HTTP service instead."),
    ] = None,
    *,
    settings: Settings,
) -> None:
    """Load recorded OTLP into a store, or send it to a running service."""
    from spanbridge_ingest.cli.load import run

    run(files, to, settings)


@app.command()
@with_settings("max_request_bytes")
def translate(
    file: Annotated[
        Path, typer.Argument(help="Recorded traces: .binpb, .json, .jsonl; also .gz; - for stdin.")
    ],
    to: Annotated[
        str, typer.Option("--to", metavar="DIALECT", help="otel, openinference or mlflow.")
    ],
    logs: Annotated[
        Path | None,
        typer.Option("--logs", metavar="FILE", help="Log records with messages of the spans."),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Where to write; - for stdout.")
    ] = Path("-"),
    form: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="FORMAT", help="json or proto; else by the name of --out."
        ),
    ] = None,
    *,
    settings: Settings,
) -> None:
    """Translate recorded traces to another GenAI dialect.

    Needs no store and no service. What is in the dialect already does not change.
    """
    from spanbridge_ingest.cli.translate import run

    run(file, to, logs, out, form, settings)


@traces_app.command("list")
@with_settings("store", "clickhouse", "cluster")
def list_traces(
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many.")] = 20,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="AGE|TIME", help="Begun since: 90s, 15m, 2h, 7d, or ISO."),
    ] = None,
    service: Annotated[
        str | None, typer.Option("--service", metavar="NAME", help="Of this service.name only.")
    ] = None,
    text: Annotated[
        str,
        typer.Option(
            "--filter", metavar="FILTER", help="Such as: status = 'ERROR' AND tag.env = 'prod'."
        ),
    ] = "",
    order_by: Annotated[
        list[str] | None,
        typer.Option(
            "--order-by", metavar="FIELD", help="Such as: 'execution_time DESC'. Repeatable."
        ),
    ] = None,
    as_json: AsJson = False,
    api: Api = None,
    *,
    settings: Settings,
) -> None:
    """List traces, newest first."""
    from spanbridge_ingest.cli.traces import list_traces as run

    run(
        settings,
        api,
        limit=limit,
        since=since,
        service=service,
        text=text,
        order_by=order_by or [],
        as_json=as_json,
    )


@traces_app.command("show")
@with_settings("store", "clickhouse", "cluster")
def show_trace(
    trace_id: Annotated[
        str, typer.Argument(metavar="ID", help="Trace id, or its beginning if only one has it.")
    ],
    as_json: AsJson = False,
    api: Api = None,
    *,
    settings: Settings,
) -> None:
    """Show one trace as a tree, or with --json as its trace document."""
    from spanbridge_ingest.cli.traces import show_trace as run

    run(settings, api, trace_id, as_json=as_json)


@app.command("dialects")
def dialects(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Show the rules of this one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the GenAI dialects that are understood."""
    from spanbridge_ingest.cli.dialects import list_dialects, show_dialect

    if name is None:
        list_dialects(as_json=as_json)
    else:
        show_dialect(name, as_json=as_json)


@app.command("unmapped")
@with_settings("store", "clickhouse", "cluster")
def unmapped(
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="AGE|TIME", help="Of spans since: 15m, 2h, 7d, or ISO."),
    ] = "7d",
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many.")] = 100,
    as_json: AsJson = False,
    api: Api = None,
    *,
    settings: Settings,
) -> None:
    """List attribute keys that look like GenAI and that no rule reads, with an example span."""
    from spanbridge_ingest.cli.dialects import list_unmapped as run

    run(settings, api, since=since, limit=limit, as_json=as_json)


@schema_app.command("print")
@with_settings("clickhouse", "cluster", "retention_days")
def print_schema(*, settings: Settings) -> None:
    """Print the statements that make the schema, for review or for another tool to run."""
    from spanbridge_ingest.cli.schema import print_schema as run

    run(settings)


@schema_app.command("apply")
@with_settings("store", "clickhouse", "cluster", "retention_days")
def apply_schema(backfill: Backfill = False, *, settings: Settings) -> None:
    """Make or upgrade the schema. Running it again changes nothing."""
    from spanbridge_ingest.cli.schema import apply_schema as run

    run(settings, backfill=backfill)


@schema_app.command("attach")
@with_settings("store", "clickhouse", "cluster")
def attach_schema(
    table: Annotated[
        str,
        typer.Option("--table", help="A table that the Collector's clickhouseexporter fills."),
    ],
    backfill: Backfill = False,
    *,
    settings: Settings,
) -> None:
    """Give a table of the Collector's clickhouseexporter the GenAI columns."""
    from spanbridge_ingest.cli.schema import attach_schema as run

    run(settings, table, backfill=backfill)


@schema_app.command("kafka")
@with_settings("clickhouse", "cluster")
def print_kafka(
    brokers: Annotated[str, typer.Option("--brokers", metavar="HOST:PORT,...")],
    topic: Annotated[str, typer.Option("--topic", metavar="NAME")],
    group: Annotated[str, typer.Option("--group", metavar="NAME")] = "spanbridge",
    signal: Annotated[
        str, typer.Option("--signal", metavar="SIGNAL", help="traces or logs.")
    ] = "traces",
    consumers: Annotated[
        int, typer.Option("--consumers", min=1, max=64, help="On each server.")
    ] = 1,
    *,
    settings: Settings,
) -> None:
    """Print the statements that feed the tables from Kafka, past this service.

    Messages are OTLP requests in protobuf, as the Collector's kafka exporter writes them.
    """
    from spanbridge_ingest.cli.schema import print_kafka as run

    run(settings, signal, brokers=brokers, topic=topic, group=group, consumers=consumers)


@app.command()
@with_settings("demo_grpc", "demo_http")
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Exit after printing the trace instead of staying up.")
    ] = False,
    store: Annotated[
        Path | None,
        typer.Option("--store", help="Directory of the demo's own store.", show_default=False),
    ] = None,
    *,
    settings: Settings,
) -> None:
    """Start the service, run a traced agent on a fake model, and show its trace.

    Needs no network, no key and no server. The traces are kept apart from the real store.
    """
    from spanbridge_ingest.cli.demo import run

    run(settings, store, once=once)


@app.command("settings")
def show_settings() -> None:
    """List every setting, its value here and where the value comes from."""
    from spanbridge_ingest.cli.settings import run

    run()


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(f"spanbridge {distribution_version('spanbridge')}")
