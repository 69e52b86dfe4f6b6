-- Trace ids that begin with a text; one more than are shown tells that there are more.
SELECT DISTINCT TraceId
FROM {database:Identifier}.otel_traces_trace_id_ts
WHERE startsWith(TraceId, {prefix:String})
ORDER BY TraceId
LIMIT {count:UInt32}
