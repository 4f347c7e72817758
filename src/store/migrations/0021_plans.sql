-- What was planned is kept for a while, so that exactly that can be carried out later. No foreign keys: a plan outlives what it is about, and
-- archives fill tables in any order. `secrets` is sealed; `request` and `shown` hold none.
create table plans (
  id text collate "C" primary key,
  kind text not null constraint plans_kind_check check (kind in ('launch', 'update')),
  pool text collate "C" not null,
  target text collate "C",
  created_by text collate "C" not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  request jsonb not null,
  secrets text,
  seed integer not null,
  basis text not null,
  shown jsonb not null,
  applied_at timestamptz,
  deployment text collate "C",
  constraint applied_plan_has_a_deployment check ((applied_at is null) = (deployment is null))
);

create index plans_over on plans (expires_at);

create index plans_of_maker on plans (created_by, created_at, id) where applied_at is null;
