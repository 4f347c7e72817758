-- How often an account's cloud is called: this minute's calls and those of the one before (src/core/call-rate.ts).

alter table accounts
  add column calls_minute timestamptz not null default 'epoch',
  add column calls_now integer not null default 0,
  add column calls_before integer not null default 0;

-- How long the latest machines of a size took to boot.
create index machines_made on machines (account, size, made_at desc) where made_at is not null;
