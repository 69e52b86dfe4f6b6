SELECT toString(ServiceName) AS service, ifNull(sum(CostUsd), 0) AS usd
FROM otel_traces_usage(since = $__fromTime, until = $__toTime)
WHERE UsageCounted
GROUP BY ServiceName
