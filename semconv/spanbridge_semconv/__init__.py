"""The semantic-convention bridge: GenAI spans of any dialect, one canonical model.

The rules are data in ``registry/``; :func:`translate` applies them to a span,
:func:`genai_columns` gives them as ClickHouse columns, :func:`trace_totals` finds the model calls
of a trace and sums up their usage.
"""

from spanbridge_semconv.compile.clickhouse import GenAIColumn, genai_columns
from spanbridge_semconv.details import details
from spanbridge_semconv.model import Canonical, SpanView
from spanbridge_semconv.text import attribute_text
from spanbridge_semconv.totals import SpanTotals, TotalsSpan, TraceTotals, trace_totals
from spanbridge_semconv.translate import translate
from spanbridge_semconv.usage import Usage

__all__ = [
    "Canonical",
    "GenAIColumn",
    "SpanTotals",
    "SpanView",
    "TotalsSpan",
    "TraceTotals",
    "Usage",
    "attribute_text",
    "details",
    "genai_columns",
    "trace_totals",
    "translate",
]
