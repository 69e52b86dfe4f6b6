SELECT
    countIf(Kind = 'feedback') AS "Feedback",
    uniqExact(TraceId) AS "Traces judged",
    countIf(ValueBool) / nullIf(countIf(ValueBool IS NOT NULL), 0) AS "Said yes",
    countIf(SourceType = 'HUMAN' AND Kind = 'feedback') AS "By people",
    countIf(Kind = 'expectation') AS "Expectations",
    countIf(ErrorCode != '') AS "Judges failed"
FROM @assessments()
