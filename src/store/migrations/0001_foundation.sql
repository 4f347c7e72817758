-- Everything that must happen is a row with a due time (docs/architecture.md). Statements are parted by an empty line.
-- Keys have the C collation: locks are taken in their order, which must not depend on where the database was made.

create table schema_history (
  name text collate "C" primary key,
  -- A program that does not know a breaking migration must not work on this schema.
  breaking boolean not null,
  -- Of its text: one that was changed after this database had it is refused.
  checksum text not null,
  migrated_at timestamptz not null default now()
);

-- The legal transitions, as in src/core/states.ts; a test compares them. '' is birth.
create table arcs (
  kind text not null check (kind in ('deployment', 'instance', 'machine')),
  from_state text not null,
  to_state text not null,
  primary key (kind, from_state, to_state)
);

insert into arcs (kind, from_state, to_state) values
  ('deployment', '', 'new'),
  ('deployment', 'new', 'pending'),
  ('deployment', 'pending', 'running'),
  ('deployment', 'pending', 'incomplete'),
  ('deployment', 'pending', 'rollback_in_progress'),
  ('deployment', 'pending', 'failed'),
  ('deployment', 'running', 'incomplete'),
  ('deployment', 'running', 'shutting_down'),
  ('deployment', 'running', 'stopped'),
  ('deployment', 'incomplete', 'running'),
  ('deployment', 'incomplete', 'shutting_down'),
  ('deployment', 'incomplete', 'stopped'),
  ('deployment', 'rollback_in_progress', 'rollback_complete'),
  ('deployment', 'rollback_in_progress', 'rollback_failed'),
  ('deployment', 'rollback_complete', 'pending'),
  ('deployment', 'rollback_complete', 'failed'),
  ('deployment', 'rollback_failed', 'rollback_in_progress'),
  ('deployment', 'rollback_failed', 'pending'),
  ('deployment', 'shutting_down', 'stopped'),
  ('instance', '', 'new'),
  ('instance', 'new', 'pending'),
  ('instance', 'pending', 'running'),
  ('instance', 'pending', 'stopped'),
  ('instance', 'pending', 'error'),
  ('instance', 'pending', 'create_failed'),
  ('instance', 'pending', 'vanished'),
  ('instance', 'pending', 'shutting_down'),
  ('instance', 'stopped', 'running'),
  ('instance', 'stopped', 'error'),
  ('instance', 'stopped', 'vanished'),
  ('instance', 'stopped', 'shutting_down'),
  ('instance', 'stopped', 'new'),
  ('instance', 'running', 'stopped'),
  ('instance', 'running', 'error'),
  ('instance', 'running', 'vanished'),
  ('instance', 'running', 'shutting_down'),
  ('instance', 'shutting_down', 'stopped'),
  ('instance', 'shutting_down', 'error'),
  ('instance', 'shutting_down', 'vanished'),
  ('instance', 'create_failed', 'new'),
  ('instance', 'error', 'shutting_down'),
  ('instance', 'error', 'new'),
  ('instance', 'vanished', 'new'),
  ('machine', '', 'intent'),
  ('machine', '', 'made'),
  ('machine', 'intent', 'made'),
  ('machine', 'intent', 'refused'),
  ('machine', 'intent', 'in_doubt'),
  ('machine', 'intent', 'absent'),
  ('machine', 'in_doubt', 'made'),
  ('machine', 'in_doubt', 'absent'),
  ('machine', 'made', 'gone'),
  ('machine', 'refused', 'made'),
  ('machine', 'absent', 'made'),
  ('machine', 'gone', 'made');

-- Refuses any other transition, whoever writes it. Its argument is the kind.
create function guard_state() returns trigger language plpgsql as $$
declare
  was text := '';
begin
  if tg_op = 'UPDATE' then was := old.state; end if;
  if not exists (
    select 1 from arcs a where a.kind = tg_argv[0] and a.from_state = was and a.to_state = new.state
  ) then
    raise exception 'illegal transition of a % from "%" to "%"', tg_argv[0], was, new.state using errcode = '23514';
  end if;
  return new;
end $$;

create table settings (
  name text collate "C" primary key,
  value text not null
);

create table tokens (
  name text collate "C" primary key,
  hash text not null unique,
  role text not null check (role in ('viewer', 'operator', 'admin')),
  created_at timestamptz not null
);

create table profiles (
  name text collate "C" primary key,
  cpu double precision not null check (cpu > 0),
  memory_mib integer not null check (memory_mib > 0),
  storage_gib integer not null check (storage_gib >= 0),
  architecture text not null,
  accelerators integer not null check (accelerators >= 0),
  -- Null: any.
  accelerator_kind text
);

insert into profiles (name, cpu, memory_mib, storage_gib, architecture, accelerators) values
  ('small', 1, 2048, 10, 'x86_64', 0),
  ('medium', 2, 4096, 20, 'x86_64', 0),
  ('large', 4, 8192, 40, 'x86_64', 0),
  ('xlarge', 8, 16384, 80, 'x86_64', 0);

create table blueprints (
  name text collate "C" not null,
  version integer not null check (version > 0),
  source text not null,
  created_at timestamptz not null,
  created_by text not null,
  primary key (name, version)
);

