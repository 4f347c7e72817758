-- Members that are up may have a check of their own: failed so often in a row, they count as dead though their cloud shows them running.
alter table instances
  add column missed integer not null default 0 check (missed >= 0),
  add column dead_since timestamptz;

update deployments
  set blueprint = jsonb_set(blueprint, '{instances}', (
    select coalesce(jsonb_agg(one || '{"live": null}' order by place), '[]')
    from jsonb_array_elements(blueprint -> 'instances') with ordinality as all_of_it (one, place)));
