CREATE MACRO {name}({parameters}) AS TABLE
WITH figure AS (
    SELECT
        c.*, o.period, o.value, year(o.period_start) AS year, o.metro_id AS of_metro,
        concat_ws('|', c.system, c.vintage, c.unit_id, c.sex, c.age, c.unit, c.source_id, c.dataset,
            c.series_key) AS series
    FROM observation AS o
    JOIN comparability_class AS c
        ON o.indicator_id = c.indicator_id AND o.unit_id = c.unit_id AND o.system = c.system
        AND o.vintage = c.vintage AND o.sex = c.sex AND o.age = c.age AND o.unit = c.unit
        AND o.source_id = c.source_id AND o.dataset = c.dataset AND o.series_key = c.series_key
        AND o.period_start BETWEEN c.first_start AND c.last_start
    WHERE o.indicator_id = an_indicator AND o.metro_id IN ({metro_a}, {metro_b})
        AND o.recorded_to IS NULL AND o.value IS NOT NULL
        AND o.obs_status <> 'F' AND o.sex = '_T' AND o.age = '_T'
),
-- Of each series the figure nearest to the year asked for; of two as near, the newer.
a_figure AS (
    SELECT *, CAST(left({period_a}, 4) AS INTEGER) AS asked
    FROM figure
    WHERE of_metro = {metro_a}
    QUALIFY row_number() OVER (
        PARTITION BY series
        ORDER BY abs(year - CAST(left({period_a}, 4) AS INTEGER)), year DESC, period
    ) = 1
),
b_figure AS (
    SELECT *, CAST(left({period_b}, 4) AS INTEGER) AS asked
    FROM figure
    WHERE of_metro = {metro_b}
    QUALIFY row_number() OVER (
        PARTITION BY series
        ORDER BY abs(year - CAST(left({period_b}, 4) AS INTEGER)), year DESC, period
    ) = 1
),
pair AS (
    SELECT
        {reasons} AS reasons, {no} AS grave,
        a.scale AS scale_a, b.scale AS scale_b, a.unit_id AS unit_a, b.unit_id AS unit_b,
        a.period AS period_a, b.period AS period_b, a.value AS value_a, b.value AS value_b,
        a.unit AS measure_a, b.unit AS measure_b, a.dataset AS dataset_a, b.dataset AS dataset_b
    FROM (SELECT 1) AS nothing LEFT JOIN a_figure AS a ON true LEFT JOIN b_figure AS b ON true
)
SELECT
    CASE WHEN grave <> '' THEN 'no' WHEN reasons <> '' THEN 'with care' ELSE 'yes' END AS verdict,
    * EXCLUDE (grave)
FROM pair
ORDER BY
    CASE WHEN grave <> '' THEN 2 WHEN reasons <> '' THEN 1 ELSE 0 END, length(reasons),
    scale_a, unit_a, measure_a, dataset_a, period_a, scale_b, unit_b, measure_b, dataset_b, period_b