create table accounts (
  id text collate "C" primary key,
  name text collate "C" not null constraint account_name_taken unique,
  provider text not null,
  settings jsonb not null,
  credentials text,
  enabled boolean not null,
  health text not null check (health in ('unknown', 'healthy', 'unreachable', 'suspended')),
  health_text text,
  health_at timestamptz,
  quota jsonb not null,
  images jsonb not null,
  realms jsonb not null,
  -- Grows with each read of offers that changed something; indexes of offers are kept under it.
  offers_no integer not null default 0,
  offers_at timestamptz,
  -- What holds for all its machines; null: offers not read yet.
  conditions jsonb,
  usage_asked_at timestamptz,
  limiter_parallel double precision not null check (limiter_parallel >= 1),
  limiter_paused_until timestamptz,
  alert text,
  poll_at timestamptz not null,
  poll_no integer not null default 0,
  poll_claimed_until timestamptz,
  created_at timestamptz not null
);

create index accounts_due on accounts (poll_at);

create table pools (
  name text collate "C" primary key,
  enabled boolean not null,
  quota jsonb not null
);

insert into pools (name, enabled, quota) values
  ('default', true, '{"instances": null, "cpu": null, "memoryMib": null, "hourlyMicros": null}');

create table pool_members (
  pool text collate "C" not null references pools on delete cascade,
  account text collate "C" not null references accounts on delete cascade,
  position integer not null,
  tier integer not null,
  weight double precision not null check (weight between -100 and 100),
  primary key (pool, account)
);

create index pool_members_account on pool_members (account);

create table blocks (
  account text collate "C" not null references accounts on delete cascade,
  realm text collate "C" not null,
  size text collate "C" not null,
  reason text not null check (reason in ('capacity', 'quota')),
  text text not null,
  strikes integer not null check (strikes > 0),
  until timestamptz not null,
  probe_deployment text,
  probe_until timestamptz,
  primary key (account, realm, size, reason),
  check ((probe_deployment is null) = (probe_until is null))
);

-- What an account sells: of one whole read.
create table offers (
  account text collate "C" not null references accounts on delete cascade,
  realm text collate "C" not null,
  size text collate "C" not null,
  cpu double precision not null,
  memory_mib double precision not null,
  storage_gib double precision not null,
  architecture text not null,
  accelerators double precision not null,
  accelerator_kind text,
  family text,
  spot boolean not null,
  -- Null: not known.
  hourly_micros double precision,
  -- What a machine of it takes of the cloud's own dimensions.
  takes jsonb not null,
  -- Cut to measure: the measures are the largest, these the prices of the parts.
  cut jsonb,
  primary key (account, realm, size)
);

create table realms (
  account text collate "C" not null references accounts on delete cascade,
  realm text collate "C" not null,
  primary key (account, realm)
);

-- The cloud's own limits and what it has counted, asked for at accounts.usage_asked_at. Realm '': of the whole account.
create table usages (
  account text collate "C" not null references accounts on delete cascade,
  realm text collate "C" not null,
  dimension text collate "C" not null,
  most double precision,
  used double precision not null,
  primary key (account, realm, dimension)
);

-- Images by the account's own name of them: asked for once, answered by the tracker.
create table images (
  account text collate "C" not null references accounts on delete cascade,
  realm text collate "C" not null,
  choice text collate "C" not null,
  asked_at timestamptz not null,
  answered_at timestamptz,
  -- Null with an answer: nothing there has that name; `text` says more.
  image text,
  text text,
  primary key (account, realm, choice)
);

create index images_asked on images (account) where answered_at is null;

create table deployments (
  id text collate "C" primary key,
  name text collate "C" not null,
  pool text collate "C" not null,
  state text not null check (state in ('new', 'pending', 'running', 'incomplete', 'rollback_in_progress',
    'rollback_complete', 'rollback_failed', 'shutting_down', 'stopped', 'failed')),
  since timestamptz not null,
  blueprint jsonb not null,
  partial boolean not null,
  seed double precision not null,
  attempt_no integer not null check (attempt_no >= 0),
  event_no integer not null check (event_no >= 0),
  created_at timestamptz not null,
  created_by text not null,
  first_running_at timestamptz,
  all_running_at timestamptz,
  ended_at timestamptz,
  failure text,
  relaunch boolean not null,
  cancel_asked_at timestamptz,
  stop_asked_at timestamptz,
  delete_asked_at timestamptz,
  abandon_debt boolean not null,
  deleted_at timestamptz,
  wake_at timestamptz,
  secrets text,
  source text not null,
  request_key text,
  request_digest text,
  parked_error text,
  -- Nothing under way may be forgotten: only what is final, settled or parked has no wake-up.
  constraint wakes check (wake_at is not null or parked_error is not null
    or state in ('running', 'incomplete', 'stopped', 'failed', 'rollback_failed')),
  check ((request_key is null) = (request_digest is null))
);

-- Before the one on names, since they are checked in this order: a repeated request is told so, not that the name is taken.
create unique index request_key_taken on deployments (request_key) where request_key is not null;

