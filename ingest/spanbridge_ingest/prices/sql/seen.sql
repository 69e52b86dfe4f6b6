-- The models that spans with token counts name, as far as they were received since a second.
-- Columns: book.Called.
SELECT DISTINCT
    toValidUTF8(GenAIProvider),
    toValidUTF8(GenAIRequestModel),
    toValidUTF8(GenAIResponseModel)
FROM {database:Identifier}.otel_traces
WHERE ReceivedAt >= toDateTime64({since:UInt32}, 3)
    AND GenAIInputTokens IS NOT NULL
    AND (GenAIRequestModel != '' OR GenAIResponseModel != '')
LIMIT {limit:UInt32}
