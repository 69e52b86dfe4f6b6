"""A FastAPI service that asks another one; both are recorded by instrumentations of others too.

python front.py PORT OTHER_PORT
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from fastapi import FastAPI
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor

import spanbridge


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    # The server ends by the signal it got, and then no handlers of exit run.
    spanbridge.flush()


application = FastAPI(lifespan=lifespan)
client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{sys.argv[2]}")


@spanbridge.trace
def prompt(question: str) -> str:
    spanbridge.update_current_trace(tags={"team": "search"}, session_id="s-1", user="ann")
    return question.upper()


@spanbridge.trace(span_type="AGENT")
async def answer(question: str) -> str:
    found = await client.get("/search", params={"query": prompt(question)})
    return str(found.json()["found"])


@application.get("/ask")
async def ask(question: str) -> dict[str, str]:
    return {"answer": await answer(question)}


if __name__ == "__main__":
    spanbridge.tracing.enable()
    HTTPXClientInstrumentor().instrument()
    FastAPIInstrumentor.instrument_app(application, exclude_spans=["receive", "send"])
    uvicorn.run(application, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
