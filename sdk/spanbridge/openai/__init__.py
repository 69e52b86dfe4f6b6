"""Records calls of the ``openai`` package: OpenAI's API, and whatever else speaks it.

import spanbridge

spanbridge.openai.autolog()
"""

from __future__ import annotations

__all__ = ["autolog"]


def autolog(
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    log_traces: bool = True,
    disable_openai_agent_tracer: bool = True,
    *,
    request_stream_usage: bool = False,
    propagate_trace_context: bool = False,
) -> None:
    """Record each request to a model that is made with the ``openai`` package from now on.

    Recorded are chat completions, legacy completions, responses, embeddings and images, whichever
    client, helper or compatible server is used; other requests pass untouched. May be called again:
    the last call counts. Versions of the package since 1.40 are known; if the installed one is of
    another kind, that is told in the log and nothing changes.

    The span of a stream ends when the stream has been read, closed or forgotten.

    Args:
        disable: record nothing from now on; requests under way are recorded to their end.
        exclusive: accepted; what a run of the program's own says does not matter to traces.
        disable_for_unsupported_versions: accepted; versions that are not known are left alone.
        silent: do not tell if nothing can be recorded.
        log_traces: False is the same as ``disable``.
        disable_openai_agent_tracer: accepted; what the Agents SDK sends to OpenAI is left alone.
        request_stream_usage: ask for the token usage of streamed completions where the application
            says nothing about it. The chunk that comes with it is not handed on. Some servers know
            no ``stream_options`` and refuse them.
        propagate_trace_context: send ``traceparent`` and the like along with requests. The
            receiver is told the ids of your traces.
    """
    from spanbridge.openai.beginning import Options
    from spanbridge.openai.patching import PATCH

    if disable or not log_traces:
        PATCH.remove()
        return
    options = Options(request_stream_usage, propagate_trace_context)
    PATCH.install(options, silent=silent)
