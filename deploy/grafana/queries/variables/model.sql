SELECT if(RequestModel = '', ResponseModel, RequestModel) AS Model
FROM otel_trace_calls
WHERE $__timeFilter(Timestamp) AND Model != ''
GROUP BY Model
ORDER BY count() DESC, Model
LIMIT 500
