SELECT
    toString(Name) AS "Name",
    ValueText AS "Value",
    count() AS "Assessments"
FROM @assessments()
WHERE ValueNumber IS NULL AND ErrorCode = '' AND Kind = 'feedback'
GROUP BY Name, "Value"
ORDER BY "Name", "Assessments" DESC
LIMIT 10 BY "Name"
LIMIT 200
