-- breaking: a server that knows no grants would let tokens do everywhere what they may do in one pool, and after their end.
create table users (
  name text collate "C" primary key,
  enabled boolean not null,
  -- Names of groups. One that is deleted is taken out.
  groups jsonb not null,
  created_at timestamptz not null
);

create table groups (
  name text collate "C" primary key,
  created_at timestamptz not null
);

create table grants (
  holder_user text collate "C" references users on delete cascade,
  holder_group text collate "C" references groups on delete cascade,
  role text not null check (role in ('viewer', 'launcher', 'operator', 'admin')),
  -- Null: everywhere. With a pool go the grants in it: another of its name is another one.
  pool text collate "C" references pools on delete cascade,
  check (num_nonnulls(holder_user, holder_group) = 1)
);

create index grants_of_user on grants (holder_user);

create index grants_of_group on grants (holder_group);

create index grants_in_pool on grants (pool);

alter table tokens drop constraint tokens_role_check;

alter table tokens
  add constraint tokens_role_check check (role in ('viewer', 'launcher', 'operator', 'admin')),
  add column pool text collate "C" references pools on delete cascade,
  -- Null: a program's, or one of before there were users.
  add column owner text collate "C" references users on delete cascade,
  add column created_by text,
  add column expires_at timestamptz,
  add column last_used_at timestamptz;
