-- breaking: whoever does not know this order asks for a member's new machine while its former one holds the place.
-- How an update replaces each member: beside its former machine, as ever, or after it.
update deployments
  set blueprint = jsonb_set(blueprint, '{instances}', (
    select coalesce(jsonb_agg(one || '{"update": {"order": "createFirst"}}' order by place), '[]')
    from jsonb_array_elements(blueprint -> 'instances') with ordinality as all_of_it (one, place)));

update revisions
  set aside = jsonb_set(aside, '{blueprint,instances}', (
    select coalesce(jsonb_agg(one || '{"update": {"order": "createFirst"}}' order by place), '[]')
    from jsonb_array_elements(aside #> '{blueprint,instances}') with ordinality as all_of_it (one, place)))
  where aside is not null;
