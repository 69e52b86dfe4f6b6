SELECT
    uniqExactIf(traces.Session, traces.Session != '') AS "Sessions",
    uniqExactIf(traces.User, traces.User != '') AS "Users",
    count() AS "Traces",
    countIf(traces.Session != '') / nullIf("Sessions", 0) AS "Traces per session",
    sum(spent.Tokens) / nullIf("Sessions", 0) AS "Tokens per session",
    sum(spent.Cost) / nullIf("Sessions", 0) AS "Cost per session",
    sum(spent.Cost) / nullIf("Users", 0) AS "Cost per user"
FROM @traces()
LEFT JOIN @spent() ON spent.TraceId = traces.TraceId
WHERE @chosen(user, traces.User)
