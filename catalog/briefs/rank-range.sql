-- range
select m.name, coalesce(m.name_ca, m.name) as name_ca, coalesce(m.name_es, m.name) as name_es,
  coalesce(m.name_fr, m.name) as name_fr, r.index_id, r.rank_low, r.rank_median, r.rank_high, r.of, r.draws, 100 * r.level as level
from index_rank_range r join metro m using (metro_id) where r.metro_id = 'es-barcelona'
order by r.index_id, r.system, r.unit_id limit 1;
-- spread
select index_id, median(rank_high - rank_low)::double as places, max("of") as of_all
from index_rank_range group by index_id order by index_id;
