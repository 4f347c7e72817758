-- How long what belongs to ended deployments is kept, in days; null: for ever.
alter table pools
  add column steps_days integer default 90 check (steps_days > 0),
  add column consoles_days integer default 30 check (consoles_days > 0),
  add column ledger_days integer check (ledger_days > 0);

-- What is gone: the steps before this number, the consoles of its machines, its attempts and machines.
alter table deployments
  add column steps_from integer not null default 1,
  add column consoles_gone_at timestamptz,
  add column ledger_gone_at timestamptz,
  -- What is gone by then goes a little at a time.
  add column ledger_empty boolean not null default false;

-- Each finds what is over long enough and not gone yet, by pool, from the oldest on (src/store/pruning.ts).
create index deployments_steps on deployments (pool, (coalesce(deleted_at, ended_at)))
  where ended_at is not null and steps_from <= event_no;

create index deployments_consoles on deployments (pool, (coalesce(deleted_at, ended_at)))
  where ended_at is not null and consoles_gone_at is null;

create index deployments_ledger on deployments (pool, deleted_at)
  where deleted_at is not null and not ledger_empty;

create index deployments_secrets on deployments (deleted_at)
  where deleted_at is not null and secrets is not null;
