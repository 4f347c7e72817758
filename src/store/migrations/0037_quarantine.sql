-- breaking: a worker that knows no quarantine would undo at once what is kept, and keep no machine after that.
-- The machine that an attempt failed for may be kept alone for a while, and counts for all limits as long.
alter table machines
  add column quarantined_until timestamptz;

-- For how long at the most; null: as long as the launch says.
alter table pools add column max_quarantine_ms double precision check (max_quarantine_ms > 0);

update deployments
  set policy = jsonb_set(policy, '{quarantineMs}', 'null'),
    blueprint = jsonb_set(blueprint, '{policy,quarantineMs}', 'null');

update revisions
  set aside = jsonb_set(aside, '{blueprint,policy,quarantineMs}', 'null')
  where aside is not null;
