-- At least the {count} newest traces, or all, that the index table knows between two seconds. It has
-- whole seconds, so all traces of the last second are taken. Columns: trace id.
SELECT TraceId
FROM {database:Identifier}.otel_traces_trace_id_ts
WHERE Start >= toDateTime({since:UInt32})
    AND Start <= toDateTime({until:UInt32})
GROUP BY TraceId
ORDER BY min(Start) DESC
LIMIT {count:UInt32} WITH TIES
