SELECT toString(ServiceName) AS service, ifNull(sum(CostUsd), 0) AS usd
FROM otel_trace_calls
WHERE $__timeFilter(Timestamp) AND UsageCounted
GROUP BY ServiceName
