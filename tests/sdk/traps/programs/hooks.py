"""A hook that fails must not let through what it should have hidden."""

import spanbridge


def failing(span) -> None:
    if span.name == "secret":
        raise LookupError(span.inputs)
    span.set_attribute("seen", True)


@spanbridge.trace
def secret(text: str) -> str:
    spanbridge.get_current_active_span().set_attribute("note", "harmless")
    return text


@spanbridge.trace
def fine(text: str) -> str:
    return text


with spanbridge.tracing.configure(span_processors=[failing]):
    secret("4095-2609")
    fine("open")
fine("afterwards")
