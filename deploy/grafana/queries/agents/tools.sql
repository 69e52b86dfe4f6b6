SELECT
    Tool AS "Tool",
    count() AS "Calls",
    uniqExact(TraceId) AS "Traces",
    count() / uniqExact(TraceId) AS "Calls per trace",
    countIf(StatusCode = 'Error') AS "Failed calls",
    countIf(StatusCode = 'Error') / count() AS "Failed",
    quantile(0.5)(Duration) AS "Duration, median",
    quantile(0.95)(Duration) AS "Duration, p95",
    sum(Duration) AS "Duration, all calls"
FROM @tools()
GROUP BY Tool
ORDER BY "Calls" DESC
LIMIT 200
