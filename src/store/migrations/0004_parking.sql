-- A deployment that nothing can be decided for is tried again: since when, how often, and why in words for people.

alter table deployments drop constraint wakes;

alter table deployments drop column parked_error;

alter table deployments
  add column parked_since timestamptz,
  add column parked_tries integer not null default 0 check (parked_tries >= 0),
  add column parked_text text,
  add constraint parking check (
    (parked_since is null) = (parked_text is null) and (parked_since is null) = (parked_tries = 0)
  ),
  -- Nothing under way may be forgotten, and nothing that is put off: only what is final or settled has no wake-up.
  add constraint wakes check (wake_at is not null
    or (parked_since is null and state in ('running', 'incomplete', 'stopped', 'failed', 'rollback_failed')));

create index deployments_parked on deployments (id) where parked_since is not null;
