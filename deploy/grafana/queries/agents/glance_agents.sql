SELECT
    count() AS "Agent runs",
    countIf(StatusCode = 'Error') / nullIf(count(), 0) AS "Failed",
    quantileOrNull(0.5)(Duration) AS "Duration, median",
    quantileOrNull(0.95)(Duration) AS "Duration, p95"
FROM @agents()
