-- waves
select wave, form_id, metropolises, closed from gov_wave order by wave;
-- missing
select count(*) as bodies, count(*) filter (where assembly_selection is null) as assembly,
  count(*) filter (where n_municipalities is null) as municipalities,
  count(*) filter (where competences is null) as competences
from governance_body where standing <> 'former';
