-- What a launch costs the database is in what is done for each row of it.
-- Nobody makes a machine between the first look at what was made and the triggers that note it.
lock table machines, placements in access exclusive mode;

-- When machines were made and are gone is noted once for all of a statement: each note by itself counted what is held anew. And when the first
-- of a place was made: what a cloud was asked before that it cannot have counted, and no machine has to be looked at for it.
alter table placements add column first_made_at timestamptz;

update placements p set first_made_at = m.made_at from (
    select deployment, attempt_no, instance, placement_no, min(made_at) as made_at from machines
    where made_at is not null group by deployment, attempt_no, instance, placement_no
  ) m
  where p.released_at is null
    and m.deployment = p.deployment and m.attempt_no = p.attempt and m.instance = p.instance and m.placement_no = p.no;

-- One that was made before another of its place may be found after it.
create or replace function note_made() returns trigger language plpgsql as $$
begin
  update placements p set
    made_at = greatest(p.made_at, new.made_at),
    gone_at = case when p.made_at > new.made_at then p.gone_at else new.closed_at end,
    first_made_at = least(p.first_made_at, new.made_at)
  where p.deployment = new.deployment and p.attempt = new.attempt_no and p.instance = new.instance and p.no = new.placement_no;
  return null;
end $$;

create function note_all_made() returns trigger language plpgsql as $$
begin
  update placements p set
    made_at = greatest(p.made_at, m.last_at),
    gone_at = case when p.made_at > m.last_at then p.gone_at else m.closed_at end,
    first_made_at = least(p.first_made_at, m.first_at)
  from (
    select n.deployment, n.attempt_no, n.instance, n.placement_no, min(n.made_at) as first_at, max(n.made_at) as last_at,
      (array_agg(n.closed_at order by n.made_at desc))[1] as closed_at
    from new_rows n join old_rows o on o.id = n.id
    where n.made_at is not null and (o.made_at is distinct from n.made_at or o.closed_at is distinct from n.closed_at)
    group by n.deployment, n.attempt_no, n.instance, n.placement_no
  ) m
  where p.deployment = m.deployment and p.attempt = m.attempt_no and p.instance = m.instance and p.no = m.placement_no;
  return null;
end $$;

drop trigger machine_made on machines;

create trigger machines_made after update on machines
  referencing old table as old_rows new table as new_rows for each statement execute function note_all_made();

-- Names that came last stand in a short list before they are entered: one by one each wrote its dozen entries anew, with all who share them.
alter index deployment_names_trigrams set (fastupdate = on, gin_pending_list_limit = 512);

-- How long the latest machines of a size took to boot: of those that have, for the latest are those that are still on their way.
create index machines_booted on machines (account, size, made_at desc) where booted_at is not null;

drop index machines_made;

-- What does not change with every move of a deployment stands beside its row, which is written a dozen times until it is up.
alter table deployments set (toast_tuple_target = 256);

-- Nothing is looked for in these by what is in them.
alter table events alter column body set statistics 0;

alter table deployments alter column blueprint set statistics 0, alter column policy set statistics 0;

alter table placements alter column takes set statistics 0;
