-- The names of all services. Columns: name.
SELECT DISTINCT toValidUTF8(ServiceName) AS service
FROM {database:Identifier}.otel_traces
ORDER BY service
LIMIT {limit:UInt32}
SETTINGS max_execution_time = 30
