-- A machine may have to stay until a person says that it may go.
update deployments
  set blueprint = jsonb_set(blueprint, '{instances}', (
    select coalesce(jsonb_agg(one || '{"protect": false}' order by place), '[]')
    from jsonb_array_elements(blueprint -> 'instances') with ordinality as all_of_it (one, place)));
