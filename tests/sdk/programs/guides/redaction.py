"""Nothing that must not leave the process does."""

import re

import openai

import spanbridge as mlflow
from spanbridge.entities import SpanType
from spanbridge.entities.span import Span

ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+\.\w+")
ACCOUNT = re.compile(r"\d{10}")


def hide_addresses(span: Span) -> None:
    if isinstance(span.inputs, dict) and "text" in span.inputs:
        span.set_inputs({"text": ADDRESS.sub("[address]", span.inputs["text"])})


def hide_accounts(span: Span) -> None:
    if span.span_type == SpanType.TOOL:
        span.set_outputs("[account]")
        span.set_attribute("redacted", True)
        return
    if isinstance(span.inputs, dict) and (messages := span.inputs.get("messages")):
        hidden = [{**m, "content": ACCOUNT.sub("[account]", m["content"])} for m in messages]
        span.set_inputs({**span.inputs, "messages": hidden})


@mlflow.trace
def predict(text: str) -> str:
    return "answer"


@mlflow.trace(span_type=SpanType.TOOL)
def account_of(name: str) -> str:
    return "1234567890"


@mlflow.trace
def assistant(name: str) -> str:
    number = account_of(name)
    messages = [{"role": "user", "content": f"Is {number} a good number?"}]
    reply = openai.OpenAI().chat.completions.create(model="gpt-fake", messages=messages)
    return reply.choices[0].message.content


mlflow.openai.autolog()
mlflow.tracing.configure(span_processors=[hide_addresses])
predict("Write to ada@example.com")
mlflow.tracing.configure(span_processors=[hide_addresses, hide_accounts])
assistant("ada")
mlflow.tracing.configure(span_processors=[])
predict("Nothing hidden from bob@example.com")
mlflow.tracing.reset()
predict("after the reset")
