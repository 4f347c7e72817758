-- Members that die after the launch has settled are launched anew, a few times within a window.
alter table instances
  add column repair_since timestamptz,
  add column repairs integer not null default 0 check (repairs >= 0),
  add column repairs_from timestamptz,
  add constraint repairs_are_counted check (repairs = 0 or repairs_from is not null);

update deployments
  set blueprint = jsonb_set(blueprint, '{instances}', (
    select coalesce(jsonb_agg(
      one || '{"repair": {"mode": "never", "tries": 3, "withinMs": 3600000, "cascade": false}}' order by place), '[]')
    from jsonb_array_elements(blueprint -> 'instances') with ordinality as all_of_it (one, place)));
