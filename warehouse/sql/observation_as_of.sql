CREATE MACRO observation_as_of(moment) AS TABLE
SELECT *
FROM observation
WHERE recorded_from <= CAST(moment AS TIMESTAMP)
    AND (recorded_to IS NULL OR recorded_to > CAST(moment AS TIMESTAMP))
