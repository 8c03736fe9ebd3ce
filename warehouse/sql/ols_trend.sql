-- By covariance and variances, kept once each: regr_slope with regr_r2 keeps the same ones twice over.
-- The join with one row keeps the grouping whole: DuckDB 2.0 cuts a large one into slices of an ENUM,
-- and reads the whole table for each (three times as long at a hundred million figures).
CREATE MACRO ols_trend(first_year, last_year) AS TABLE
SELECT
    metro_id, unit_id, indicator_id, scale, system, vintage, sex, age, unit, source_id, dataset,
    points, together / nullif(of_years, 0) AS slope,
    CASE
        WHEN of_years = 0 THEN NULL
        WHEN of_values = 0 THEN 1
        ELSE together * together / (of_years * of_values)
    END AS r2
FROM (
    SELECT
        metro_id, unit_id, indicator_id, scale, system, vintage, sex, age, unit, source_id, dataset,
        count(*) AS points, covar_pop(value, year(period_start)) AS together,
        var_pop(year(period_start)) AS of_years, var_pop(value) AS of_values
    FROM observation, (SELECT 1) AS whole
    WHERE recorded_to IS NULL AND obs_status <> 'F' AND freq = 'A' AND value IS NOT NULL
        AND period_start BETWEEN make_date(first_year, 1, 1) AND make_date(last_year, 12, 31)
    GROUP BY ALL
    HAVING count(*) >= 3
)
