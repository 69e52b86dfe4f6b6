"""What a backend shows of a case, and whether that is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.backends.cases import Truth

FACTS = ("tokens", "model", "content")


@dataclass(frozen=True)
class SeenSpan:
    """A span as a backend shows it."""

    model: str
    input: str
    output: str


@dataclass(frozen=True)
class SeenTrace:
    """A trace as a backend shows it; no tokens are 0."""

    input_tokens: int
    output_tokens: int
    spans: tuple[SeenSpan, ...]


@dataclass(frozen=True)
class Verdict:
    """Which of the facts are right; None where there is nothing to show."""

    tokens: bool
    model: bool | None
    content: bool | None
    shown_tokens: str
    """What was shown, for the report."""


def judge(truth: Truth, traces: Sequence[SeenTrace]) -> Verdict:
    """Compare what is shown of a case with what happened."""
    spans = [span for trace in traces for span in trace.spans]
    shown = [(t.input_tokens, t.output_tokens) for t in traces]
    answered = [call for call in truth.calls if call.output]
    return Verdict(
        tokens=_tokens_right(truth, shown),
        model=_models_right(truth, spans) if truth.calls else None,
        content=_content_right(truth, spans) if truth.content and answered else None,
        shown_tokens=" ".join(f"{i}+{o}" for i, o in shown if i or o) or "none",
    )


def _tokens_right(truth: Truth, shown: list[tuple[int, int]]) -> bool:
    """The sum of the case's traces; or each has it, where two emitters began a trace each."""
    wanted = (truth.input_tokens, truth.output_tokens)
    total = (sum(i for i, _ in shown), sum(o for _, o in shown))
    some = [pair for pair in shown if any(pair)]
    return total == wanted or (bool(some) and all(pair == wanted for pair in some))


def _models_right(truth: Truth, spans: Sequence[SeenSpan]) -> bool:
    """Every model called is shown, and no other."""
    shown = {span.model.rpartition("/")[2] for span in spans if span.model}
    wanted = [{model.rpartition("/")[2] for model in call.models} for call in truth.calls]
    return all(shown & models for models in wanted) and shown <= set().union(*wanted)


def _content_right(truth: Truth, spans: Sequence[SeenSpan]) -> bool:
    """What each model answered is the output of a span that has an input as well."""
    complete = [span for span in spans if span.input and span.output]
    return all(
        any(_is_in(call.output, span.output) for span in complete)
        for call in truth.calls
        if call.output
    )


def _is_in(text: str, shown: str) -> bool:
    """Whether a text is found, itself or in JSON; the index leaves out the middle of long ones."""
    plain = _plain(shown)
    return all(_plain(part) in plain for part in text.split("..."))


def _plain(text: str) -> str:
    """Without what quoting adds, and with single spaces."""
    return " ".join(text.replace("\\n", " ").replace("\\", "").split())
