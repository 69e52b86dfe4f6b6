-- At least the {count} oldest traces, or all, that began in a second or before, as the index table
-- knows it; it has whole seconds, so all traces of the last second are taken. Columns: trace id.
SELECT TraceId
FROM {database:Identifier}.otel_traces_trace_id_ts
GROUP BY TraceId
HAVING min(Start) <= toDateTime({until:UInt32})
ORDER BY min(Start)
LIMIT {count:UInt32} WITH TIES
