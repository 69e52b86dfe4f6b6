(
    SELECT
        TraceId,
        countIf(ModelCall) AS Calls,
        countIf(ModelCall AND StatusCode = 'Error') AS Failures,
        sum(TotalTokens) AS Tokens,
        sum(CostUsd) AS Cost
    FROM @calls()
    GROUP BY TraceId
) AS spent
