SELECT
    multiIf(Traces = 1, '1', Traces = 2, '2', Traces <= 5, '3 to 5', Traces <= 10, '6 to 10', Traces <= 20, '11 to 20', 'over 20') AS "Traces in a session",
    count() AS "Sessions"
FROM
(
    SELECT TraceSessionId, uniqExact(TraceId) AS Traces
    FROM @calls()
    WHERE TraceSessionId != ''
    GROUP BY TraceSessionId
)
GROUP BY "Traces in a session"
ORDER BY min(Traces)
