SELECT Key AS "Tag", argMax(Value, Order) AS "Value"
FROM
(
    SELECT substring(said.1, 17) AS Key, said.2 AS Value, (0, -toUnixTimestamp64Nano(Timestamp)) AS Order, false AS Deleted
    FROM otel_traces
    ARRAY JOIN arrayZip(mapKeys(TraceAttributes), mapValues(TraceAttributes)) AS said
    WHERE @in_trace() AND startsWith(said.1, 'mlflow.traceTag.')
    UNION ALL
    SELECT Key, Value, (1, toInt64(0)) AS Order, Deleted
    FROM trace_tags FINAL
    WHERE TraceId = @trace()
)
GROUP BY Key
HAVING NOT argMax(Deleted, Order)
ORDER BY Key
