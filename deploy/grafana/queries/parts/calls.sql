(
    SELECT *, if(RequestModel = '', ResponseModel, RequestModel) AS Model
    FROM otel_trace_calls
    WHERE $__timeFilter(Timestamp)
        AND @chosen(service, ServiceName)
        AND @chosen(provider, Provider)
        AND @chosen(model, if(RequestModel = '', ResponseModel, RequestModel))
        AND @chosen(user, TraceUserId)
) AS calls
