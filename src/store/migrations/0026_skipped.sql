-- A person may give a machine up as debt, so that a rollback that got stuck on it goes on.
alter table machines
  add column skipped_at timestamptz;
