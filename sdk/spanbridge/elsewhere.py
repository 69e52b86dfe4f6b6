"""What MLflow has and this package has not: whoever asks for it is told why, and what there is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_REASONS: Final[Mapping[str, str]] = {
    "run": "a run is a name on traces; its parameters, metrics, tags and files are not kept",
    "experiment": "an experiment is a name on traces; it cannot be listed, changed or deleted",
    "model": "models are not kept; update_current_trace(model_id=...) names one on a trace",
    "prompt": "prompts are not kept; a tag or metadata of a trace can name one",
    "evaluation": "nothing is evaluated here; log_feedback() writes what an evaluator found",
    "dataset": "data sets are not kept; search_traces() finds the traces for one",
    "server": "that is managed by MLflow's server; here it is the service at the tracking URI",
    "link": "the run of a trace is what it said as it began: start_run(), or run_id= of start_span",
    "library": "calls of that library are not recorded here; its OpenTelemetry instrumentation "
    "records them in the same traces",
}
_LIBRARIES: Final = frozenset(
    {
        *("ag2", "agno", "anthropic", "autogen", "bedrock", "claude_code", "crewai", "dspy"),
        *("gemini", "groq", "haystack", "langchain", "litellm", "llama_index", "mistral"),
        *("otel", "pydantic_ai", "semantic_kernel", "smolagents", "strands", "typesafe"),
    }
)
_WORDS: Final = (
    *(("prompt", "prompt"), ("dataset", "dataset"), ("experiment", "experiment")),
    *(("model", "model"), ("checkpoint", "model"), ("pyfunc", "model")),
    *(("evaluat", "evaluation"), ("genai", "evaluation"), ("issue", "evaluation")),
    *(("scorer", "evaluation"), ("workspace", "server"), ("webhook", "server")),
    *(("mcp", "server"), ("gateway", "server"), ("registry", "server"), ("login", "server")),
    *(("doctor", "server"), ("link", "link"), ("unlink", "link"), ("artifact", "run")),
    *(("metric", "run"), ("param", "run"), ("run", "run"), ("log", "run"), ("table", "run")),
    *(("tag", "run"), ("terminated", "run"), ("logging", "run"), ("image", "run")),
)
"""How words in names of MLflow begin, by what they are about; the first that fits counts."""


def missing(where: str, name: str, of: object) -> AttributeError:
    """The error for a name that is not there; of a slip Python then tells the name that is meant.

    Args:
        where: the package, module or class, as messages call it.
        name: what it was asked for.
        of: itself.
    """
    told = f"{where} has no {name!r}"
    if name.startswith("__"):
        return AttributeError(told, name=name, obj=of)
    words = re.sub("(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_")
    about = "library" if name in _LIBRARIES else None
    for begins, group in _WORDS:
        if about is None and any(word.startswith(begins) for word in words):
            about = group
    if about is not None:
        told = f"{told}: {_REASONS[about]}"
    return AttributeError(told, name=name, obj=of)
