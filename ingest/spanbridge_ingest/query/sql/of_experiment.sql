-- Those of some traces that are of one experiment. Columns: trace id.
SELECT DISTINCT TraceId
FROM {database:Identifier}.otel_traces
WHERE TraceId IN {trace_ids:Array(String)}
    AND (trim(BOTH '"' FROM TraceAttributes['mlflow.experimentId']) = {experiment:String}
        OR RequestAttributes['mlflow.experimentId'] = {experiment:String})
