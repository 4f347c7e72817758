-- What a launch costs the database is in what is done for each row of it.
-- When machines were made and are gone is noted once for all of a statement: each note by itself counted what is held anew.
create function note_all_made() returns trigger language plpgsql as $$
begin
  update placements p set made_at = n.made_at, gone_at = n.closed_at
  from new_rows n join old_rows o on o.id = n.id
  where n.made_at is not null and (o.made_at is distinct from n.made_at or o.closed_at is distinct from n.closed_at)
    and p.deployment = n.deployment and p.attempt = n.attempt_no and p.instance = n.instance and p.no = n.placement_no
    and (p.made_at is null or p.made_at <= n.made_at);
  return null;
end $$;

drop trigger machine_made on machines;

create trigger machines_made after update on machines
  referencing old table as old_rows new table as new_rows for each statement execute function note_all_made();

-- Names that came last stand in a short list before they are entered: one by one each wrote its dozen entries anew, with all who share them.
alter index deployment_names_trigrams set (fastupdate = on, gin_pending_list_limit = 64);
