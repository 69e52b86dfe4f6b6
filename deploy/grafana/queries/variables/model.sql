SELECT if(GenAIRequestModel = '', GenAIResponseModel, GenAIRequestModel) AS Model
FROM otel_traces
WHERE $__timeFilter(Timestamp) AND Model != ''
GROUP BY Model
ORDER BY count() DESC, Model
LIMIT 500
