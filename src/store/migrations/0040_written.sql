-- Which rows of the ledger were written since lists were last compared with it: the transaction that last wrote what a comparison goes by
-- (docs/adr/0032-lists-by-what-changed.md).
alter table machines add column written xid8 not null default '0';

create function note_written() returns trigger language plpgsql as $$
begin
  new.written := pg_current_xact_id();
  return new;
end $$;

create trigger machine_added before insert on machines
  for each row execute function note_written();

create trigger machine_written before update on machines
  for each row when (
    (old.account, old.realm, old.state, old.external_id, old.handle, old.observed, old.private_address, old.public_address,
      old.made_at, old.start_asked_at, old.undo_asked_at, old.missing)
    is distinct from
    (new.account, new.realm, new.state, new.external_id, new.handle, new.observed, new.private_address, new.public_address,
      new.made_at, new.start_asked_at, new.undo_asked_at, new.missing)
  ) execute function note_written();

create index machines_written on machines (account, written);

create index machines_missing on machines (account) where state = 'made' and missing > 0;

-- On their way up: asked for with each poll, and few.
create index machines_moving on machines (account)
  where state in ('in_doubt', 'made') and debt_since is null and undo_asked_at is null and quarantined_until is null
    and (state <> 'made' or start_asked_at is not null or observed not in ('running', 'stopped', 'error'));
