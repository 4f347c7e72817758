-- breaking: a worker that knows no quotas of users would launch past them.
alter table users
  -- What may be held at most by all that they launched; what is not named is not limited.
  add column quota jsonb not null default '{}';

alter table placements
  -- Name of who launched it, as in its deployment: what a user holds is found by it.
  add column launched_by text collate "C";

update placements p set launched_by = d.created_by from deployments d where d.id = p.deployment and p.released_at is null;

create index placements_held_of_user on placements (launched_by) where released_at is null;

create index groups_of_claim on groups (claim);
