-- As delete_candidates.sql, of traces of one experiment. Columns: trace id.
SELECT TraceId
FROM {database:Identifier}.otel_traces_trace_id_ts
WHERE TraceId IN
(
    SELECT TraceId
    FROM {database:Identifier}.otel_traces
    WHERE trim(BOTH '"' FROM TraceAttributes['mlflow.experimentId']) = {experiment:String}
        OR RequestAttributes['mlflow.experimentId'] = {experiment:String}
)
GROUP BY TraceId
HAVING min(Start) <= toDateTime({until:UInt32})
ORDER BY min(Start)
LIMIT {count:UInt32} WITH TIES
