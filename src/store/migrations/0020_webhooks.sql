-- Who is told of events: see docs/webhooks.md. No foreign keys between these: what writes events must wait for nobody who removes a webhook.
create table webhooks (
  name text collate "C" primary key,
  url text not null,
  -- Null: of all.
  pool text collate "C",
  -- Null: all kinds.
  kinds jsonb,
  -- Sealed.
  secret text not null,
  created_at timestamptz not null,
  created_by text not null
);

-- What waits, by deployment and webhook. Gone when nothing waits any more.
create table webhook_lanes (
  deployment text collate "C" not null references deployments,
  webhook text collate "C" not null,
  next_no integer not null check (next_no > 0),
  due_at timestamptz not null,
  claim text,
  tries integer not null default 0,
  failures integer not null default 0,
  failing_since timestamptz,
  text text,
  primary key (deployment, webhook)
);

create index webhook_lanes_due on webhook_lanes (webhook, due_at);

-- What was told, and what is not tried any more.
create table webhook_deliveries (
  webhook text collate "C" not null,
  deployment text collate "C" not null references deployments,
  no integer not null check (no > 0),
  kind text not null,
  state text not null check (state in ('delivered', 'dead')),
  at timestamptz not null,
  ended_at timestamptz not null,
  tries integer not null,
  text text not null,
  -- Of dead ones, since the event may be taken away before it is told again.
  body jsonb,
  again boolean not null default false,
  primary key (webhook, deployment, no),
  check ((state = 'dead') = (body is not null))
);

create index webhook_deliveries_newest on webhook_deliveries (webhook, ended_at desc);

create index webhook_deliveries_dead on webhook_deliveries (webhook, deployment, no) where state = 'dead';

create index webhook_deliveries_over on webhook_deliveries (state, ended_at);

-- Whoever writes events, in whatever transaction, writes what waits with them. A lane that is there is locked and left as it is: who takes
-- it away at that moment, having told its last event, is waited for, and then it is written anew.
create function fill_lanes() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from webhooks) then return null; end if;
  insert into webhook_lanes (deployment, webhook, next_no, due_at)
  select f.deployment, w.name, min(f.no), max(f.at)
  from fresh f join deployments d on d.id = f.deployment
    join webhooks w on (w.pool is null or w.pool = d.pool) and (w.kinds is null or w.kinds @> (f.body->'kind'))
  group by f.deployment, w.name order by f.deployment, w.name
  on conflict (deployment, webhook) do update set due_at = excluded.due_at where false;
  return null;
end $$;

create trigger events_told after insert on events
  referencing new table as fresh for each statement execute function fill_lanes();
