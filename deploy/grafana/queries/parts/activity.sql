-- Columns of a table of who was there: when, how often, for how much, and the last trace.
min(Timestamp) AS "First",
max(Timestamp) AS "Last",
uniqExact(TraceId) AS "Traces",
countIf(ModelCall) AS "Calls",
countIf(ModelCall AND StatusCode = 'Error') AS "Failed calls",
sum(TotalTokens) AS "Tokens",
sum(CostUsd) AS "Cost",
argMax(TraceId, Timestamp) AS trace_id
