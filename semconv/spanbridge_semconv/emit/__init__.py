"""Out-translation: a span in any dialect, said in OpenTelemetry GenAI, OpenInference or MLflow.

What the bridge understood is restated in the target dialect; everything else stays as it was, scope
and resource included. A translated span carries the attribute ``spanbridge.source.dialect``.
Translating again, or translating what is in the target dialect already, changes nothing.

Usage is stated on the spans whose usage counts, and only once per span, because backends add up the
usage of all spans they get. What must not be added up moves below ``spanbridge.kept.``.
"""

from spanbridge_semconv.emit.batch import IdentifiedSpan, emit_all, judge
from spanbridge_semconv.emit.memory import UsageMemory
from spanbridge_semconv.emit.model import KEPT, SOURCE_DIALECT, Emitted, SpanContent
from spanbridge_semconv.emit.targets import TARGETS, emit

__all__ = [
    "KEPT",
    "SOURCE_DIALECT",
    "TARGETS",
    "Emitted",
    "IdentifiedSpan",
    "SpanContent",
    "UsageMemory",
    "emit",
    "emit_all",
    "judge",
]
