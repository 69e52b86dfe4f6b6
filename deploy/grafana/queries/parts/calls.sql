(
    SELECT *, if(RequestModel = '', ResponseModel, RequestModel) AS Model
    FROM otel_traces_usage(since = $__fromTime, until = $__toTime)
    WHERE @chosen(service, ServiceName)
        AND @chosen(provider, Provider)
        AND @chosen(model, Model)
        AND @of_user()
) AS calls
