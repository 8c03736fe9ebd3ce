-- counts
select count(distinct metro_id) as metropolises, count(*) filter (where standing <> 'former') as bodies,
  count(*) filter (where standing <> 'former' and assembly_selection = 'direct') as elected
from governance_body;
-- governed
select count(*) as bodies, median(share_of_fua) as half,
  count(*) filter (where share_of_fua < 60) as less, count(*) filter (where share_of_fua >= 90) as nearly_all
from authority_territory where share_of_fua is not null;
-- examples
select b.name, a.municipalities_found as municipalities, a.population, a.share_of_fua
from authority_territory a join governance_body b using (body_id)
where a.body_id in ('es-barcelona-amb', 'fr-paris-metropole', 'gb-manchester-gmca', 'de-stuttgart-vrs',
  'de-ruhr-rvr', 'pt-lisbon-aml') and a.share_of_fua is not null order by a.population desc;
