-- What a list of traces says of some traces, copies of spans counted once. Columns: trace id,
-- service and name of the earliest span without a parent, first start and last end in ns, spans,
-- spans with an error, spans whose parent is not there, (service, spans, spans with an error).
WITH
    (
        SELECT (toDateTime64(min(Start), 9), toDateTime64(max(End), 9))
        FROM {database:Identifier}.otel_traces_trace_id_ts
        WHERE TraceId IN {trace_ids:Array(String)}
    ) AS seconds,
    spans AS
    (
        SELECT
            TraceId,
            SpanId,
            ParentSpanId,
            toUnixTimestamp64Nano(Timestamp) AS began,
            began + least(Duration, 9000000000000000000 - began) AS ended,
            toValidUTF8(SpanName) AS name,
            toValidUTF8(ServiceName) AS service,
            StatusCode = 'Error' AS failed
        FROM {database:Identifier}.otel_traces
        WHERE TraceId IN {trace_ids:Array(String)}
            AND Timestamp >= seconds.1
            -- The index table has no seconds after 2106-02-07: what stands there may be later.
            AND (Timestamp < seconds.2 + 1
                OR seconds.2 >= toDateTime64('2106-02-07 00:00:00', 9, 'UTC'))
        ORDER BY
            TraceId,
            SpanId,
            Duration DESC,
            Timestamp
        LIMIT 1 BY TraceId, SpanId
    )
SELECT
    TraceId,
    argMinIf(service, (began, SpanId), ParentSpanId = ''),
    argMinIf(name, (began, SpanId), ParentSpanId = ''),
    min(began),
    max(ended),
    count(),
    countIf(failed),
    countIf(ParentSpanId != ''
        AND (TraceId, ParentSpanId) NOT IN (SELECT TraceId, SpanId FROM spans)),
    -- Sums of maps leave zeros out; a map answers 0 for what it does not have.
    arraySort(arrayMap(
        name -> (name, sumMap(map(service, toUInt64(1)))[name], sumMap(map(service, toUInt64(failed)))[name]),
        mapKeys(sumMap(map(service, toUInt64(1))))))
FROM spans
GROUP BY TraceId
SETTINGS max_execution_time = 30
