-- What people and tokens changed. No foreign keys: it outlives whom and what it speaks of.
create table audit (
  id text collate "C" primary key,
  at timestamptz not null,
  made_by text not null,
  token text,
  via text not null check (via in ('token', 'session', 'sign_in')),
  address text,
  request text not null,
  kind text not null,
  subject text not null,
  before jsonb,
  after jsonb
);

create index audit_newest on audit (at desc, id desc);
