CREATE OR REPLACE VIEW $database.otel_traces_cost AS
SELECT
    spans.Timestamp AS Timestamp,
    spans.TraceId AS TraceId,
    spans.SpanId AS SpanId,
    spans.ServiceName AS ServiceName,
    spans.GenAISpanType AS GenAISpanType,
    spans.GenAIProvider AS GenAIProvider,
    spans.GenAIRequestModel AS GenAIRequestModel,
    spans.GenAIResponseModel AS GenAIResponseModel,
    spans.GenAIInputTokens AS GenAIInputTokens,
    spans.GenAIOutputTokens AS GenAIOutputTokens,
    spans.GenAITotalTokens AS GenAITotalTokens,
    $cost AS CostUsd
FROM $database.otel_traces AS spans
$join
WHERE spans.GenAIInputTokens IS NOT NULL OR spans.GenAIOutputTokens IS NOT NULL
