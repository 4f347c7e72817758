-- However much has ended, lists, search and pumps read what they show or work on (src/store/plans.pg.test.ts holds their plans).

-- What a list shows of a blueprint, beside the whole of it, which may be large.
alter table deployments
  add column blueprint_name text,
  add column policy jsonb;

update deployments set blueprint_name = blueprint ->> 'name', policy = blueprint -> 'policy';

alter table deployments
  alter column blueprint_name set not null,
  alter column policy set not null;

-- A list merges the states that it shows, each from its newest on.
drop index deployments_newest;

create index deployments_newest on deployments (state, ((deleted_at is null)::integer), created_at desc, id desc);

create index deployments_newest_of_pool on deployments (pool, state, ((deleted_at is null)::integer), created_at desc, id desc);

create index deployments_named on deployments (name) where deleted_at is null;

-- Each three letters that follow each other in a name. An extension would do the same, where it is installed.
create function trigrams(name text) returns text[] language sql immutable strict parallel safe as
  $$ select array(select distinct substr(lower(name), n, 3) from generate_series(1, length(name) - 2) n) $$;

-- Without a list of what is to be entered yet, which each search would read.
create index deployments_trigrams on deployments using gin (trigrams(name)) with (fastupdate = off);

-- What was debt once is none any more.
drop index machines_debt;

create index machines_debt on machines (debt_since, id)
  where debt_since is not null and state in ('intent', 'in_doubt', 'made');

create index instances_claimed on instances (probe_claimed_until) where probe_claimed_until is not null;
