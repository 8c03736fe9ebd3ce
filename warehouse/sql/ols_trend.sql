CREATE MACRO ols_trend(first_year, last_year) AS TABLE
SELECT
    metro_id, unit_id, indicator_id, scale, system, vintage, sex, age, unit, source_id, dataset,
    count(*) AS points,
    regr_slope(value, year(period_start)) AS slope, regr_r2(value, year(period_start)) AS r2
FROM observation
WHERE recorded_to IS NULL AND obs_status <> 'F' AND freq = 'A' AND value IS NOT NULL
    AND period_start BETWEEN make_date(first_year, 1, 1) AND make_date(last_year, 12, 31)
GROUP BY ALL
HAVING count(*) >= 3
