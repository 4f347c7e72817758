-- breaking: whoever does not know updates leaves a deployment that is in one as it is, and reads a member's former places as its own.
-- A deployment changes into another revision while it runs, and back where that fails.
insert into arcs (kind, from_state, to_state) values
  ('deployment', 'running', 'updating'),
  ('deployment', 'incomplete', 'updating'),
  ('deployment', 'updating', 'running'),
  ('deployment', 'updating', 'incomplete'),
  ('deployment', 'updating', 'reverting'),
  ('deployment', 'updating', 'shutting_down'),
  ('deployment', 'reverting', 'running'),
  ('deployment', 'reverting', 'incomplete'),
  ('deployment', 'reverting', 'shutting_down');

alter table deployments drop constraint deployments_state_check;

alter table deployments
  add constraint deployments_state_check check (state in ('new', 'pending', 'running', 'incomplete', 'updating', 'reverting',
    'rollback_in_progress', 'rollback_complete', 'rollback_failed', 'shutting_down', 'stopped', 'failed')),
  add column removing_at timestamptz check (removing_at is null or state = 'updating');

alter table revisions drop constraint revisions_why_check;

alter table revisions
  add constraint revisions_why_check check (why in ('launch', 'update')),
  add column reason text,
  -- What the deployment was before it, or, on the way back, what it was to become.
  add column aside jsonb,
  add column aside_source text,
  add column aside_secrets text,
  add constraint asides check (aside is not null or (aside_source is null and aside_secrets is null)),
  add constraint under_way check (aside is null or ended_at is null);

alter table placements add column revision integer not null default 1 check (revision > 0);

alter table placements alter column revision drop default;

alter table instances add column revision integer not null default 1 check (revision > 0);

alter table instances alter column revision drop default;

-- A row begins anew for another revision, whatever it was; one that an update had removed is on the way back what it was.
drop trigger instance_move on instances;

create trigger instance_move before update on instances
  for each row when (old.state is distinct from new.state and old.revision = new.revision)
  execute function guard_state('instance');

create function guard_birth() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from deployments d where d.id = new.deployment and d.state = 'reverting') then
    raise exception 'an instance is born "%"', new.state using errcode = '23514';
  end if;
  return new;
end $$;

drop trigger instance_birth on instances;

create trigger instance_birth before insert on instances
  for each row when (new.state = 'new') execute function guard_state('instance');

create trigger instance_return before insert on instances
  for each row when (new.state <> 'new') execute function guard_birth();
