SELECT
    count() AS "Batches",
    sum(length(RequestHashes)) AS "Requests",
    sum(length(RequestHashes)) / nullIf(count(), 0) AS "Requests per batch",
    (SELECT count() FROM otlp_rejects WHERE $__timeFilter(ReceivedAt)) AS "Refused spans"
FROM otlp_batches
WHERE $__timeFilter(CommittedAt)
