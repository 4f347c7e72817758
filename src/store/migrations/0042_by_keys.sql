-- The letters of a name. Written in SQL, such a function is read and planned anew by each statement that has a name to enter, which was a tenth of
-- what launches cost a database. What it gives is the same, but for letters that come twice: indexes of them stay as they are.
create or replace function trigrams(name text) returns text[] language plpgsql immutable strict parallel safe as $$
declare
  low constant text := lower(name);
  parts text[] := '{}';
begin
  for n in 1 .. length(name) - 2 loop
    parts := parts || substr(low, n, 3);
  end loop;
  return parts;
end $$;

-- By their keys: the deployments of these events, and not all that there are.
create or replace function fill_lanes() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from webhooks) then return null; end if;
  insert into webhook_lanes (deployment, webhook, next_no, due_at)
  select f.deployment, w.name, min(f.no), max(f.at)
  from fresh f cross join lateral (select pool from deployments where id = f.deployment offset 0) d
    join webhooks w on (w.pool is null or w.pool = d.pool) and (w.kinds is null or w.kinds @> (f.body->'kind'))
  group by f.deployment, w.name order by f.deployment, w.name
  on conflict (deployment, webhook) do update set due_at = excluded.due_at where false;
  return null;
end $$;

-- What a statement has changed has no index to be joined by: with thousands of machines each would be held against each.
create or replace function note_all_made() returns trigger language plpgsql as $$
begin
  update placements p set
    made_at = greatest(p.made_at, m.last_at),
    gone_at = case when p.made_at > m.last_at then p.gone_at else m.closed_at end,
    first_made_at = least(p.first_made_at, m.first_at)
  from (
    select n.deployment, n.attempt_no, n.instance, n.placement_no, min(n.made_at) as first_at, max(n.made_at) as last_at,
      (array_agg(n.closed_at order by n.made_at desc))[1] as closed_at
    from (
      select deployment, attempt_no, instance, placement_no,
        max(made_at) filter (where is_new) as made_at, max(closed_at) filter (where is_new) as closed_at
      from (
        select id, deployment, attempt_no, instance, placement_no, made_at, closed_at, true as is_new from new_rows
        union all
        select id, deployment, attempt_no, instance, placement_no, made_at, closed_at, false from old_rows
      ) both_rows
      group by id, deployment, attempt_no, instance, placement_no
      having max(made_at) filter (where is_new) is not null and (
        max(made_at) filter (where is_new) is distinct from max(made_at) filter (where not is_new)
        or max(closed_at) filter (where is_new) is distinct from max(closed_at) filter (where not is_new)
      )
    ) n
    group by n.deployment, n.attempt_no, n.instance, n.placement_no
  ) m
  where p.deployment = m.deployment and p.attempt = m.attempt_no and p.instance = m.instance and p.no = m.placement_no;
  return null;
end $$;
