SELECT $__timeInterval(ReceivedAt) AS time, toString(Reason) AS label, count() AS spans
FROM otlp_rejects
WHERE $__timeFilter(ReceivedAt)
GROUP BY time, label
ORDER BY time, label
