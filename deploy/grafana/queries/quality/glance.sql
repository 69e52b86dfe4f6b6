SELECT
    countIf(Kind = 'feedback') AS "Feedback",
    uniqExactIf(TraceId, Kind = 'feedback') AS "Traces judged",
    countIf(ValueBool AND Kind = 'feedback') / nullIf(countIf(ValueBool IS NOT NULL AND Kind = 'feedback'), 0) AS "Said yes",
    countIf(SourceType = 'HUMAN' AND Kind = 'feedback') AS "By people",
    countIf(Kind = 'expectation') AS "Expectations",
    countIf(ErrorCode != '') AS "Judges failed"
FROM @assessments()
