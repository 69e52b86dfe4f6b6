SELECT
    count() AS "Tool calls",
    countIf(StatusCode = 'Error') / nullIf(count(), 0) AS "Failed",
    quantileOrNull(0.95)(Duration) AS "Duration, p95",
    uniqExact(Tool) AS "Tools"
FROM @tools()
