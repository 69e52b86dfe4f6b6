SELECT
    toString(Name) AS "Name",
    toString(Kind) AS "Kind",
    concat(toString(SourceType), if(SourceId = '' OR SourceType = 'HUMAN', '', concat(' ', SourceId))) AS "Source",
    count() AS "Assessments",
    uniqExact(TraceId) AS "Traces",
    avg(Score) AS "Mean",
    minOrNull(Score) AS "Least",
    maxOrNull(Score) AS "Greatest",
    countIf(ErrorCode != '') AS "Errors",
    max(Timestamp) AS "Last"
FROM @assessments()
GROUP BY Name, Kind, "Source"
ORDER BY "Assessments" DESC
LIMIT 200
