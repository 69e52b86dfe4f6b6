-- The names of the spans of one service, or of all, and their kinds. Columns: name, kind.
SELECT DISTINCT
    toValidUTF8(SpanName) AS name,
    SpanKind AS kind
FROM {database:Identifier}.otel_traces
WHERE ($condition)
ORDER BY
    name,
    kind
LIMIT {limit:UInt32}
SETTINGS max_execution_time = 30
