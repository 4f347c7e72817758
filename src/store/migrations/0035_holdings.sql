-- What placements hold, added up by what each of them takes. Whoever changes placements adds rows for what has changed, so that nobody waits
-- for another's sum; who has the accounts' locks folds them into few now and then.
-- Nobody changes either between the first sum and the triggers that keep it.
lock table machines, placements in access exclusive mode;

create table holdings (
  account text collate "C" not null,
  pool text collate "C" not null,
  cpu double precision not null,
  memory_mib double precision not null,
  -- Null: not known.
  hourly_micros double precision,
  takes jsonb not null,
  -- Of placements, given back ones taken away.
  number integer not null
);

create index holdings_of_account on holdings (account);

create index holdings_of_pool on holdings (pool);

insert into holdings
  select account, pool, cpu, memory_mib, hourly_micros, takes, count(*)
  from placements where released_at is null group by account, pool, cpu, memory_mib, hourly_micros, takes;

create function keep_holdings() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into holdings
      select account, pool, cpu, memory_mib, hourly_micros, takes, count(*) from new_rows
      where released_at is null group by account, pool, cpu, memory_mib, hourly_micros, takes;
  elsif tg_op = 'DELETE' then
    insert into holdings
      select account, pool, cpu, memory_mib, hourly_micros, takes, -count(*) from old_rows
      where released_at is null group by account, pool, cpu, memory_mib, hourly_micros, takes;
  else
    insert into holdings
      select account, pool, cpu, memory_mib, hourly_micros, takes, sum(number) from (
        select account, pool, cpu, memory_mib, hourly_micros, takes, 1 as number from new_rows where released_at is null
        union all
        select account, pool, cpu, memory_mib, hourly_micros, takes, -1 from old_rows where released_at is null
      ) changed group by account, pool, cpu, memory_mib, hourly_micros, takes having sum(number) <> 0;
  end if;
  return null;
end $$;

create trigger placements_taken after insert on placements
  referencing new table as new_rows for each statement execute function keep_holdings();

create trigger placements_changed after update on placements
  referencing old table as old_rows new table as new_rows for each statement execute function keep_holdings();

create trigger placements_removed after delete on placements
  referencing old table as old_rows for each statement execute function keep_holdings();

-- Of the machine that was made last under it. What a cloud cannot have counted is found by these without a look at all that is there.
alter table placements add column made_at timestamptz, add column gone_at timestamptz;

update placements p set made_at = m.made_at, gone_at = m.closed_at from (
    select distinct on (deployment, attempt_no, instance, placement_no) * from machines
    where made_at is not null order by deployment, attempt_no, instance, placement_no, made_at desc
  ) m
  where p.released_at is null
    and m.deployment = p.deployment and m.attempt_no = p.attempt and m.instance = p.instance and m.placement_no = p.no;

create function note_made() returns trigger language plpgsql as $$
begin
  update placements p set made_at = new.made_at, gone_at = new.closed_at
  where p.deployment = new.deployment and p.attempt = new.attempt_no and p.instance = new.instance and p.no = new.placement_no
    and (p.made_at is null or p.made_at <= new.made_at);
  return null;
end $$;

create trigger machine_adopted after insert on machines
  for each row when (new.made_at is not null) execute function note_made();

create trigger machine_made after update on machines
  for each row when (
    new.made_at is not null and (old.made_at is distinct from new.made_at or old.closed_at is distinct from new.closed_at)
  ) execute function note_made();

drop index placements_held;

create index placements_held on placements (account, made_at) where released_at is null;

create index placements_gone on placements (account, gone_at) where released_at is null and gone_at is not null;
