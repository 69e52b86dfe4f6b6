SELECT
    tagged.Value AS "Value of the tag",
    uniqExact(calls.TraceId) AS "Traces",
    @spending()
FROM @calls()
INNER JOIN @tags() ON tagged.TraceId = calls.TraceId
GROUP BY tagged.Value
ORDER BY "Cost" DESC NULLS LAST, "Input tokens" DESC
LIMIT 200