create unique index deployment_name_taken on deployments (pool, name) where deleted_at is null;

create index deployments_due on deployments (wake_at) where wake_at is not null;

create index deployments_newest on deployments (created_at desc, id desc);

create trigger deployment_birth before insert on deployments
  for each row execute function guard_state('deployment');

create trigger deployment_move before update on deployments
  for each row when (old.state is distinct from new.state) execute function guard_state('deployment');

create table instances (
  deployment text collate "C" not null references deployments,
  name text collate "C" not null,
  -- In the blueprint's order.
  position integer not null,
  state text not null check (state in ('new', 'pending', 'running', 'stopped', 'shutting_down', 'create_failed',
    'error', 'vanished')),
  since timestamptz not null,
  machine text collate "C",
  tries integer not null check (tries >= 0),
  running_at timestamptz,
  ready_at timestamptz,
  probe_at timestamptz,
  probe_no integer not null default 0,
  probe_claimed_until timestamptz,
  fault jsonb,
  primary key (deployment, name)
);

create index instances_due on instances (probe_at) where probe_at is not null;

create trigger instance_birth before insert on instances
  for each row execute function guard_state('instance');

create trigger instance_move before update on instances
  for each row when (old.state is distinct from new.state) execute function guard_state('instance');

create table attempts (
  deployment text collate "C" not null references deployments,
  no integer not null check (no > 0),
  -- No reference: an attempt that asked for no machine does not keep its account.
  account text collate "C" not null,
  account_name text not null,
  -- Null: in several realms, or none.
  realm text,
  hourly_micros double precision not null,
  user_data_bytes_most integer not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  outcome text check (outcome in ('succeeded', 'failed', 'cancelled')),
  reason text,
  fault jsonb,
  failed_instance text,
  primary key (deployment, no)
);

create index attempts_account on attempts (account);

-- Where each instance of an attempt is placed, and thereby what is held of every quota until released_at.
create table placements (
  deployment text collate "C" not null,
  attempt integer not null,
  instance text collate "C" not null,
  no integer not null check (no > 0),
  account text collate "C" not null,
  pool text collate "C" not null,
  realm text collate "C" not null,
  size text collate "C" not null,
  image text not null,
  profile_choice integer not null,
  image_choice integer not null,
  cpu double precision not null,
  memory_mib double precision not null,
  -- Null: not known.
  hourly_micros double precision,
  -- In the cloud's own dimensions.
  takes jsonb not null,
  ask_order integer not null,
  chosen_at timestamptz not null,
  refused text check (refused in ('offer', 'realm', 'account', 'provider', 'deployment')),
  released_at timestamptz,
  primary key (deployment, attempt, instance, no),
  foreign key (deployment, attempt) references attempts
);

create index placements_held on placements (account) where released_at is null;

create index placements_held_of_pool on placements (pool) where released_at is null;

create table machines (
  id text collate "C" primary key,
  deployment text collate "C" references deployments,
  instance text collate "C",
  attempt_no integer not null,
  placement_no integer not null,
  ask_order integer not null,
  account text collate "C" not null references accounts,
  realm text collate "C" not null,
  size text collate "C" not null,
  -- Null: not known.
  hourly_micros double precision,
  state text not null check (state in ('intent', 'in_doubt', 'made', 'refused', 'absent', 'gone')),
  external_id text,
  observed text not null check (observed in ('pending', 'running', 'stopped', 'stopping', 'error', 'gone', 'unknown')),
  observed_at timestamptz,
  private_address text,
  public_address text,
  intent_at timestamptz not null,
  sent_at timestamptz,
  made_at timestamptz,
  closed_at timestamptz,
  start_asked_at timestamptz,
  undo_asked_at timestamptz,
  keep_evidence boolean not null,
  destroyed_at timestamptz,
  debt_since timestamptz,
  missing integer not null check (missing >= 0),
  call text check (call in ('create', 'lookup', 'start', 'console', 'destroy', 'look')),
  call_at timestamptz,
  call_no integer not null default 0,
  claimed_until timestamptz,
  failures integer not null check (failures >= 0),
  fault jsonb,
  nonce text not null unique,
  -- Sealed; dropped once the row is no intent any more, for nothing else is ever sent.
  request text,
  check ((call is null) = (call_at is null))
);

create index machines_due on machines (account, call_at) where call_at is not null;

create index machines_claimed on machines (account, claimed_until) where claimed_until is not null;

create index machines_open on machines (account) where state in ('intent', 'in_doubt', 'made');

create index machines_deployment on machines (deployment, attempt_no);

create index machines_external on machines (account, external_id);

create index machines_debt on machines (debt_since) where debt_since is not null;

create trigger machine_birth before insert on machines
  for each row execute function guard_state('machine');

create trigger machine_move before update on machines
  for each row when (old.state is distinct from new.state) execute function guard_state('machine');

create table evidence (
  machine text collate "C" primary key references machines,
  at timestamptz not null,
  console text,
  fault text
);

create table events (
  deployment text collate "C" not null references deployments,
  no integer not null check (no > 0),
  at timestamptz not null,
  body jsonb not null,
  primary key (deployment, no)
);
