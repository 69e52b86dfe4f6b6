SELECT
    Agent AS "Agent",
    toString(ServiceName) AS "Service",
    count() AS "Runs",
    countIf(StatusCode = 'Error') AS "Failed runs",
    countIf(StatusCode = 'Error') / count() AS "Failed",
    quantile(0.5)(Duration) AS "Duration, median",
    quantile(0.95)(Duration) AS "Duration, p95",
    argMax(TraceId, Duration) AS trace_id
FROM @agents()
GROUP BY Agent, ServiceName
ORDER BY "Runs" DESC
LIMIT 200
