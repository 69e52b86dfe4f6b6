SELECT
    traces.Session AS "Session",
    any(traces.User) AS "User",
    min(traces.Began) AS "First",
    max(traces.Began) AS "Last",
    count() AS "Traces",
    sum(spent.Calls) AS "Calls",
    sum(spent.Failures) AS "Failed calls",
    sum(spent.Tokens) AS "Tokens",
    sum(spent.Cost) AS "Cost",
    argMax(traces.TraceId, traces.Began) AS trace_id
FROM @traces()
LEFT JOIN @spent() ON spent.TraceId = traces.TraceId
WHERE traces.Session != '' AND @chosen(user, traces.User)
GROUP BY traces.Session
ORDER BY "Last" DESC
LIMIT 500
