SELECT count() AS spans
FROM otel_traces
WHERE $__timeFilter(ReceivedAt)
