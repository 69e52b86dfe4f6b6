-- A tag set later on every twentieth trace of {traces}, and a feedback on every tenth.
INSERT INTO trace_tags (TraceId, Key, Value, Version)
SELECT lower(hex(MD5(toString(number * 20)))), 'reviewed', if(number % 2, 'yes', 'no'), 1
FROM numbers(intDiv({traces:UInt64}, 20));
INSERT INTO trace_assessments
    (TraceId, AssessmentId, Name, Kind, Value, SourceType, CreatedAt, UpdatedAt, Version)
SELECT
    lower(hex(MD5(toString(number * 10)))), concat('a-', lower(hex(MD5(toString(number))))), 'quality',
    'feedback', toString((number % 101) / 100), 'CODE', now64(9), now64(9), 1
FROM numbers(intDiv({traces:UInt64}, 10))
