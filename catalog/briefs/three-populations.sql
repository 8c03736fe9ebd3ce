-- figures
select scale, system, vintage, period, value from latest
where metro_id = 'es-barcelona' and indicator_id = 'population' and sex = '_T' and age = '_T'
order by value, system, vintage;
