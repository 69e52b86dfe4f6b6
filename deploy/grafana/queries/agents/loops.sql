SELECT
    count() AS "Calls",
    Tool AS "Tool",
    TraceId AS trace_id,
    min(Timestamp) AS "Time",
    toString(any(ServiceName)) AS "Service",
    toString(any(Agent)) AS "Agent",
    countIf(StatusCode = 'Error') AS "Failed calls",
    sum(Duration) AS "Duration, all calls"
FROM @tools()
GROUP BY TraceId, Tool
HAVING "Calls" >= greatest(2, toUInt64OrZero(@text(repeats)))
ORDER BY "Calls" DESC, "Time" DESC
LIMIT 100
