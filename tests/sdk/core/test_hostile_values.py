"""Values that fight back, and places that values leak from."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry import trace as otel
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

import spanbridge
from spanbridge import settings, tracking
from spanbridge.entities import LiveSpan
from spanbridge.exceptions import InvalidValueError
from spanbridge.pipeline.outbox import Outbox, QueueLimits
from spanbridge.settings import WITHHELD
from tests.support.recorded import Recorded

SECRET = "4095-2609"


class Broken:
    """What cannot be told."""

    def __str__(self) -> str:
        raise LookupError(SECRET)

    __repr__ = __str__


def test_a_stack_trace_has_no_source_where_contents_are_not_recorded(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "false")
    settings.restore(None)
    with pytest.raises(KeyError), spanbridge.start_span("root"):
        raise KeyError("4095-2609")
    assert SECRET not in recorded.everything()
    [event] = recorded.one().events
    assert f'{__file__}", line ' in str((event.attributes or {})["exception.stacktrace"])


@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
def test_a_hook_that_nobody_awaits_has_failed(recorded: Recorded) -> None:
    async def hide(span: LiveSpan) -> None:
        span.set_inputs("hidden")

    with (
        spanbridge.tracing.configure(span_processors=[hide]),  # type: ignore[list-item]
        spanbridge.start_span("root") as span,
    ):
        span.set_inputs(SECRET)
    assert SECRET not in recorded.everything()
    assert recorded.inputs() == WITHHELD


def test_metadata_with_a_key_of_mlflow_is_shown_to_the_hook(recorded: Recorded) -> None:
    with (
        spanbridge.tracing.configure(redact=lambda value, where: f"{where} hidden"),
        spanbridge.start_span("root", run_id="run-1"),
    ):
        spanbridge.update_current_trace(metadata={"mlflow.traceInputs": SECRET})
    assert SECRET not in recorded.everything()
    said = recorded.attributes()
    key = "spanbridge.trace.metadata."
    assert said[f"{key}mlflow.traceInputs"] == "metadata.mlflow.traceInputs hidden"
    assert said[f"{key}mlflow.sourceRun"] == "run-1"


def test_values_that_cannot_be_told_cost_nothing_else(
    recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    broken: Any = Broken()
    with spanbridge.start_span(
        broken, broken, log_level=broken, description=broken, run_id=broken
    ) as span:
        spanbridge.update_current_trace(
            tags={broken: 1}, metadata={broken: broken}, state=broken, user=broken
        )
        span.set_attributes({broken: broken, "kept": 1})
        spanbridge.start_run(broken, broken, broken)
        spanbridge.end_run()
    assert recorded.one().name == "<Broken>"
    assert recorded.attributes()["kept"] == 1
    assert recorded.attributes()["mlflow.traceTag.<Broken>"] == "1"
    assert SECRET not in caplog.text + recorded.everything()


def test_who_refuses_spans_is_not_quoted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Refusing(SpanProcessor):
        def on_start(self, span: object, parent_context: object = None) -> None:
            raise LookupError(SECRET)

    provider = TracerProvider()
    provider.add_span_processor(Refusing())
    monkeypatch.setattr(otel, "_TRACER_PROVIDER", provider)
    monkeypatch.setattr("spanbridge.telling._told", set())
    with spanbridge.start_span("root") as span:
        span.set_inputs(1)
    assert "spans cannot be started: LookupError" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "uri",
    [
        *("ftp://me:SECRET@host", "http://me:SECRET@host/v1/traces", "http://me:SECRET@[bad"),
        *("http://host:4318?token=SECRET", "http://host:4318/#SECRET", "me:SECRET@host"),
    ],
)
def test_an_address_that_cannot_be_is_told_without_its_password(uri: str) -> None:
    with pytest.raises(InvalidValueError) as raised:
        tracking.checked_uri(uri)
    assert "SECRET" not in str(raised.value)


def test_a_share_of_another_type_is_a_wrong_value() -> None:
    with pytest.raises(InvalidValueError, match="sampling_ratio_override is x"):
        spanbridge.trace(len, sampling_ratio_override="x")  # type: ignore[arg-type]


def test_what_is_lost_at_the_end_is_told_as_a_whole(caplog: pytest.LogCaptureFixture) -> None:
    class Failing:
        def export(self, batch: object, /) -> None:
            return None

        def shutdown(self) -> None: ...

    queue = Outbox[int](Failing, QueueLimits(max_export_batch_size=2, schedule_delay_s=60))
    for number in range(7):
        queue.put(number, 1)
    queue.shutdown()
    assert "items lost so far: 7" in caplog.text
