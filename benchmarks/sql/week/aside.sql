-- What is said of traces and of requests: the commit log, what was refused, feedback, expectations, tags.
INSERT INTO otlp_batches (BatchId, Signal, CommittedAt, RequestHashes, RequestRejects)
SELECT
    BatchId, 'traces', max(ReceivedAt) + INTERVAL 1 SECOND,
    arrayMap(i -> lower(hex(MD5(concat(toString(BatchId), toString(i))))), range(1 + BatchId % 7)),
    []
FROM otel_traces
WHERE ReceivedAt > now() - INTERVAL 47 HOUR
GROUP BY BatchId;
INSERT INTO otlp_rejects (ReceivedAt, BatchId, ResourceIndex, Signal, Reason, TraceId, SpanId, SpanName, Timestamp, ServiceName, ScopeName)
SELECT
    ReceivedAt, BatchId, 1, 'traces', ['trace_id_zero', 'span_id_zero', 'trace_id_length'][1 + sipHash64(SpanId) % 3],
    '', SpanId, SpanName, Timestamp, ServiceName, ScopeName
FROM otel_traces
WHERE ParentSpanId = '' AND sipHash64(TraceId) % 400 = 0;
INSERT INTO trace_assessments
    (TraceId, AssessmentId, SpanId, Name, Kind, Value, SourceType, SourceId, Rationale, CreatedAt, UpdatedAt, Version)
SELECT
    TraceId, concat('a-', lower(hex(MD5(TraceId)))), '', judged.1, judged.2, judged.3, judged.4, judged.5, judged.6, Timestamp, Timestamp, 1
FROM
(
    SELECT
        TraceId, fromUnixTimestamp64Nano(toUnixTimestamp64Nano(Timestamp) + toInt64(600000000000)) AS Timestamp, sipHash64(TraceId, 1) AS h,
        [
            ('helpful', 'feedback', if(h % 5 = 0, 'false', 'true'), 'HUMAN', concat('user-', toString(h % 500)), ''),
            ('correctness', 'feedback', toString(round(sqrt((h % 1000) / 1000), 2)), 'LLM_JUDGE', 'gpt-4o-mini', 'The answer follows from the documents.'),
            ('tone', 'feedback', ['"friendly"', '"neutral"', '"rude"'][1 + h % 3], 'CODE', 'tone-check', ''),
            ('expected_answer', 'expectation', '"42"', 'HUMAN', 'reviewer-1', '')
        ][1 + intDiv(h, 7) % 4] AS judged
    FROM otel_traces
    WHERE ParentSpanId = '' AND sipHash64(TraceId, 2) % 12 = 0 AND ServiceName != 'shop'
);
INSERT INTO trace_tags (TraceId, Key, Value, Version)
SELECT TraceId, 'reviewed', if(sipHash64(TraceId) % 3 = 0, 'no', 'yes'), 1
FROM otel_traces
WHERE ParentSpanId = '' AND sipHash64(TraceId, 3) % 30 = 0
