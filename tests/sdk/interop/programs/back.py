"""The FastAPI service that is asked, with a tracer provider of its own.

python back.py PORT
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

import spanbridge


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    # The server ends by the signal it got, and then no handlers of exit run.
    spanbridge.flush()


application = FastAPI(lifespan=lifespan)


@spanbridge.trace(span_type="RETRIEVER")
def search(query: str) -> list[str]:
    return [query.lower()]


@application.get("/search")
def endpoint(query: str) -> dict[str, list[str]]:
    return {"found": search(query)}


if __name__ == "__main__":
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    FastAPIInstrumentor.instrument_app(application, exclude_spans=["receive", "send"])
    uvicorn.run(application, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
