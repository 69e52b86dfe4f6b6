"""What span processors hide does not leave in log events either."""

import json

import openai
from opentelemetry._logs import set_logger_provider
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor

import spanbridge

logs = InMemoryLogRecordExporter()
provider = LoggerProvider()
provider.add_log_record_processor(SimpleLogRecordProcessor(logs))
set_logger_provider(provider)


def hide(span) -> None:
    span.set_inputs("[hidden]")
    span.set_outputs("[hidden]")


def upper(value, where: str):
    return json.loads(json.dumps(value).replace("secret", "[hidden]"))


def ask(text: str) -> None:
    messages = [{"role": "user", "content": text}]
    stream = openai.OpenAI().chat.completions.create(
        model="gpt-fake", messages=messages, stream=True
    )
    for _ in stream:
        pass


spanbridge.openai.autolog()
ask("open")
with spanbridge.tracing.configure(span_processors=[hide]):
    ask("secret one")
with spanbridge.tracing.configure(redact=upper):
    ask("secret two")
events = [dict(one.log_record.attributes) for one in logs.get_finished_logs()]
print(json.dumps([str(event.get("gen_ai.input.messages", "")) for event in events]))
print(json.dumps({"models": [event["gen_ai.request.model"] for event in events]}))
