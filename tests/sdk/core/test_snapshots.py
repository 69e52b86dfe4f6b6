"""Whole traces, to the last attribute, in each of the dialects.

After an intended change: ``WRITE_SNAPSHOTS=1 pytest tests/sdk/core/test_snapshots.py``.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

import spanbridge
from spanbridge import SpanType, tracing
from spanbridge.entities import Document, Link, SpanEvent
from tests.support.documents import START_NS
from tests.support.recorded import Recorded, as_document

SNAPSHOTS = Path(__file__).parent / "snapshots"
WRITE = os.environ.get("WRITE_SNAPSHOTS") == "1"


@spanbridge.trace(span_type=SpanType.RETRIEVER)
def search(query: str, *, top: int = 1) -> list[Document]:
    return [Document("Rome is far.", {"source": "atlas"}, "d-1")][:top]


@spanbridge.trace(name="weather", span_type=SpanType.TOOL, attributes={"unit": "celsius"})
async def look_outside(city: str) -> dict[str, int]:
    if city == "Atlantis":
        raise LookupError("no such city")
    return {"degrees": 21}


@spanbridge.trace
async def words() -> AsyncIterator[str]:
    yield "It is "
    yield "warm."


async def guide() -> None:
    with spanbridge.start_span("guide", SpanType.AGENT) as agent:
        agent.set_inputs({"question": "Is Rome warm?"})
        spanbridge.update_current_trace(tags={"kind": "test"}, session_id="s-1", user="ada")
        search("Rome")
        with spanbridge.start_span(
            "plan", SpanType.CHAT_MODEL, {"mlflow.llm.model": "m-1"}
        ) as plan:
            plan.set_inputs({"messages": [{"role": "user", "content": "Is Rome warm?"}]})
            plan.set_outputs({"role": "assistant", "content": "I look."})
            plan.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 5, "output_tokens": 3})
            plan.add_event(SpanEvent("thought", START_NS, {"depth": 1}))
            plan.add_link(Link("f" * 32, "e" * 16))
        await look_outside("Rome")
        with pytest.raises(LookupError):
            await look_outside("Atlantis")
        said = "".join([word async for word in words()])
        agent.set_outputs(said)


def trees(recorded: Recorded) -> Iterator[dict[str, Any]]:
    for span in sorted(recorded.all(), key=lambda span: span.start_time or 0):
        document = as_document(span)
        for event in document["events"]:
            event.pop("timestamp")
        yield document


@pytest.mark.parametrize("mode", ["gen_ai", "mlflow", "gen_ai,mlflow"])
def test_an_agent(recorded: Recorded, clock: None, mode: str) -> None:
    with tracing.configure(semconv=mode):
        asyncio.run(guide())
    path = SNAPSHOTS / f"agent.{mode.replace(',', '_and_')}.json"
    found = list(trees(recorded))
    if WRITE:
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    assert found == json.loads(path.read_text("utf-8"))
